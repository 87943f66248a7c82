import * as ours from '../layers/keras';
import {convolution, noDilation3d, weight} from './keras_args';
import type {KerasEntry, Kind, LayerRow} from './row';

/**
 * A layer that Keras has and tf.layers does not.
 * @param none why tf.layers has none
 * @param keras what is not as usual: in a Keras file the class has no 'Keras' before its name, and the arguments of its own
 */
function row(
    {className, defaults = {}}: {className: string, defaults?: object}, kind: Kind, none: string,
    keras: Partial<KerasEntry> | {none: string} = {}): LayerRow {
  const usual = {args: Object.keys(defaults), kerasClass: className.replace(/^Keras/, '')};
  return {kind, keras: 'none' in keras ? keras : {...usual, ...keras}, onlyHere: {className, twin: {none}}};
}

const written = {none: 'a Keras file would need the Python code that made it'};

/** Layers that exist here alone: models from Keras files consist of them where tf.layers computes otherwise. */
export const kerasRows: {[className: string]: LayerRow} = {
  KerasElementwise: row(ours.KerasElementwise, 'other', 'tf.layers has no layer for an operation on entries', written),
  KerasReduce: row(ours.KerasReduce, 'reshape', 'tf.layers has no layer that reduces axes', written),
  KerasRescaling: row(ours.KerasRescaling, 'entrywise', 'tf.layers.rescaling takes numbers, no lists'),
  KerasNormalization: row(ours.KerasNormalization, 'other', 'tf.layers has no normalization by given statistics'),
  KerasUnitNormalization: row(ours.KerasUnitNormalization, 'other', 'tf.layers has no unit normalization'),
  KerasLayerScale: row(ours.KerasLayerScale, 'other', 'tf.layers has no layer scale', written),
  KerasStochasticDepth: row(ours.KerasStochasticDepth, 'noise', 'tf.layers has no stochastic depth', written),
  KerasResizing: row(ours.KerasResizing, 'other', 'tf.layers.resizing takes other points than Keras', {
    neutral: {
      crop_to_aspect_ratio: [false], pad_to_aspect_ratio: [false], antialias: [false], fill_mode: ['constant'], fill_value: [0],
    },
  }),
  KerasUpSampling2D: row(ours.KerasUpSampling2D, 'other', 'tf.layers.upSampling2d takes other points than Keras'),
  KerasConv3DTranspose: row(ours.KerasConv3DTranspose as never, 'other', 'tf.layers.conv3dTranspose is wrong on wasm',
      {args: [...convolution, ...weight('kernel')], neutral: {...noDilation3d, groups: [1]}}),
  KerasMaxPooling3D: row(ours.KerasMaxPooling3D, 'pool', "tf.layers.maxPooling3d is wrong on wasm for negative values"),
  KerasCenterCrop: row(ours.KerasCenterCrop, 'border', 'tf.layers.centerCrop scales images'),
};
