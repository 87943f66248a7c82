import type {Tensor} from '@tensorflow/tfjs-core';
import {LayerVariable} from '@tensorflow/tfjs-layers';

import {isGone, showShape} from '../validate';

/** True for a weight whose values were freed. */
export function isGoneWeight(weight: LayerVariable): boolean {
  return valueOf(weight, weight.read) === null;
}

/** What tfjs-layers reads; null where that was freed. */
function valueOf(weight: LayerVariable, read: LayerVariable['read']): Tensor | null {
  try {
    const value = read.call(weight);
    return isGone(value) ? null : value;
  } catch {
    return null;  // tfjs-layers' own check
  }
}

/** Which weight of which layer is gone, and what to do. */
export function goneMessage({originalName, shape}: LayerVariable): string {
  const parts = originalName.split('/');
  const weight = parts.pop();
  return `the weight '${weight}' ${showShape(shape)} of layer '${parts.join('/')}' is gone: it was disposed, by its model's ` +
      'dispose() or by tf.disposeVariables(), which frees the weights of every model. Build the model again, or load it.';
}

const INSTALLED = Symbol.for('tfjs-explicit-layers.tellGoneWeights');

/**
 * Makes weights that are gone say so where they are read or written, those of built-in layers in the same model too:
 * tfjs-layers hands out a variable that `tf.disposeVariables` freed, on which operations then fail without a name.
 */
export function tellGoneWeights(): void {
  const prototype = LayerVariable.prototype as LayerVariable & {[INSTALLED]?: boolean};
  if (prototype[INSTALLED]) return;
  Object.defineProperty(prototype, INSTALLED, {value: true});
  const {read, write} = prototype;
  prototype.read = function(this: LayerVariable) {
    const value = valueOf(this, read);
    if (value === null) throw new Error(goneMessage(this));
    return value;
  };
  prototype.write = function(this: LayerVariable, ...args: Parameters<LayerVariable['write']>) {
    if (valueOf(this, read) === null) throw new Error(goneMessage(this));
    return write.apply(this, args);
  };
}
