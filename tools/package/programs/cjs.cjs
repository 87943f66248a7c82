const {relu} = require('tfjs-explicit-layers/ops');  // ours first: the order must not matter
const library = require('tfjs-explicit-layers');
const tf = require('@tensorflow/tfjs');

async function main() {
  await tf.setBackend('cpu');
  if (String(relu(tf.tensor1d([-1, 2])).arraySync()) !== '0,2') throw new Error('relu');
  const imported = await import('tfjs-explicit-layers');
  if (imported.layers.ExplicitDense !== library.layers.ExplicitDense) throw new Error('two sets of classes');
  const {trainStep} = await import('./train.mjs');
  console.log(await trainStep(tf, library));
}
main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
