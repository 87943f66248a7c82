import {LayerVariable} from '@tensorflow/tfjs-layers';

import {isGone, showShape} from '../validate';

/** True for a weight whose values were freed. */
export function isGoneWeight(weight: LayerVariable, read = weight.read): boolean {
  try {
    return isGone(read.call(weight));
  } catch {
    return true;  // tfjs-layers' own check
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
    if (isGoneWeight(this, read)) throw new Error(goneMessage(this));
    return read.call(this);
  };
  prototype.write = function(this: LayerVariable, ...args: Parameters<LayerVariable['write']>) {
    if (isGoneWeight(this, read)) throw new Error(goneMessage(this));
    return write.apply(this, args);
  };
}
