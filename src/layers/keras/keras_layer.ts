import * as tf from '@tensorflow/tfjs-core';
import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {layers as builtIn} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import type {DataFormat} from '../../geometry';
import {tidy} from '../../tidy';
import type {Kwargs, LayerArgs} from '../explicit_layer';

/**
 * A layer that Keras has and tf.layers does not, or computes otherwise. Models that came from Keras files consist of such
 * layers where nothing else computes the same; they are no part of the public layers. Each class has `static defaults`: all
 * arguments of its own, with the values that they have when left out.
 */
export abstract class KerasLayer<Args extends object> extends builtIn.Layer {
  protected readonly args: Args;

  constructor(args?: LayerArgs & Partial<Args>) {
    super(args);
    const {defaults} = this.constructor as unknown as {defaults: Args};
    const given = Object.entries(args ?? {}).filter(([name, value]) => Object.hasOwn(defaults, name) && value !== undefined);
    this.args = {...defaults, ...Object.fromEntries(given)};
  }

  /** The layer's value; runs inside a tidy. */
  protected abstract compute(inputs: Tensor[], training: boolean): Tensor;

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      try {
        return this.compute([inputs].flat(), Boolean(kwargs?.['training']));
      } catch (error) {
        throw new Error(`layer '${this.name}' (${this.getClassName()}): ${error instanceof Error ? error.message : error}`,
            {cause: error});
      }
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return inputShape;
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), ...this.args as serialization.ConfigDict};
  }
}

/** The shape of a layer's only input. */
export function shapeOf(inputShape: Shape | Shape[]): Shape {
  return (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as Shape;
}

/** `f` of x with its channels last; the value has them where x does. */
export function withChannelsLast<X extends Tensor>(x: Tensor, dataFormat: DataFormat, f: (x: X) => Tensor): Tensor {
  if (dataFormat === 'channelsLast') return f(x as X);
  const [batch, channels, ...sides] = x.shape.map((_, axis) => axis);
  const back = [0, x.rank - 1, ...sides.map((axis) => axis - 1)];
  return tf.transpose(f(tf.transpose(x, [batch!, ...sides, channels!]) as X), back);
}
