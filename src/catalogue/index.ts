import {ExplicitLayer as AnyExplicitLayer} from '../layers/explicit_layer';
import {KerasLayer} from '../layers/keras/keras_layer';
import {kerasRows} from './keras';
import {normRows} from './norms';
import {otherRows} from './others';
import {rectifierRows} from './rectifiers';
import type {Config, ExplicitLayer, Layer, LayerName, LayerRow} from './row';
import {windowRows} from './windows';

export type {
  Config, ExplicitLayer, Kernels, KerasEntry, Kind, Layer, LayerName, LayerRow, OpName, Sizes, TwinRow, TwinUse,
} from './row';

/** Every layer that something is known of, by its class in tf.layers (in Keras, where tf.layers has none). */
export const catalogue: {readonly [className: string]: LayerRow} =
  {...windowRows, ...rectifierRows, ...normRows, ...otherRows, ...kerasRows};

/** The rows of our own layers, by the name of the class that each stands for. */
export const explicitRows: readonly (LayerRow & {name: string, explicit: ExplicitLayer})[] =
  Object.entries(catalogue).flatMap(([name, row]) => (row.explicit ? [{...row, name, explicit: row.explicit}] : []));

const byExplicitClass = new Map(explicitRows.map((row) => [row.explicit.class.className, row]));

/** What is known of a layer of ours, by its factory. */
export function explicitNamed(factory: LayerName): ExplicitLayer {
  return explicitRows.find(({explicit}) => explicit.factory === factory)!.explicit;
}

/** The name that a layer's own class has; '' where it inherits one, for it may compute something else. */
export function ownClassName(layer: Layer): string {
  const {constructor} = layer;
  const hasOwn = Object.hasOwn(constructor, 'className') || Object.hasOwn(constructor.prototype as object, 'getClassName');
  return hasOwn ? layer.getClassName() : '';
}

/** The row of a layer of ours; undefined for any other. */
export function explicitRowOf(layer: Layer): typeof explicitRows[number] | undefined {
  return byExplicitClass.get(ownClassName(layer));
}

/** The row of a layer's class, ours or of tf.layers; undefined for what is unknown, such as a class of a user's own. */
export function ownRowOf(layer: Layer): LayerRow | undefined {
  return explicitRowOf(layer) ?? catalogue[ownClassName(layer)];
}

/** The row of the name that a layer goes by, inherited or not: what such a layer is taken to be like. */
export function rowOf(layer: Layer): LayerRow | undefined {
  return byExplicitClass.get(layer.getClassName()) ?? catalogue[layer.getClassName()];
}

/** What a layer is made of, also where tf.layers' getConfig says something else. */
export function configOf(layer: Layer): Config {
  const twin = isExplicit(layer) ? undefined : catalogue[ownClassName(layer)]?.explicit?.twin;
  return (twin && 'make' in twin ? twin.configOf?.(layer) : undefined) ?? layer.getConfig();
}

/** A layer's class in tf.layers: 'Conv2D' of ExplicitConv2D too; '' where it only inherits its name. */
export function classOf(layer: Layer): string {
  return explicitRowOf(layer)?.name ?? ownClassName(layer);
}

/** True for a layer that computes by ops of this library, known here or not. */
export function isExplicit(layer: Layer): boolean {
  return layer instanceof AnyExplicitLayer || layer.getClassName().startsWith('Explicit');
}

/** True for a layer of this library, known here or not. */
export function isOurs(layer: Layer): boolean {
  return isExplicit(layer) || layer instanceof KerasLayer;
}
