import {initializers, layers as builtInLayers} from '@tensorflow/tfjs-layers';
import type {Tensor} from '@tensorflow/tfjs-core';

import type {Evaluation} from '../../src/checks/verify/evaluation';
import type {VerifiedOp} from '../../src/checks/verify/case';
import {layers} from '../../src/index';
import type {ReferenceArray} from '../../src/reference';

/** A differentiable function of tensors. */
export type Side = (...inputs: Tensor[]) => Tensor;

/** Something a user may want of a layer: ours, the built-in one, and what is right in float64. */
export interface Feature {
  title: string;
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

type LayerName = 'conv2d' | 'maxPooling2d' | 'reLU' | 'dense' | 'batchNormalization' | 'layerNormalization';

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
export function sidesOf(name: LayerName, settings: LayerSettings = {}): {ours: Side, builtIn: Side} {
  const {args, builtInArgs = args} = settings;
  const make = (factories: object, given: object | undefined) => () =>
    (factories as {[name: string]: (args: object) => AnyLayer})[name]!(given ?? {});
  return {
    ours: throughLayer(make(layers, args), settings),
    builtIn: throughLayer(make(builtInLayers, builtInArgs), settings),
  };
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
