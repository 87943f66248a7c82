import type {serialization} from '@tensorflow/tfjs-core';

import {resolve, serialize} from './resolve';
import type {Constraint, Initializer, InitializerIdentifier, Regularizer} from './resolve';

/** What is known of a weight before its shape is: its initializer, regularizer and constraint. */
export class WeightArgs {
  /** The weight's own name, as in tf.layers: 'moving_mean' for 'movingMean'. */
  readonly name: string;
  readonly initializer: Initializer;
  readonly regularizer: Regularizer | null;
  readonly constraint: Constraint | null;

  /**
   * Reads `<option>Initializer`, `<option>Regularizer` and `<option>Constraint` of a layer's arguments.
   * @param label How error messages call the layer.
   * @param fallback The initializer where none is given.
   * @param name The weight's name, where it is another one than the option's.
   */
  constructor(
      label: string, readonly option: string, args: object | null | undefined, fallback: InitializerIdentifier,
      name?: string) {
    const given = (args ?? {}) as {[option: string]: unknown};
    const [initializer, regularizer, constraint] = weightOptions(option);
    this.name = name ?? option.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
    this.initializer = resolve(label, initializer, 'kernelInitializer', given[initializer] || fallback);
    this.regularizer = resolve(label, regularizer, 'kernelRegularizer', given[regularizer]);
    this.constraint = resolve(label, constraint, 'kernelConstraint', given[constraint]);
  }
}

/** The arguments of a layer that say how one of its weights is made. */
export function weightOptions(option: string): [initializer: string, regularizer: string, constraint: string] {
  return [`${option}Initializer`, `${option}Regularizer`, `${option}Constraint`];
}

/** The arguments of these weights as tf.layers saves them; `known` are the layer's own, where some of them are not. */
export function weightConfig(weights: WeightArgs[], known?: readonly string[]): serialization.ConfigDict {
  const entries = weights.flatMap(({option, initializer, regularizer, constraint}) =>
      weightOptions(option).map((name, i) => [name, serialize([initializer, regularizer, constraint][i]!)] as const));
  return Object.fromEntries(entries.filter(([name]) => known?.includes(name) ?? true));
}
