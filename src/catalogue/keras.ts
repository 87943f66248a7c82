import * as ours from '../layers/keras';
import {convolution, noDilation3d, weight} from './keras_args';
import type {KerasEntry, Kind, LayerRow} from './row';

/** A layer that Keras has and tf.layers does not. */
function row(
    {className}: {className: string}, kind: Kind, none: string, keras: KerasEntry | {none: string}): LayerRow {
  return {kind, keras, onlyHere: {className, twin: {none}}};
}

const channels = ['dataFormat'];
const written = {none: 'a Keras file would need the Python code that made it'};

/** Layers that exist here alone: models from Keras files consist of them where tf.layers computes otherwise. */
export const kerasRows: {[className: string]: LayerRow} = {
  KerasElementwise: row(ours.KerasElementwise, 'other', 'tf.layers has no layer for an operation on entries', written),
  KerasReduce: row(ours.KerasReduce, 'reshape', 'tf.layers has no layer that reduces axes', written),
  KerasRescaling: row(ours.KerasRescaling, 'entrywise', 'tf.layers.rescaling takes numbers, no lists',
      {args: ['scale', 'offset'], kerasClass: 'Rescaling'}),
  KerasNormalization: row(ours.KerasNormalization, 'other', 'tf.layers has no normalization by given statistics',
      {args: ['axis', 'mean', 'variance', 'invert'], kerasClass: 'Normalization'}),
  KerasUnitNormalization: row(ours.KerasUnitNormalization, 'other', 'tf.layers has no unit normalization',
      {args: ['axis'], kerasClass: 'UnitNormalization'}),
  KerasLayerScale: row(ours.KerasLayerScale, 'other', 'tf.layers has no layer scale', written),
  KerasStochasticDepth: row(ours.KerasStochasticDepth, 'noise', 'tf.layers has no stochastic depth', written),
  KerasResizing: row(ours.KerasResizing, 'other', 'tf.layers.resizing takes other points than Keras', {
    args: ['height', 'width', 'interpolation', ...channels], kerasClass: 'Resizing',
    neutral: {
      crop_to_aspect_ratio: [false], pad_to_aspect_ratio: [false], antialias: [false], fill_mode: ['constant'], fill_value: [0],
    },
  }),
  KerasUpSampling2D: row(ours.KerasUpSampling2D, 'other', 'tf.layers.upSampling2d takes other points than Keras',
      {args: ['size', 'interpolation', ...channels], kerasClass: 'UpSampling2D'}),
  KerasConv3DTranspose: row(ours.KerasConv3DTranspose as never, 'other', 'tf.layers.conv3dTranspose is wrong on wasm',
      {args: [...convolution, ...weight('kernel')], kerasClass: 'Conv3DTranspose', neutral: {...noDilation3d, groups: [1]}}),
  KerasMaxPooling3D: row(ours.KerasMaxPooling3D, 'pool', "tf.layers.maxPooling3d is wrong on wasm for negative values",
      {args: ['poolSize', 'strides', 'padding', ...channels], kerasClass: 'MaxPooling3D'}),
  KerasCenterCrop: row(ours.KerasCenterCrop, 'border', 'tf.layers.centerCrop scales images',
      {args: ['height', 'width', ...channels], kerasClass: 'CenterCrop'}),
};
