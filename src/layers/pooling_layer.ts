import type {serialization, Tensor, Tensor4D} from '@tensorflow/tfjs-core';
import {InputSpec} from '@tensorflow/tfjs-layers';
import type {Shape} from '@tensorflow/tfjs-layers';

import {axesOf, checkPoolPadding, windowOf} from '../geometry';
import type {windowOptions} from '../geometry';
import {readOptions} from '../options';
import type {Checked, Option} from '../options';
import {checkArgs, ExplicitLayer, layerLabel, onlyShape} from './explicit_layer';
import type {LayerArgs} from './explicit_layer';
import {windowOutputShape} from './windows';

type PoolOptions = Checked<typeof windowOptions> & {poolSize: [number, number]};

/** An op that pools, as `defineOp` makes it; its options are those of the table that comes with it. */
interface Pool {
  callChecked(given: {x: Tensor4D}, options: never): Tensor;
}

/** What the layers that pool windows of images share: a table of options, and the op that takes them. */
export abstract class PoolingLayer extends ExplicitLayer {
  private readonly options: PoolOptions;

  constructor(
      kind: string, table: {readonly [name: string]: Option}, private readonly pool: Pool,
      args?: LayerArgs & {poolSize?: unknown}) {
    super(checkArgs(kind, args, Object.keys(table)));
    const label = layerLabel(kind, args?.name);
    this.options =
        readOptions(label, table, {...args, poolSize: args?.poolSize ?? [2, 2]}) as unknown as PoolOptions;
    checkPoolPadding(label, windowOf(this.options.poolSize, this.options));
    this.inputSpec = [new InputSpec({ndim: 4})];
  }

  override build(inputShape: Shape | Shape[]): void {
    this.computeOutputShape(inputShape);
    this.built = true;
  }

  protected compute(x: Tensor): Tensor {
    return this.pool.callChecked({x: x as Tensor4D}, this.options as never);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = onlyShape(this.label, inputShape, 4, 4);
    const window = windowOf(this.options.poolSize, this.options);
    return windowOutputShape(this.label, window, shape, shape[axesOf(window.dataFormat).channels]!);
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), ...this.options};
  }
}
