import * as tf from '@tensorflow/tfjs-core';

if (typeof tf?.engine !== 'function') {
  throw new Error('tfjs-explicit-layers: the global tf is not there yet. Put the script tag of @tensorflow/tfjs ' +
      '(tf.min.js) before this one.');
}
