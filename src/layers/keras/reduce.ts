import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';

import {show} from '../../validate';
import {KerasLayer, shapeOf} from './keras_layer';

const reductions = {mean: tf.mean, max: tf.max, min: tf.min, sum: tf.sum};

/** Arguments of {@link KerasReduce}. */
export interface ReduceArgs {
  op: string;
  /** Axes, negative ones from behind; never the batch. */
  axis: number[];
  keepDims: boolean;
}

/** True for an operation of {@link KerasReduce}. */
export function isReduction(op: string): boolean {
  return Object.hasOwn(reductions, op);
}

/** The mean, largest, smallest or sum along axes: global pooling with keepdims, and Keras's operations of that name. */
export class KerasReduce extends KerasLayer<ReduceArgs> {
  /** @nocollapse */
  static readonly className = 'KerasReduce';
  static readonly defaults: ReduceArgs = {op: 'mean', axis: [], keepDims: false};

  constructor(args: ConstructorParameters<typeof KerasLayer<ReduceArgs>>[0]) {
    super(args);
    const {op, axis} = this.args;
    if (!isReduction(op)) {
      throw new Error(`KerasReduce: op must be one of ${Object.keys(reductions).join(', ')}. Got ${show(op)}. Change it in ` +
          'Python.');
    }
    if (!Array.isArray(axis) || axis.length === 0 || !axis.every((one) => Number.isInteger(one) && one !== 0)) {
      throw new Error(`KerasReduce: axis must list axes other than that of the examples (0). Got ${show(axis)}. Name the axes.`);
    }
  }

  protected compute([x]: Tensor[]): Tensor {
    const {op, axis, keepDims} = this.args;
    return reductions[op as keyof typeof reductions](tf.cast(x!, 'float32'), axis, keepDims);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = shapeOf(inputShape);
    const gone = new Set(this.args.axis.map((one) => (one < 0 ? one + shape.length : one)));
    if (gone.has(0)) throw new Error(`KerasReduce: axis ${show(this.args.axis)} holds that of the examples. Leave it out.`);
    return this.args.keepDims ? shape.map((size, i) => (gone.has(i) ? 1 : size)) : shape.filter((_, i) => !gone.has(i));
  }
}
tf.serialization.registerClass(KerasReduce);
