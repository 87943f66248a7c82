/** Saves models whose weights all have one value, 1 to 3 in turn, into a folder until it is killed. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import {models} from '../../../src';
import {net} from '../../models/support/saving';

tf.env().set('PROD', true);
await tf.setBackend('cpu');
const all = [1, 2, 3].map((value) => {
  const model = net();
  model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, value)));
  return model;
});
for (let i = 0; ; i++) {
  await models.save(all[i % all.length]!, process.argv[2]!);
  process.send?.(i);
}
