import * as tf from '@tensorflow/tfjs-core';
import {serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Variable} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';

import {dropoutMask} from '../ops/dropout_mask';
import {readOptions} from '../options';
import type {Checked, OptionTable} from '../options';
import {tidy} from '../tidy';
import {checkNumber, isGone, show, showShape} from '../validate';
import {checkArgs, ExplicitLayer, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';

interface DropoutOptions {
  /** The fraction of entries that is dropped, from 0 to 1. */
  rate: number;
  /** The shape of the mask, which is repeated along axes of size 1; null is a size of the input. The default is its shape. */
  noiseShape?: (number | null)[] | null;
  /** A whole number that determines the masks; drawn when the layer is made if it is not given. */
  seed?: number | null;
}

/** Arguments of {@link dropout}: those of `tf.layers.dropout`. */
export interface DropoutArgs extends LayerArgs, DropoutOptions {}

const dropoutOptions = {
  rate: {check: (op, name, value) => checkNumber(op, name, value, 0, 1)},
  noiseShape: {default: null, check: checkNoiseShape},
  seed: {default: null, check: checkSeed},
} satisfies OptionTable<DropoutOptions>;

function checkNoiseShape(op: string, name: string, value: unknown): (number | null)[] | null {
  const isSize = (size: unknown) => size === null || size === undefined || (Number.isInteger(size) && (size as number) >= 1);
  if (value === null) return null;
  if (Array.isArray(value) && value.every(isSize)) return value.map((size: number | null | undefined) => size ?? null);
  throw new Error(`${op}: ${name} must be a list of whole numbers of at least 1, null where the input's size is meant. ` +
      `Got ${show(value)}. Write it as in [null, 1, 8], or leave it out.`);
}

function checkSeed(op: string, name: string, value: unknown): number | null {
  if (value === null || Number.isInteger(value)) return value as number | null;
  throw new Error(`${op}: ${name} must be a whole number. Got ${show(value)}. Pass one, or leave it out for a random one.`);
}

/** The layer behind {@link dropout}. */
export class ExplicitDropout extends ExplicitLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitDropout';
  protected readonly kind = 'dropout';
  private readonly options: Checked<typeof dropoutOptions>;
  private readonly drawnSeed: number;
  /** How many masks were made: a variable, which a recorded step reads and counts up as it runs. */
  private calls: Variable | null = null;

  constructor(args: DropoutArgs) {
    super(checkArgs('dropout', args, Object.keys(dropoutOptions)));
    this.options = readOptions(layerLabel('dropout', args?.name), dropoutOptions, args);
    this.drawnSeed = this.options.seed ?? Math.floor(Math.random() * 2 ** 31);
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    this.maskShape(onlyShape(this.label, inputShape, 0));
    this.counter();
    this.built = true;
  }

  protected compute(x: Tensor, training: boolean): Tensor {
    const {rate} = this.options;
    if (!training || rate === 0) return x;
    const calls = this.counter();
    const mask = dropoutMask(this.drawnSeed, calls, this.maskShape(x.shape) as number[], rate);
    calls.assign(tf.add(calls, tf.scalar(1, 'int32')));
    return tf.mul(x, mask);
  }

  private counter(): Variable {
    if (this.calls === null || isGone(this.calls)) this.calls = tidy(() => tf.variable(tf.scalar(0, 'int32'), false));
    return this.calls;
  }

  /** The shape of the mask for an input of this shape. */
  private maskShape(shape: Shape): Shape {
    const {noiseShape} = this.options;
    if (noiseShape === null) return shape;
    const fits = noiseShape.length === shape.length && noiseShape.every((size, axis) =>
      size === null || size === 1 || shape[axis] === null || size === shape[axis]);
    if (!fits) {
      throw new Error(`${this.label}: noiseShape ${showShape(noiseShape)} does not fit an input of ${showShape(shape)}. Give ` +
          'it a number for each axis: 1, the size of the input, or null for that size.');
    }
    return noiseShape.map((size, axis) => size ?? shape[axis]!);
  }

  protected override disposeWeights(): number {
    return super.disposeWeights() + this.freeCounter();
  }

  /** Frees the count of calls; returns how many tensors that were. */
  freeCounter(): number {
    if (this.calls === null || isGone(this.calls)) return 0;
    this.calls.dispose();
    return 1;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return onlyShape(this.label, inputShape, 0);
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), ...this.options};
  }
}
serialization.registerClass(ExplicitDropout);

/**
 * Dropout, a drop-in for `tf.layers.dropout`: in training each entry becomes 0 with probability `rate` and is divided
 * by 1 - rate otherwise; in inference it is the identity.
 *
 * Masks are a hash of the seed and the number of the call: each call in training has its own mask, which its gradients
 * use too, and the same seed gives the same sequence on every backend. They differ from those of tf.layers.
 *
 * *Shape*
 * - input, output: any
 *
 * @throws On bad or unknown arguments; when it is built, on a `noiseShape` that does not fit the input.
 *
 * ```js
 * model.add(layers.dropout({rate: 0.5, seed: 1}));
 * ```
 */
export function dropout(args: DropoutArgs): ExplicitDropout {
  return new ExplicitDropout(args);
}
