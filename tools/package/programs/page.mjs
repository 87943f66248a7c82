/** What the bundlers bundle for a page. */
import * as tf from '@tensorflow/tfjs';
import {layers, losses} from 'tfjs-explicit-layers';
import {registered} from './registered.mjs';
import {trainStep} from './train.mjs';

globalThis.result = (async () => {
  await tf.setBackend('cpu');
  if (await registered() !== 'ExplicitDense') throw new Error('the layers are not registered');
  return trainStep(tf, {layers, losses});
})();
