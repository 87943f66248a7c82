/** Two copies of tfjs, both installed by npm: ours, and one below ./other. */
import * as tf from '@tensorflow/tfjs';
import {createRequire} from 'node:module';
import {layers, ops} from 'tfjs-explicit-layers';

const other = createRequire(new URL('other/program.js', import.meta.url))('@tensorflow/tfjs');
if (other.Tensor === tf.Tensor) throw new Error('the second copy is none');
await tf.setBackend('cpu');
for (const [what, f] of Object.entries({
  op: () => ops.relu(other.tensor1d([1])),
  layer: () => other.sequential().add(layers.dense({units: 1, inputShape: [2]})),
})) {
  let message = 'no error';
  try {
    f();
  } catch (error) {
    message = error.message;
  }
  if (!message.includes('two copies of tfjs-')) throw new Error(`${what}: ${message}`);
}
console.log('both named');
