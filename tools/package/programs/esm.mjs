import * as tf from '@tensorflow/tfjs';
import {createRequire} from 'node:module';
import * as library from 'tfjs-explicit-layers';
import * as checks from 'tfjs-explicit-layers/checks';
import {ExplicitReLU} from 'tfjs-explicit-layers/layers';
import {softmaxLoss} from 'tfjs-explicit-layers/losses';
import * as models from 'tfjs-explicit-layers/models';
import {conv2d} from 'tfjs-explicit-layers/ops';
import {convForward} from 'tfjs-explicit-layers/reference';
import {trainStep} from './train.mjs';

const required = createRequire(import.meta.url)('tfjs-explicit-layers');
const {layers, losses, ops, reference} = library;
if (required.ops.conv2d !== ops.conv2d || conv2d !== ops.conv2d) throw new Error('two copies of the ops');
if (losses.softmaxLoss !== softmaxLoss || reference.convForward !== convForward) throw new Error('two copies of a part');
if (library.models.load !== models.load || library.checks.gradCheck !== checks.gradCheck) throw new Error('two copies of a part');
if (!(required.layers.reLU() instanceof layers.ExplicitReLU) || layers.ExplicitReLU !== ExplicitReLU) {
  throw new Error('two sets of classes');
}
await tf.setBackend('cpu');
console.log(await trainStep(tf, library));
