import {layers} from '@tensorflow/tfjs-layers';

import {layerPrototype} from '../../tfjs_private';
import {showShape} from '../../validate';

/** How many bytes the weights of a model may take. */
export interface Budget {
  bytes: number;
  /** Who says so, and what to do: 'the file holds 12 bytes of weights; save the model again' */
  reason: string;
  /** Where it is there, weights are counted and none is made: each is a stand-in without entries. */
  tally?: {bytes: number};
}

/** Weights that a file may be wrong about, so that the message can name the one whose shape is wrong. */
const SLACK = 1 << 20;

/** For models whose file holds no weights: their initial values are made. */
export function budgetFor(bytes: number | null, strict: boolean): Budget {
  if (bytes === null) {
    return {bytes: 64 * SLACK, reason: 'a model.json without weights may ask for 64 MB of them; make larger models with ' +
        'tf.models.modelFromJSON'};
  }
  return {bytes: bytes + (strict ? SLACK : 64 * SLACK), reason: `the file holds ${bytes} bytes of weights; save the model again`};
}

/** Runs f, which makes layers, and stops it before it makes more weights than the budget has room for. */
export function withBudget<T>({bytes, reason, tally}: Budget, f: () => T): T {
  const prototype = layerPrototype(layers.Layer.prototype);
  if (!prototype) return f();
  const {addWeight} = prototype;
  let left = bytes;
  prototype.addWeight = function(name, shape, ...rest) {
    const size = shape.reduce<number>((product, axis) => product * (axis ?? NaN), 4);
    if (!(size <= left)) {
      throw new Error(`the layer '${this.name}' needs a weight '${name}' of the shape ${showShape(shape as number[])}, ${size} ` +
          `bytes, but ${reason}.`);
    }
    left -= size;
    if (tally) tally.bytes += size;
    return addWeight.call(this, name, tally ? [0] : shape, ...rest);
  };
  try {
    return f();
  } finally {
    prototype.addWeight = addWeight;
  }
}
