/** Layers that `models.toExplicit` keeps, because they have no explicit form: what they can do on a backend. */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import {input, layers, model as modelOf} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {random, toTensor} from '../../src/checks/verify/case';
import * as ours from '../../src/layers/keras';
import {allLayers} from '../../src/models/graph';
import type {Layer} from '../../src/models/graph';
import {freeWeights} from '../../src/models/layer_copy';

/** A layer and the shapes of its inputs without the batch; of an Embedding they hold whole numbers. */
interface Kept {
  make: () => Layer;
  shapes: number[][];
}

/** What came of one on one backend. */
export interface KeptResult {
  title: string;
  /** What it predicts, or the error's first line. */
  output: number[] | string;
  trains: boolean;
}

const [VECTOR, SEQUENCE, IMAGE, VOLUME] = [[6], [6, 3], [4, 6, 2], [4, 4, 6, 2]];
const one = (make: () => Layer, ...shapes: number[][]): Kept => ({make, shapes});
const merge = (make: () => Layer) => one(make, SEQUENCE, SEQUENCE);

/** tf.layers' orthogonal one, the default, needs methods of tensors that only the package tfjs adds. */
const recurrentInitializer = 'glorotNormal';

const WORDS = [
  'elu', 'hardSigmoid', 'relu6', 'selu', 'sigmoid', 'softmax', 'softplus', 'softsign', 'tanh', 'swish', 'mish', 'gelu',
  'gelu_new',
] as const;

/** By class name, and what tells two of a class apart. */
export const kept: {[title: string]: Kept} = {
  Conv3D: one(() => layers.conv3d({filters: 2, kernelSize: 2}), VOLUME),
  Conv3DTranspose: one(() => layers.conv3dTranspose({filters: 2, kernelSize: 2}), VOLUME),
  ConvLSTM2D: one(() => layers.convLstm2d({filters: 2, kernelSize: 2, recurrentInitializer}), VOLUME),
  AveragePooling1D: one(() => layers.averagePooling1d({poolSize: 2}), SEQUENCE),
  AveragePooling3D: one(() => layers.averagePooling3d({poolSize: 2}), VOLUME),
  MaxPooling1D: one(() => layers.maxPooling1d({poolSize: 2}), SEQUENCE),
  MaxPooling3D: one(() => layers.maxPooling3d({poolSize: 2}), VOLUME),
  GlobalAveragePooling1D: one(() => layers.globalAveragePooling1d({}), SEQUENCE),
  GlobalMaxPooling1D: one(() => layers.globalMaxPooling1d({}), SEQUENCE),
  Cropping2D: one(() => layers.cropping2D({cropping: [[1, 1], [1, 2]]}), IMAGE),
  ZeroPadding2D: one(() => layers.zeroPadding2d({padding: 1}), IMAGE),
  UpSampling2D: one(() => layers.upSampling2d({size: [2, 2]}), IMAGE),
  ...Object.fromEntries(WORDS.map((activation) =>
    [`Activation '${activation}'`, one(() => layers.activation({activation}), VECTOR)])),
  LeakyReLU: one(() => layers.leakyReLU({alpha: 0.1}), VECTOR),
  ELU: one(() => layers.elu({alpha: 1}), VECTOR),
  PReLU: one(() => layers.prelu(), VECTOR),
  Softmax: one(() => layers.softmax({}), VECTOR),
  AlphaDropout: one(() => layers.alphaDropout({rate: 0.5}), VECTOR),
  GaussianDropout: one(() => layers.gaussianDropout({rate: 0.5}), VECTOR),
  GaussianNoise: one(() => layers.gaussianNoise({stddev: 0.5}), VECTOR),
  SpatialDropout1D: one(() => layers.spatialDropout1d({rate: 0.5}), SEQUENCE),
  Add: merge(() => layers.add()), Average: merge(() => layers.average()), Maximum: merge(() => layers.maximum()),
  Minimum: merge(() => layers.minimum()), Multiply: merge(() => layers.multiply()),
  Concatenate: merge(() => layers.concatenate()), Dot: merge(() => layers.dot({axes: 2})),
  Flatten: one(() => layers.flatten(), IMAGE),
  Permute: one(() => layers.permute({dims: [2, 1]}), SEQUENCE),
  RepeatVector: one(() => layers.repeatVector({n: 2}), VECTOR),
  Reshape: one(() => layers.reshape({targetShape: [3, 6]}), SEQUENCE),
  Embedding: one(() => layers.embedding({inputDim: 5, outputDim: 2}), VECTOR),
  GRU: one(() => layers.gru({units: 2, recurrentInitializer}), SEQUENCE),
  LSTM: one(() => layers.lstm({units: 2, recurrentInitializer}), SEQUENCE),
  SimpleRNN: one(() => layers.simpleRNN({units: 2, recurrentInitializer}), SEQUENCE),
  'Bidirectional of LSTM': one(() =>
    layers.bidirectional({layer: layers.lstm({units: 2, recurrentInitializer}) as never}), SEQUENCE),
  Masking: one(() => layers.masking({}), SEQUENCE),
  Rescaling: one(() => layers.rescaling({scale: 2, offset: 1}), VECTOR),
  'TimeDistributed of Activation': one(() =>
    layers.timeDistributed({layer: layers.activation({activation: 'tanh'})}), SEQUENCE),
  KerasElementwise: keras(ours.KerasElementwise, {op: 'silu'}, VECTOR),
  KerasReduce: keras(ours.KerasReduce, {op: 'mean', axis: [1]}, SEQUENCE),
  KerasRescaling: keras(ours.KerasRescaling, {scale: [1, 2], offset: 1}, IMAGE),
  KerasNormalization: keras(ours.KerasNormalization, {mean: [1, 2], variance: [3, 4]}, IMAGE),
  KerasUnitNormalization: keras(ours.KerasUnitNormalization, {}, VECTOR),
  KerasLayerScale: keras(ours.KerasLayerScale, {projectionDim: 2, initValues: 0.5}, IMAGE),
  KerasStochasticDepth: keras(ours.KerasStochasticDepth, {rate: 0.5}, IMAGE),
  KerasResizing: keras(ours.KerasResizing, {height: 3, width: 7}, IMAGE),
  KerasUpSampling2D: keras(ours.KerasUpSampling2D, {size: [2, 2], interpolation: 'bilinear'}, IMAGE),
  KerasConv3DTranspose: keras(ours.KerasConv3DTranspose, {filters: 2, kernelSize: 2}, VOLUME),
  KerasMaxPooling3D: keras(ours.KerasMaxPooling3D, {}, VOLUME),
  KerasCenterCrop: keras(ours.KerasCenterCrop, {height: 2, width: 3}, IMAGE),
};

function keras<A>(cls: new (args: A) => Layer, args: object, shape: number[]): Kept {
  return one(() => new cls(args as A), shape);
}

/** Puts each into a model, converts that, and asks what it does on the current backend. */
export async function runKept(): Promise<KeptResult[]> {
  const results: KeptResult[] = [];
  for (const [title, {make, shapes}] of Object.entries(kept)) {
    const symbols = shapes.map((shape) => input({shape}));
    const layer = make();
    const original = modelOf({
      inputs: symbols, outputs: layer.apply(symbols.length === 1 ? symbols[0]! : symbols) as SymbolicTensor,
    });
    // Weights as numbers that are the same everywhere.
    tf.tidy(() => original.setWeights(original.getWeights().map(({shape}, i) => toTensor(random(shape, 10 + i)))));
    const model = models.toExplicit(original);
    const trains = models.conversionReport(model).kept.every((found) => found.trains);
    results.push({title, output: await outputOf(model, shapes, title === 'Embedding'), trains});
    [model, original].forEach((net) => freeWeights(allLayers(net).map((place) => place.layer)));
  }
  return results;
}

/** Of numbers that are below 0 as often as above. */
async function outputOf(model: LayersModel, shapes: number[][], isIndices: boolean): Promise<number[] | string> {
  try {
    const output = tf.tidy(() => {
      const values = shapes.map((shape, i) => {
        const numbers = toTensor(random([2, ...shape], i + 1));
        return isIndices ? tf.floor(tf.add(tf.mod(numbers, 2), 1)) : tf.sub(numbers, 1);
      });
      return model.predict(values.length === 1 ? values[0]! : values) as Tensor;
    });
    const found = [...await output.data()];
    output.dispose();
    return found;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();
  }
}
