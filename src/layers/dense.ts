import {reshape, serialization} from '@tensorflow/tfjs-core';
import type {Tensor, Tensor2D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import {affine} from '../ops';
import {affineRelu} from '../ops/affine';
import {checkCount} from '../validate';
import {knownSize, layerLabel, onlyShape} from './explicit_layer';
import {KernelLayer} from './kernel_layer';
import type {KernelLayerArgs} from './kernel_layer';

/** Arguments of {@link dense}: those of `tf.layers.dense`. */
export interface DenseArgs extends KernelLayerArgs {
  /** M, the size of the output. */
  units: number;
  /** D, short for `inputShape: [D]`. */
  inputDim?: number;
}

/** The layer behind {@link dense}. */
export class ExplicitDense extends KernelLayer {
  /** @nocollapse */
  static readonly className = 'ExplicitDense';
  protected readonly kind = 'dense';
  private readonly units: number;

  constructor(args: DenseArgs) {
    super('dense', withInputDim(args), ['units', 'inputDim']);
    this.units = checkCount(layerLabel('dense', args?.name), 'units', args?.units);
    this.supportsMasking = true;
    this.inputSpec = [new InputSpec({minNDim: 2})];
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = onlyShape(this.label, inputShape, 2);
    const size = knownSize(this.label, 'last axis', shape, shape.length - 1);
    this.addKernel([size, this.units]);
    this.inputSpec = [new InputSpec({minNDim: 2, axes: {[-1]: size}})];
    this.built = true;
  }

  /** ops.affine flattens each example; here it gets the last axis alone. */
  protected compute(x: Tensor): Tensor {
    const rows = x.rank === 2 ? x : reshape(x, [-1, x.shape[x.rank - 1]!]);
    const given = [rows, ...this.readWeights<Tensor2D>()] as const;
    const out = this.activated(() => affineRelu(...given), () => affine(...given));
    return x.rank === 2 ? out : reshape(out, [...x.shape.slice(0, -1), this.units]);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [...onlyShape(this.label, inputShape, 2).slice(0, -1), this.units];
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), units: this.units};
  }
}
serialization.registerClass(ExplicitDense);

function withInputDim(args: DenseArgs): DenseArgs {
  if (args?.inputDim == null || args.inputShape != null || args.batchInputShape != null) return args;
  const inputDim = checkCount(layerLabel('dense', args.name), 'inputDim', args.inputDim);
  return {...args, batchInputShape: [args.batchSize ?? null, inputDim]};
}

/**
 * Fully connected layer, a drop-in for `tf.layers.dense` on `ops.affine`; with more than two axes it works on the
 * last one.
 *
 * *Shape*
 * - input: [N, ..., D]
 * - weights: `kernel` [D, units], `bias` [units]
 * - output: [N, ..., units]
 *
 * @throws On bad or unknown arguments; when it is built, on an input of rank 1 or of unknown last size.
 *
 * ```js
 * model.add(layers.dense({units: 10}));
 * ```
 */
export function dense(args: DenseArgs): ExplicitDense {
  return new ExplicitDense(args);
}
