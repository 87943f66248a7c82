/** models.load reads Keras's topologies as strictly as importKeras does, and finds Keras 3's weights by their names. */
import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {forcedTraining} from '../../src/models/training_mode';
import {toTensor} from '../support/arrays';
import {backendNames} from '../support/backends';
import {expectClose} from '../support/matchers';
import {randomValues} from '../support/random';
import {memory} from './support/saving';

type Config = {[key: string]: unknown};
type Weight = [name: string, values: tf.Tensor];

/** What the official converter writes of a Sequential. */
async function converted(shape: number[], layers: [string, Config][], weights: Weight[] = [], version = '3.15.1') {
  const entries = [['InputLayer', {batch_shape: [null, ...shape], name: 'in'}], ...layers];
  const {data, specs} = await tf.io.encodeWeights(weights.map(([name, tensor]) => ({name, tensor})));
  const config = {name: 'net', layers: entries.map(([class_name, each]) => ({class_name, config: each}))};
  const modelTopology = {keras_version: version, model_config: {class_name: 'Sequential', config}};
  return {load: async () => ({modelTopology, ...weights.length > 0 ? {weightSpecs: specs, weightData: data} : {}})};
}

describe('models.load, of Keras,', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));
  afterEach(() => tf.disposeVariables());

  const refused: [title: string, layer: [string, Config], message: RegExp][] = [
    ['a renorm', ['BatchNormalization', {name: 'b', renorm: true}], /layer 'b' .*renorm is true/],
    ['an argument that nobody knows', ['Dense', {name: 'd', units: 2, sharpness: 0}], /layer 'd' .*sharpness is 0/],
    ['what is off by a word that nobody knows', ['Dense', {name: 'd', units: 2, blunt: false}], /layer 'd' .*blunt is false/],
    ['a GRU that resets after', ['GRU', {name: 'g', units: 2, reset_after: true}], /layer 'g' .*reset_after is true/],
    ['softmax along another axis', ['Softmax', {name: 's', axis: 1}], /layer 's' .*axis is 1/],
  ];
  for (const [title, layer, message] of refused) {
    it(`refuses ${title}`, async () =>
      expectAsync(models.load(await converted([4, 4, 2], [layer]))).toBeRejectedWithError(message));
  }

  it('an argument that tfjs itself would not look at, in a file that does not say who wrote it', async () => {
    const modelTopology = {class_name: 'Sequential', config: {name: 's', layers: [
      {class_name: 'Conv2DTranspose', config: {name: 't', filters: 1, kernel_size: 3, output_padding: [0, 0],
        batch_input_shape: [null, 4, 4, 1]}}]}};
    await expectAsync(models.load({load: async () => ({modelTopology})})).toBeRejectedWithError(/'t' .*outputPadding/);
  });

  it('finds the kernel of a DepthwiseConv2D, and the cell of an LSTM and of a Bidirectional one', async () => {
    // The default, orthogonal, needs the chained operations of tfjs-core.
    const recurrent = {recurrentInitializer: 'glorotNormal' as const};
    const twin = sequential({layers: [
      builtIn.depthwiseConv2d({inputShape: [6, 4, 2], kernelSize: 3, name: 'dw'}), builtIn.reshape({targetShape: [4, 4]}),
      builtIn.lstm({units: 3, returnSequences: true, recurrentActivation: 'sigmoid', ...recurrent, name: 'lstm'}),
      builtIn.bidirectional({layer: builtIn.lstm({units: 2, recurrentActivation: 'sigmoid', ...recurrent, name: 'l'}) as never,
        mergeMode: 'concat', name: 'both'}),
    ]});
    const lstm = {activation: 'tanh', recurrent_activation: 'sigmoid', use_bias: true};
    const names = ['dw/kernel', 'dw/bias', ...['lstm/', 'both/forward_l/', 'both/backward_l/'].flatMap((scope) =>
      ['kernel', 'recurrent_kernel', 'bias'].map((word) => `net/${scope}lstm_cell/${word}`))];
    const values = twin.getWeights();
    const loaded = await models.load(await converted([6, 4, 2], [
      ['DepthwiseConv2D', {name: 'dw', kernel_size: [3, 3], use_bias: true}],
      ['Reshape', {name: 'r', target_shape: [4, 4]}],
      ['LSTM', {name: 'lstm', units: 3, return_sequences: true, ...lstm}],
      ['Bidirectional', {name: 'both', merge_mode: 'concat',
        layer: {class_name: 'LSTM', config: {name: 'l', units: 2, ...lstm}}}],
    ], names.map((name, i) => [name, values[i]!])));
    const x = toTensor(randomValues([2, 6, 4, 2], 1));
    await expectClose(loaded.predict(x) as tf.Tensor, twin.predict(x) as tf.Tensor);
  });

  it('computes the activations of Keras that tf.layers does not have', async () => {
    const x = tf.tensor2d([[-4, -2, -0.5, 0, 1, 2.5, 4]]);
    const hard = tf.div(tf.relu6(tf.add(x, 3)), 6);
    const expected: [string, tf.Tensor][] = [
      ['hard_sigmoid', hard], ['hard_silu', tf.mul(x, hard)], ['hard_swish', tf.mul(x, hard)],
      ['leaky_relu', tf.leakyRelu(x, 0.2)], ['silu', tf.mul(x, tf.sigmoid(x))]];
    for (const [activation, values] of expected) {
      const loaded = await models.load(await converted([7], [['Activation', {name: 'a', activation}]]));
      const handler = memory();
      await models.save(loaded, handler);
      for (const model of [loaded, await models.load(handler)]) await expectClose(model.predict(x) as tf.Tensor, values);
    }
  });

  it('never advises {strict: false} where weights would stay random', async () => {
    const dense: [string, Config] = ['Dense', {name: 'd', units: 2}];
    const kernel = tf.zeros([3, 2]);
    await expectAsync(models.load(await converted([3], [dense], [['other/kernel', kernel]])))
      .toBeRejectedWith(jasmine.objectContaining({message: jasmine.stringMatching(/^(?!.*strict)/)}));
  });

  const told = (training: boolean, trainable: boolean, keras_version = '2.15.0') => models.load({load: async () => {
    const config = {name: 'net', layers: [
      {class_name: 'InputLayer', name: 'in', config: {batch_input_shape: [null, 2], name: 'in'}, inbound_nodes: []},
      {class_name: 'BatchNormalization', name: 'b', config: {name: 'b', trainable}, inbound_nodes: [[['in', 0, 0, {training}]]]},
    ], input_layers: [['in', 0, 0]], output_layers: [['b', 0, 0]]};
    return {modelTopology: {keras_version, model_config: {class_name: 'Functional', config}}};
  }});

  for (const [what, training, trainable] of [['is told training=False', false, true], ['is frozen', true, false]] as const) {
    it(`a batch norm of tf_keras that ${what} stays in inference, saved and converted too`, async () => {
      const model = await told(training, trainable);
      const handler = memory();
      await models.save(model, handler);
      for (const each of [model, models.toExplicit(model), await models.load(handler)]) {
        expect(forcedTraining(each.layers[1]!)).toBe(training);
        tf.tidy(() => each.apply(tf.ones([4, 2]), {training: true}) as tf.Tensor);
        const values = await Promise.all(each.layers[1]!.getWeights().map((weight) => weight.data()));
        expect(Array.from(values[2]!)).toEqual([0, 0]);
      }
    });
  }

  it('a batch norm of Keras 3 takes no notice of training in a call', async () => {
    expect(forcedTraining((await told(false, true, '3.0.0')).layers[1]!)).toBeNull();
  });
});
