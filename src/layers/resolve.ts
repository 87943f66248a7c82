import {layers as builtIn} from '@tensorflow/tfjs-layers';
import type {constraints, initializers, regularizers} from '@tensorflow/tfjs-layers';
import type {serialization, Tensor} from '@tensorflow/tfjs-core';

import {remedy} from '../one_core';
import {layerFields} from '../tfjs_private';
import type {LayerFields} from '../tfjs_private';

type DenseArgs = Parameters<typeof builtIn.dense>[0];

/** An initializer, its name or its config, as `tf.layers` takes it. */
export type InitializerIdentifier = NonNullable<DenseArgs['kernelInitializer']>;
/** A regularizer, its name or its config, as `tf.layers` takes it. */
export type RegularizerIdentifier = NonNullable<DenseArgs['kernelRegularizer']>;
/** A constraint, its name or its config, as `tf.layers` takes it. */
export type ConstraintIdentifier = NonNullable<DenseArgs['kernelConstraint']>;
/** The name of an activation, as `tf.layers` takes it. */
export type ActivationIdentifier = NonNullable<DenseArgs['activation']>;

export type Initializer = ReturnType<typeof initializers.zeros>;
export type Regularizer = ReturnType<typeof regularizers.l2>;
export type Constraint = ReturnType<typeof constraints.nonNeg>;

/** What a name of an activation stands for. */
export interface Activation {
  getClassName(): string;
  apply(x: Tensor): Tensor;
}

type DensePart = 'kernelInitializer' | 'kernelRegularizer' | 'kernelConstraint' | 'activation';

/**
 * What is meant by an argument that tf.layers' dense calls `part`; where none is given, null, or 'linear' for an activation.
 *
 * tfjs-layers resolves names and configs inside its own layers only, so a dense layer that nobody uses does it here. It
 * is given a name, since an automatic one would use up a number and shift the names of the user's layers.
 */
export function resolve<P extends DensePart>(
    label: string, option: string, part: P, identifier: unknown): LayerFields[P] {
  try {
    const dense = builtIn.dense({units: 1, name: 'explicit_layers_resolver', [part]: identifier});
    const found = layerFields(dense)[part];
    if (found === undefined) throw new Error('this tfjs-layers keeps it elsewhere. Use @tensorflow/tfjs-layers 4.22.');
    return found as LayerFields[P];
  } catch (error) {
    const foreign = typeof (identifier as Partial<serialization.Serializable>)?.getClassName === 'function';
    const problem = foreign ? `it was made by another copy of @tensorflow/tfjs-layers. ${remedy('layers')}` :
        error instanceof Error ? error.message : error;
    throw new Error(`${label}: ${option}: ${problem}`, {cause: error});
  }
}

/** The config of an initializer, regularizer or constraint, as tf.layers saves it. */
export function serialize(object: serialization.Serializable | null): serialization.ConfigDict | null {
  return object && {className: object.getClassName(), config: object.getConfig()};
}
