import type {ReferenceArray} from '../../reference';

/** A value in float64, and the gradients of sum(out * dout) by each input in order; null where an input was null. */
export interface Evaluation {
  out: ReferenceArray;
  backward: (dout: ReferenceArray) => Array<ReferenceArray | null>;
}

/** A pair of the reference; its backward names the gradients in the order of the inputs. */
export function evaluation<C>(
    {out, cache}: {out: ReferenceArray, cache: C}, backward: (dout: ReferenceArray, cache: C) => object): Evaluation {
  return {out, backward: dout => Object.values(backward(dout, cache)) as Array<ReferenceArray | null>};
}

/** `after` of the value of `before`: the gradients by the inputs of `before`, then those by the further ones of `after`. */
export function chain(before: Evaluation, after: (x: ReferenceArray) => Evaluation): Evaluation {
  const {out, backward} = after(before.out);
  return {
    out,
    backward: dout => {
      const [between, ...others] = backward(dout);
      return [...before.backward(between!), ...others];
    },
  };
}

/** `exact` of x with its axes in this order; value and gradient come back in the order of x, other gradients as they are. */
export function reordered(x: ReferenceArray, order: number[], exact: (x: ReferenceArray) => Evaluation): Evaluation {
  const {out, backward} = exact(permute(x, order));
  return {
    out: permute(out, inverse(order)),
    backward: dout => {
      const [dx, ...others] = backward(permute(dout, order));
      return [permute(dx!, inverse(order)), ...others];
    },
  };
}

/** The order that takes axes in this order back. */
export function inverse(order: number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** The same values in another shape. */
export function reshape({data}: ReferenceArray, shape: number[]): ReferenceArray {
  return {shape, data};
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
