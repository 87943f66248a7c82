import type {ReferenceArray} from '../../reference';

/** A value in float64, and the gradients of sum(out * dout) by each input in order; null where an input was null. */
export interface Evaluation {
  out: ReferenceArray;
  backward: (dout: ReferenceArray) => Array<ReferenceArray | null>;
}

/** x with its axes in another order: axis i of the result is axis `order[i]` of x. */
export function permute(x: ReferenceArray, order: number[]): ReferenceArray {
  const shape = order.map(axis => x.shape[axis]!);
  const strides = x.shape.map((_, axis) => x.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const data = new Float64Array(x.data.length);
  for (let i = 0; i < data.length; i++) {
    let rest = i;
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += (rest % shape[axis]!) * strides[order[axis]!]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    data[i] = x.data[from]!;
  }
  return {shape, data};
}
