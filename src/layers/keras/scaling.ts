import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import type {LayerVariable, Shape} from '@tensorflow/tfjs-layers';

import {show, showShape} from '../../validate';
import type {Constant} from './elementwise';
import {KerasLayer, shapeOf} from './keras_layer';

/** Arguments of {@link KerasRescaling}: numbers, or lists along the last axis. */
export interface RescalingArgs {
  scale: Constant;
  offset: Constant;
}

/** x * scale + offset. */
export class KerasRescaling extends KerasLayer<RescalingArgs> {
  /** @nocollapse */
  static readonly className = 'KerasRescaling';
  static readonly defaults: RescalingArgs = {scale: 1, offset: 0};

  protected compute([x]: Tensor[]): Tensor {
    const {scale, offset} = this.args;
    return tf.add(tf.mul(tf.cast(x!, 'float32'), constant(scale)), constant(offset));
  }
}
tf.serialization.registerClass(KerasRescaling);

const constant = (value: Constant) => tf.tensor(value as number[], undefined, 'float32');

/** Arguments of {@link KerasNormalization}. */
export interface NormalizationArgs {
  /** Which axes have statistics of their own; null for none. */
  axis: number | number[] | null;
  mean: Constant | null;
  variance: Constant | null;
  /** Whether it computes the way back. */
  invert: boolean;
}

/** Keras's least standard deviation. */
const LEAST = 1e-7;

/**
 * (x - mean) / max(sqrt(variance), 1e-7), by statistics of the arguments or, where these are null, of the weights `mean`,
 * `variance` and `count`, which do not train.
 */
export class KerasNormalization extends KerasLayer<NormalizationArgs> {
  /** @nocollapse */
  static readonly className = 'KerasNormalization';
  static readonly defaults: NormalizationArgs = {axis: -1, mean: null, variance: null, invert: false};
  private statistics: LayerVariable[] = [];

  constructor(args: ConstructorParameters<typeof KerasLayer<NormalizationArgs>>[0]) {
    super(args);
    const {mean, variance} = this.args;
    if ((mean === null) !== (variance === null)) {
      throw new Error(`KerasNormalization: mean and variance go together. Got ${show({mean, variance})}. Pass both in Python.`);
    }
  }

  override build(inputShape: Shape | Shape[]): void {
    if (this.args.mean === null) {
      const shape = shapeOf(inputShape);
      const sizes = this.axes(shape.length).map((axis) => shape[axis]!);
      if (sizes.some((size) => size === null)) {
        throw new Error(`layer '${this.name}' (KerasNormalization): the sizes of axis ${show(this.args.axis)} must be known. ` +
            `Got ${showShape(shape)}. Give the model an input shape that holds them in Python.`);
      }
      const [zeros, ones] = [initializers.zeros(), initializers.ones()];
      this.statistics = [
        this.addWeight('mean', sizes, 'float32', zeros, undefined, false),
        this.addWeight('variance', sizes, 'float32', ones, undefined, false),
        this.addWeight('count', [], 'float32', zeros, undefined, false),
      ];
    }
    super.build(inputShape);
  }

  protected compute([given]: Tensor[]): Tensor {
    const x = tf.cast(given!, 'float32');
    const axes = this.axes(x.rank);
    const aligned = (values: Tensor) =>
      (values.size === 1 ? tf.reshape(values, []) : tf.reshape(values, x.shape.map((size, i) => (axes.includes(i) ? size : 1))));
    const {mean: given1, variance: given2, invert} = this.args;
    const mean = aligned(given1 === null ? this.statistics[0]!.read() : constant(given1));
    const deviation = tf.maximum(tf.sqrt(aligned(given2 === null ? this.statistics[1]!.read() : constant(given2))), LEAST);
    return invert ? tf.add(mean, tf.mul(x, deviation)) : tf.div(tf.sub(x, mean), deviation);
  }

  private axes(rank: number): number[] {
    const {axis} = this.args;
    return axis === null ? [] : [axis].flat().map((one) => (one < 0 ? one + rank : one)).sort((a, b) => a - b);
  }
}
tf.serialization.registerClass(KerasNormalization);

/** Arguments of {@link KerasLayerScale}. */
export interface LayerScaleArgs {
  initValues: number;
  projectionDim: number;
}

/** ConvNeXt's x * gamma along the last axis. */
export class KerasLayerScale extends KerasLayer<LayerScaleArgs> {
  /** @nocollapse */
  static readonly className = 'KerasLayerScale';
  static readonly defaults: LayerScaleArgs = {initValues: 1e-6, projectionDim: 1};
  private gamma: LayerVariable | null = null;

  override build(inputShape: Shape | Shape[]): void {
    const {initValues: value, projectionDim} = this.args;
    this.gamma = this.addWeight('gamma', [projectionDim], 'float32', initializers.constant({value}));
    super.build(inputShape);
  }

  protected compute([x]: Tensor[]): Tensor {
    return tf.mul(x!, this.gamma!.read());
  }
}
tf.serialization.registerClass(KerasLayerScale);

/** ConvNeXt's stochastic depth: in training an example is left out with probability `rate`, the others grow by what is lost. */
export class KerasStochasticDepth extends KerasLayer<{rate: number}> {
  /** @nocollapse */
  static readonly className = 'KerasStochasticDepth';
  static readonly defaults: {rate: number} = {rate: 0};

  constructor(args: ConstructorParameters<typeof KerasLayer<{rate: number}>>[0]) {
    super(args);
    const {rate} = this.args;
    if (!(rate >= 0 && rate < 1)) {
      throw new Error(`KerasStochasticDepth: rate must be at least 0 and below 1. Got ${show(rate)}. Change it in Python.`);
    }
  }

  protected compute([x]: Tensor[], training: boolean): Tensor {
    const keep = 1 - this.args.rate;
    if (!training || keep === 1) return tf.clone(x!);
    const mask = tf.floor(tf.add(keep, tf.randomUniform([x!.shape[0]!, ...x!.shape.slice(1).map(() => 1)])));
    return tf.mul(tf.div(x!, keep), mask);
  }
}
tf.serialization.registerClass(KerasStochasticDepth);

/** x / sqrt(max(sum of x^2, 1e-12)) along axes. */
export class KerasUnitNormalization extends KerasLayer<{axis: number | number[]}> {
  /** @nocollapse */
  static readonly className = 'KerasUnitNormalization';
  static readonly defaults: {axis: number | number[]} = {axis: -1};

  protected compute([x]: Tensor[]): Tensor {
    const squares = tf.sum(tf.square(x!), this.args.axis, true);
    return tf.mul(x!, tf.rsqrt(tf.maximum(squares, 1e-12)));
  }
}
tf.serialization.registerClass(KerasUnitNormalization);
