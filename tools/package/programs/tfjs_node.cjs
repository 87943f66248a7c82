require('tfjs-explicit-layers/node');
const tf = require('@tensorflow/tfjs-node');
const library = require('tfjs-explicit-layers');

import('./train.mjs').then(({trainStep}) => trainStep(tf, library)).then(console.log, error => {
  console.error(error);
  process.exitCode = 1;
});
