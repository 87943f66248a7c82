import {ExplicitLayer as AnyExplicitLayer} from '../layers/explicit_layer';
import {kerasRows} from './keras';
import {normRows} from './norms';
import {otherRows} from './others';
import {rectifierRows} from './rectifiers';
import type {ExplicitLayer, Layer, LayerName, LayerRow} from './row';
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

/** The row of a layer of ours; undefined for any other. */
export function explicitRowOf(layer: Layer): typeof explicitRows[number] | undefined {
  return byExplicitClass.get(layer.getClassName());
}

/** The row of a layer, ours or of tf.layers; undefined for what is unknown, such as a layer of a user's own. */
export function rowOf(layer: Layer): LayerRow | undefined {
  return explicitRowOf(layer) ?? catalogue[layer.getClassName()];
}

/** A layer's class in tf.layers: 'Conv2D' of ExplicitConv2D too. */
export function classOf(layer: Layer): string {
  return explicitRowOf(layer)?.name ?? layer.getClassName();
}

/** True for a layer that computes by ops of this library, known here or not. */
export function isExplicit(layer: Layer): boolean {
  return layer instanceof AnyExplicitLayer || layer.getClassName().startsWith('Explicit');
}
