import {initializers} from '@tensorflow/tfjs-layers';
import type {Tensor} from '@tensorflow/tfjs-core';

import {explicitNamed} from '../../src/catalogue';
import type {Config, LayerName} from '../../src/catalogue';
import type {VerifiedOp} from '../../src/checks/verify/case';
import type {Evaluation} from '../../src/checks/verify/evaluation';
import type {ReferenceArray} from '../../src/reference';

/** A differentiable function of tensors. */
export type Side = (...inputs: Tensor[]) => Tensor;

/** Something a user may want of a layer: ours, the built-in one, and what is right in float64. */
export interface Feature {
  title: string;
  /** The layer that it is a feature of, where it is one. */
  layer?: LayerName;
  /** Whose tolerance holds. */
  op: VerifiedOp;
  /** By name; the first is x. Each gets a gradient. */
  inputs: {[name: string]: ReferenceArray};
  ours: Side;
  /** Absent where there is nothing to compare with. */
  builtIn?: Side;
  exact: (...inputs: ReferenceArray[]) => Evaluation;
  /** 2 for the gradient of the gradient; the default is 1, value and gradient. */
  order?: 1 | 2;
}

interface AnyLayer {
  trainable: boolean;
  weights: Array<{shape: Array<number | null>}>;
  build(shape: number[]): void;
  apply(x: Tensor, options: {training: boolean}): unknown;
}

/** How a layer is asked. */
export interface LayerSettings {
  args?: object;
  /** For the built-in layer, where it spells the same thing otherwise. */
  builtInArgs?: object;
  frozen?: boolean;
  training?: boolean;
}

/** The same layer of both libraries, with the same arguments. */
export function sidesOf(layer: LayerName, settings: LayerSettings = {}): Pick<Feature, 'layer' | 'ours' | 'builtIn'> {
  const {args = {}, builtInArgs = args} = settings;
  const {make, twin} = explicitNamed(layer);
  const side = (factory: (config: Config) => object, given: object) =>
    throughLayer(() => factory(given as Config) as AnyLayer, settings);
  return {layer, ours: side(make, args), ...('make' in twin && {builtIn: side(twin.make, builtInArgs)})};
}

/** An initializer of one value, for both libraries. */
export function constant(value: number) {
  return initializers.constant({value});
}

/** A layer as a function of x and its weights, so that it can be differentiated by each of them. */
function throughLayer(make: () => AnyLayer, {frozen = false, training = true}: LayerSettings): Side {
  let layer: AnyLayer | undefined;
  return (x, ...weights) => {
    if (!layer) {
      const made = make();
      made.build(x.shape);
      made.trainable = !frozen;
      layer = made;
    }
    weights.forEach((weight, i) => {
      const variable = layer!.weights[i];
      if (variable?.shape.join() !== weight.shape.join()) {
        throw new WrongResult(variable ? `its weight ${i} is [${variable.shape}], not [${weight.shape}]` :
          `it has no weight ${i}`);
      }
      (variable as unknown as {val: Tensor}).val = weight;
    });
    return layer.apply(x, {training}) as Tensor;
  };
}

/** Something other than what was asked for, noticed before any number is compared. */
export class WrongResult extends Error {}
