import {trainStep} from './train.mjs';

/**
 * Trains on wasm. Whether the kernels are there when the backend has started, after a warning where they are not.
 * @param {typeof import('@tensorflow/tfjs')} tf
 * @param {typeof import('tfjs-explicit-layers')} library
 */
export async function onWasm(tf, library) {
  const warnings = [];
  console.warn = text => warnings.push(text);
  if (!await tf.setBackend('wasm')) throw new Error('wasm does not start');
  const {kernels} = await tf.profile(() => library.ops.relu(tf.tensor1d([-1, 2])));
  const present = kernels.some(({name}) => name === 'ExplicitRelu');
  if (present === warnings.some(text => text.includes('kernels for wasm did not load'))) {
    throw new Error(`kernels and a warning, or neither: ${warnings}`);
  }
  return `${present ? 'kernels' : 'no kernels'}, ${await trainStep(tf, library)}`;
}
