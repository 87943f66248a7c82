/**
 * `optimizer.learningRate = x` counts for SGD and momentum too, with and without graphs. tfjs keeps their rate a second
 * time, as the tensor `c` that only `setLearningRate` replaces, so that the assignment changed the number alone; for
 * the other optimizers it has always counted.
 */
import * as tf from '@tensorflow/tfjs-core';

import {openOptimizer} from '../tfjs_private';
import type {OpenOptimizer} from '../tfjs_private';

const rates = new WeakMap<OpenOptimizer, number>();

// Momentum inherits from SGD; the constructors assign the field, which is this property then.
Object.defineProperty(openOptimizer(tf.SGDOptimizer.prototype), 'learningRate', {
  get(this: OpenOptimizer) {
    return rates.get(this);
  },
  set(this: OpenOptimizer, rate: number) {
    const isAnother = !Object.is(rates.get(this), rate);
    rates.set(this, rate);
    if (!isAnother || !(this.c instanceof tf.Tensor) || this.c.isDisposed) return;
    this.c.dispose();
    this.c = tf.keep(tf.scalar(-rate));
  },
  configurable: true,
  enumerable: true,
});
