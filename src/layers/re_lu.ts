import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';

import {rectify, reluOptions} from '../ops/relu';
import {readOptions} from '../options';
import type {Checked} from '../options';
import {checkArgs, ExplicitLayer, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';

/** Arguments of {@link reLU}: those of `tf.layers.reLU`, `negativeSlope` and `threshold`. */
export interface ReLUArgs extends LayerArgs {
  /** The cap, at least 0; the default is none. */
  maxValue?: number;
  /** Slope below the threshold, at least 0; the default is 0. */
  negativeSlope?: number;
  /** Where the identity begins, at least 0; the default is 0. */
  threshold?: number;
}

/** The layer behind {@link reLU}. */
export class ExplicitReLU extends ExplicitLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitReLU';
  protected readonly kind = 'reLU';
  private readonly options: Checked<typeof reluOptions>;

  constructor(args?: ReLUArgs) {
    super(checkArgs('reLU', args, Object.keys(reluOptions)));
    this.options = readOptions(layerLabel('reLU', args?.name), reluOptions, args);
    this.supportsMasking = true;
  }

  protected compute(x: Tensor): Tensor {
    return rectify.callChecked({x}, this.options);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return onlyShape(this.label, inputShape, 0);
  }

  override getConfig(): serialization.ConfigDict {
    const {maxValue, ...others} = this.options;
    return {...super.getConfig(), maxValue: maxValue === Infinity ? null : maxValue, ...others};
  }
}
serialization.registerClass(ExplicitReLU);

/**
 * Rectified linear unit as a layer, a drop-in for `tf.layers.reLU` on `ops.relu`: maxValue where x >= maxValue, x
 * where threshold <= x < maxValue, else negativeSlope * (x - threshold).
 *
 * *Shape*
 * - input, output: any
 *
 * @throws On bad or unknown arguments.
 *
 * ```js
 * model.add(layers.reLU({maxValue: 6}));
 * ```
 */
export function reLU(args?: ReLUArgs): ExplicitReLU {
  return new ExplicitReLU(args);
}
