/** models.toFullyConvolutional: the same values at the original's size, those of the crops on larger images. */
import * as tf from '@tensorflow/tfjs-core';
import {input, layers as builtIn, model, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks, expectRefusal} from '../support/matchers';
import {randomValues} from '../support/random';
import {fill} from './support/models';

type DataFormat = 'channelsLast' | 'channelsFirst';
type Factories = Pick<typeof builtIn, 'conv2d' | 'dense' | 'reLU' | 'batchNormalization' | 'layerNormalization' | 'maxPooling2d'>;
const ours = layers as unknown as Factories;
const near = {relative: 1e-4, absolute: 1e-5};

/** Images of 12x9 with 3 channels; reduces by 3 to 4x3. */
const imageOf = (dataFormat: DataFormat, height = 12, width = 9) =>
  (dataFormat === 'channelsLast' ? [height, width, 3] : [3, height, width]) as [number, number, number];

/** The model's values on the crop of its own size at each position, stride 3, as a map. */
function onCrops(net: LayersModel, x: tf.Tensor, dataFormat: DataFormat): tf.Tensor {
  const {sizes, last} = dataFormat === 'channelsLast' ? {sizes: [1, 2], last: true} : {sizes: [2, 3], last: false};
  const [height, width] = sizes.map((axis) => x.shape[axis]!) as [number, number];
  const rows = [];
  for (let y = 0; y + 12 <= height; y += 3) {
    const row = [];
    for (let left = 0; left + 9 <= width; left += 3) {
      const begin = last ? [0, y, left, 0] : [0, 0, y, left];
      const size = last ? [-1, 12, 9, -1] : [-1, -1, 12, 9];
      row.push(net.predict(tf.slice(x, begin, size)) as tf.Tensor);
    }
    rows.push(tf.stack(row, 1));
  }
  const map = tf.stack(rows, 1);
  return last ? map : tf.transpose(map, [0, 3, 1, 2]);
}

async function expectFullyConvolutional(net: LayersModel, dataFormat: DataFormat = 'channelsLast'): Promise<void> {
  fill(net);
  const converted = models.toFullyConvolutional(net);
  for (const [height, width] of [[12, 9], [18, 15]] as const) {
    const x = toTensor(randomValues([2, ...imageOf(dataFormat, height, width)], 5));
    await expectClose(converted.predict(x) as tf.Tensor, onCrops(net, x, dataFormat), near, `${height}x${width}`);
  }
}

const factories: [string, Factories][] = [['built-in layers', builtIn], ['explicit layers', ours]];

describeOnBackends('toFullyConvolutional', () => {
  afterEach(() => tf.disposeVariables());

  for (const [title, from] of factories) {
    for (const dataFormat of ['channelsLast', 'channelsFirst'] as const) {
      for (const flattenFormat of [undefined, 'channelsLast', 'channelsFirst'] as const) {
        it(`${title}, ${dataFormat}, Flatten's dataFormat ${flattenFormat}`, async () => {
          const axis = dataFormat === 'channelsLast' ? 3 : 1;
          const net = sequential({layers: [
            from.conv2d({inputShape: imageOf(dataFormat), filters: 2, kernelSize: 1, activation: 'relu', dataFormat}),
            layers.batchNormalization({axis}),  // tf.layers' own is wrong on axis 1 on cpu
            from.maxPooling2d({poolSize: 3, dataFormat}),
            builtIn.flatten({dataFormat: flattenFormat}),
            builtIn.dropout({rate: 0.5}),
            from.dense({units: 5, activation: 'relu'}),
            from.batchNormalization({}),
            from.reLU({}),
            from.layerNormalization({}),
            from.dense({units: 4, activation: 'softmax'}),
          ]});
          await expectFullyConvolutional(net, dataFormat);
        });
      }
    }
  }

  for (const dataFormat of ['channelsLast', 'channelsFirst'] as const) {
    it(`softmax as a layer and as activation layer, ${dataFormat}`, async () => {
      for (const last of [builtIn.softmax(), builtIn.softmax({axis: -1}), builtIn.activation({activation: 'softmax'})]) {
        await expectFullyConvolutional(sequential({layers: [
          builtIn.averagePooling2d({inputShape: imageOf(dataFormat), poolSize: 3, dataFormat}),
          builtIn.flatten(), builtIn.dense({units: 4}), last,
        ]}), dataFormat);
      }
    });

    it(`branches, shared and joined again, ${dataFormat}`, async () => {
      const x = input({shape: imageOf(dataFormat)});
      const pooled = builtIn.averagePooling2d({poolSize: 3, dataFormat}).apply(x);
      const flat = builtIn.flatten().apply(pooled);
      const shared = builtIn.dense({units: 4, useBias: false});
      const [a, b] = [builtIn.dense({units: 4}).apply(flat), shared.apply(flat)] as SymbolicTensor[];
      const sum = builtIn.add().apply([a!, b!]) as SymbolicTensor;
      const all = builtIn.concatenate().apply([sum, builtIn.prelu().apply(a!) as SymbolicTensor]);
      const scores = layers.dense({units: 3}).apply(all) as SymbolicTensor;
      await expectFullyConvolutional(model({inputs: x, outputs: scores}), dataFormat);
    });
  }

  it('models inside, with Flatten in or outside of them', async () => {
    const features = () => sequential({name: 'features', layers: [
      layers.conv2d({inputShape: [12, 9, 3], filters: 2, kernelSize: 3, strides: 3}), layers.reLU()]});
    const head = (shape: number[]) => sequential({name: 'head', layers: [
      layers.dense({inputShape: shape, units: 5, activation: 'relu'}), builtIn.dense({units: 4})]});
    await expectFullyConvolutional(sequential({layers: [features(), builtIn.flatten(), head([24])]}));
    await expectFullyConvolutional(sequential({layers: [
      features(), sequential({layers: [builtIn.flatten({inputShape: [4, 3, 2]}), builtIn.dense({units: 4})]}), head([4])]}));
    const x = input({shape: [12, 9, 3]});
    const flat = builtIn.flatten().apply(features().apply(x));
    await expectFullyConvolutional(model({inputs: x, outputs: head([24]).apply(flat) as SymbolicTensor}));
  });

  it('a batch norm between Flatten and Dense goes into the weights', async () => {
    for (const useBias of [true, false]) {
      await expectFullyConvolutional(sequential({layers: [
        builtIn.averagePooling2d({inputShape: [12, 9, 3], poolSize: 3}), builtIn.flatten(),
        layers.batchNormalization(), builtIn.batchNormalization({scale: false}), builtIn.dropout({rate: 0.1}),
        layers.dense({units: 4, useBias}),
      ]}));
    }
  });

  it('Reshape to one axis, and Flatten of 1x1', async () => {
    await expectFullyConvolutional(sequential({layers: [
      builtIn.averagePooling2d({inputShape: [12, 9, 3], poolSize: 3}), builtIn.reshape({targetShape: [36]}),
      builtIn.dense({units: 4})]}));
    await expectFullyConvolutional(sequential({layers: [
      builtIn.averagePooling2d({inputShape: [12, 9, 3], poolSize: [12, 9], strides: 3}), builtIn.flatten(),
      layers.batchNormalization(), builtIn.dense({units: 4})]}));
  });

  it('the document\'s geometry, slim: 224x224x3 to 7x7, on 384x384 the 36 crops at stride 32', async () => {
    const pool = () => layers.maxPooling2d({poolSize: 2});
    const net = fill(sequential({layers: [
      layers.conv2d({inputShape: [224, 224, 3], filters: 3, kernelSize: 1, activation: 'relu'}), pool(), pool(), pool(),
      layers.conv2d({filters: 4, kernelSize: 2, strides: 2, activation: 'relu'}), pool(),
      builtIn.flatten(), layers.dense({units: 8, activation: 'relu'}), layers.dense({units: 10}),
    ]}));
    const onLarge = models.toFullyConvolutional(net, {inputShape: [384, 384, 3]});
    expect(onLarge.layers.at(-2)!.getWeights()[0]!.shape).toEqual([7, 7, 4, 8]);
    const x = toTensor(randomValues([1, 384, 384, 3], 3));
    const crops = tf.concat(Array.from({length: 36}, (_, i) =>
      tf.slice(x, [0, 32 * Math.floor(i / 6), 32 * (i % 6), 0], [1, 224, 224, 3])));
    const map = onLarge.predict(x) as tf.Tensor;
    expect(map.shape).toEqual([1, 6, 6, 10]);
    await expectClose(tf.reshape(map, [36, 10]), net.predict(crops) as tf.Tensor, near);
  });

  it('keeps names, classes, flags and constraints, and leaves the original alone', async () => {
    const net = fill(sequential({name: 'net', layers: [
      builtIn.conv2d({inputShape: [4, 4, 2], filters: 2, kernelSize: 2, padding: 'same', name: 'conv'}),
      builtIn.flatten({name: 'flat'}),
      builtIn.dense({units: 3, name: 'fc1', trainable: false, kernelConstraint: 'maxNorm'}),
      layers.dense({units: 2, name: 'fc2', kernelRegularizer: 'l1l2'}),
    ]}));
    const before = net.toJSON();
    const converted = models.toFullyConvolutional(net);
    expect(converted.layers.map((layer) => `${layer.name} ${layer.getClassName()} ${layer.trainable}`))
      .toEqual(['conv Conv2D true', 'fc1 Conv2D false', 'fc2 ExplicitConv2D true']);
    expect(converted.inputs[0]!.shape).toEqual([null, null, null, 2]);
    expect(converted.layers[1]!.getConfig()['kernelConstraint'] as object)
      .toEqual({className: 'MaxNorm', config: {maxValue: 2, axis: [0, 1, 2]}});
    converted.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const [x, y] = [toTensor(randomValues([2, 4, 4, 2], 1)), tf.ones([2, 1, 1, 2])];
    await expectClose(tf.reshape(converted.predict(x) as tf.Tensor, [2, 2]), net.predict(x) as tf.Tensor, near);
    if (tf.getBackend() !== 'wasm') await converted.trainOnBatch(x, y);
    expect(net.toJSON()).toEqual(before);
  });

  it('leaves nothing behind, and refuses what has no counterpart', async () => {
    const head = (...after: Parameters<ReturnType<typeof sequential>['add']>[0][]) => sequential({name: 'net', layers: [
      builtIn.averagePooling2d({inputShape: [4, 4, 2], poolSize: 2, name: 'pool'}), builtIn.flatten({name: 'flat'}), ...after]});
    const good = head(builtIn.dense({units: 2}));
    await expectNoLeaks(() => { models.toFullyConvolutional(good).dispose(); });
    const refused: [LayersModel, RegExp, object?][] = [
      [head(), /toFullyConvolutional: the output 'flat' is flattened/],
      [head(layers.dense({units: 4}), builtIn.repeatVector({n: 2, name: 'twice'})),
        /the layer 'twice' \(RepeatVector\) on \[\?,4\] has no counterpart/],
      [head(layers.layerNormalization({name: 'norm'}), layers.dense({units: 4})),
        /the layer 'norm' \(ExplicitLayerNormalization\) on \[\?,8\] works on flattened windows/],
      [head(layers.batchNormalization({name: 'norm'}), layers.reLU({name: 'relu'}), layers.dense({units: 4})),
        /the layer 'relu'.*after the batch norm 'norm'/],
      [good, /at least as large as the original's \[4,4,2\]/, {inputShape: [3, 4, 2]}],
      [good, /must have 2 channels/, {inputShape: [4, 4, 3]}],
      [good, /must be the three sizes/, {inputShape: [8, 8]}],
      [good, /unknown option shape/, {shape: []}],
      [sequential({layers: [builtIn.dense({units: 2, inputShape: [3]})]}), /must take images/],
      [sequential({layers: [builtIn.averagePooling2d({inputShape: [4, 4, 2], poolSize: 2}),
        builtIn.averagePooling2d({poolSize: 2, dataFormat: 'channelsFirst'})]}), /must have one dataFormat/],
      [sequential({layers: [layers.layerNormalization({inputShape: [4, 4, 2], axis: [1, 2, 3], name: 'norm'}),
        builtIn.flatten(), layers.dense({units: 2})]}),
      /the layer 'norm' \(ExplicitLayerNormalization\):.*must be known/],
    ];
    for (const [net, message, options] of refused) {
      await expectRefusal(() => models.toFullyConvolutional(net, options), message);
    }
  });
});
