/** Configurations as Keras writes them, read without a file: what each becomes, and what is refused. */
import {nodesFromKeras, referencesFromKeras} from '../../src/topology/from_nodes';
import {topologyFromKeras} from '../../src/topology/from_config';
import {trainingFromKeras} from '../../src/keras/from_training';
import {partFromKeras, partToKeras} from '../../src/topology/parts';

type Config = {[key: string]: unknown};

const entry = (className: string, config: Config, more: Config = {}) => ({class_name: className, config, ...more});
const input = (shape: (number | null)[], more: Config = {}) => entry('InputLayer', {name: 'in', batch_shape: shape, ...more});
const dense = (more: Config = {}) => entry('Dense', {name: 'fc', units: 2, ...more});
const row = (layers: unknown[], more: Config = {}) => entry('Sequential', {name: 'net', layers, ...more});
const read = (config: unknown, major: 2 | 3 = 3) => topologyFromKeras('file', config, major);

/** The layers of a row after it was read, by class. */
function layersOf(config: unknown, major: 2 | 3 = 3) {
  return (read(config, major).layer.config['layers'] as {className: string, config: Config}[]);
}

/** The only layer after the input. */
const one = (layer: unknown, major: 2 | 3 = 3) => layersOf(row([input([null, 4, 4, 2]), layer]), major)[0]!;

describe('a row of layers of Keras', () => {
  it('hands the shape of its InputLayer to the first layer', () => {
    expect(layersOf(row([input([null, 3]), dense()]))).toEqual([{
      className: 'Dense', config: {name: 'fc', trainable: true, batchInputShape: [null, 3], units: 2},
    }]);
  });

  it('keeps an InputLayer of another dtype, and one that stands alone', () => {
    const classes = (config: unknown) => layersOf(config).map(({className}) => className);
    expect(classes(row([input([null, 3], {dtype: 'int32'}), entry('Embedding', {name: 'e', input_dim: 3, output_dim: 2})])))
      .toEqual(['InputLayer', 'Embedding']);
    expect(classes(row([input([null, 3])]))).toEqual(['InputLayer']);
  });

  it('takes the shape that it was built with, where there is no InputLayer', () => {
    const [first, second] = layersOf(row([dense(), dense({name: 'next'})], {build_input_shape: [8, 3]}));
    expect([first!.config['batchInputShape'], second!.config['batchInputShape']]).toEqual([[null, 3], undefined]);
    expect(layersOf(row([dense({batch_input_shape: [null, 5]})]), 2)[0]!.config['batchInputShape']).toEqual([null, 5]);
  });

  it('a model for its first layer keeps its own input; another shape before it stays', () => {
    const inner = row([input([null, 3]), dense()], {name: 'inner'});
    expect(layersOf(row([inner])).map(({className}) => className)).toEqual(['Sequential']);
    expect(layersOf(row([input([null, 3]), inner])).map(({className}) => className)).toEqual(['Sequential']);
    expect(layersOf(row([input([5, 3]), inner])).map(({className}) => className)).toEqual(['InputLayer', 'Sequential']);
    const deeper = row([row([inner], {name: 'middle'})], {name: 'outer'});
    expect(layersOf(row([input([null, 3]), deeper])).map(({className}) => className)).toEqual(['Sequential']);
  });

  it('notes which models are frozen as a whole, by their paths', () => {
    const frozen = row([row([input([null, 3]), dense()], {name: 'inner', trainable: false})], {trainable: false});
    expect(read(frozen).frozenModels).toEqual(['', 'inner']);
    expect([...read(frozen).kerasClasses]).toEqual([['inner', 'Sequential'], ['inner/in', 'InputLayer'], ['inner/fc', 'Dense']]);
  });
});

describe('a layer of Keras', () => {
  const relu = (config: Config) => one(entry('ReLU', {name: 'r', ...config}));
  it('ReLU with a slope or a threshold is the explicit one', () => {
    expect(relu({}).className).toBe('ReLU');
    expect(relu({max_value: 6, negative_slope: 0, threshold: 0}).config['maxValue']).toBe(6);
    expect(relu({negative_slope: 0.5})).toEqual(jasmine.objectContaining({className: 'ExplicitReLU'}));
    expect(relu({negative_slope: 0.5}).config)
      .toEqual(jasmine.objectContaining({negativeSlope: 0.5, threshold: 0, maxValue: null}));
    const {negativeSlope, threshold} = relu({threshold: 1}).config as {[key: string]: number};
    expect(negativeSlope).toBe(0);
    expect(threshold).toBe(1 + 2 ** -23);  // Keras keeps what is strictly above
  });

  it('a convolution in groups is the explicit one', () => {
    const conv = (groups: number) => one(entry('Conv2D', {name: 'c', filters: 4, kernel_size: [3, 3], groups}));
    expect(conv(1).className).toBe('Conv2D');
    expect(conv(2)).toEqual(jasmine.objectContaining({className: 'ExplicitConv2D'}));
    expect(conv(2).config).toEqual(jasmine.objectContaining({groups: 2, filters: 4, kernelSize: [3, 3]}));
  });

  it('the slope of a LeakyReLU has two names', () => {
    expect(one(entry('LeakyReLU', {name: 'l', negative_slope: 0.1})).config['alpha']).toBe(0.1);
    expect(one(entry('LeakyReLU', {name: 'l', alpha: 0.2}), 2).config['alpha']).toBe(0.2);
  });

  it('the axis of a batch norm may stand in a list', () =>
    expect(one(entry('BatchNormalization', {name: 'b', axis: [3]}), 2).config['axis']).toBe(3));

  it('TimeDistributed holds another', () => {
    const [layer] = layersOf(row([input([null, 5, 3]), entry('TimeDistributed', {name: 't', layer: dense()})]));
    expect(layer!.config['layer']).toEqual({className: 'Dense', config: {name: 'fc', trainable: true, units: 2}});
  });

  it('an input of a dtype that tfjs does not have is of whole numbers', () => {
    const dtypeOf = (dtype: unknown) => layersOf(row([input([null, 3], {dtype})]))[0]!.config['dtype'];
    expect([undefined, 'bool', 'uint8', 'string'].map(dtypeOf)).toEqual(['float32', 'bool', 'int32', 'string']);
    expect(dtypeOf(entry('DTypePolicy', {name: 'int32'}))).toBe('int32');
  });

  it('computes in float32, whole numbers apart', () =>
    expect(one(dense({dtype: 'float32'})).className).toBe('Dense'));
});

/** Keras 3's tensor in a call. */
const tensor = (name: string, call = 0, output = 0) =>
  ({class_name: '__keras_tensor__', config: {keras_history: [name, call, output]}});

describe('a graph of Keras', () => {
  const graph = (nodes: unknown, more: Config = {}) => entry('Functional', {
    name: 'net', input_layers: ['in', 0, 0], output_layers: [['fc', 0, 0]], ...more, layers: [
      {...input([null, 3]), name: 'in', inbound_nodes: []}, {...dense(), name: 'fc', inbound_nodes: nodes},
    ],
  });

  it('of Keras 3 and of Keras 2', () => {
    for (const [nodes, major] of [[[{args: [tensor('in')], kwargs: {}}], 3], [[[['in', 0, 0, {}]]], 2]] as const) {
      const {className, config} = read(graph(nodes), major).layer;
      expect(className).toBe('Functional');
      expect([config['inputLayers'], config['outputLayers']]).toEqual([[['in', 0, 0]], [['fc', 0, 0]]]);
      expect((config['layers'] as Config[])[1]!['inboundNodes']).toEqual([[['in', 0, 0, {}]]]);
    }
  });

  it('names the file where a tensor in a call is none', () => {
    const broken = {class_name: '__keras_tensor__', config: {keras_history: ['in', 0, 't6']}};
    expect(() => read(graph([{args: [broken], kwargs: {}}]))).toThrowError(/^file: .*keras_history: a tensor must be \[layer's/);
  });

  it('a graph for the first layer of a row keeps its own input too', () => {
    const inner = graph([{args: [tensor('in')], kwargs: {}}]);
    expect(layersOf(row([input([null, 3]), inner])).map(({className}) => className)).toEqual(['Functional']);
    expect(layersOf(row([input([5, 3]), inner])).map(({className}) => className)).toEqual(['InputLayer', 'Functional']);
  });

  it('models inside a graph are called again, their own graph apart', () => {
    const parts = [row([input([null, 3]), dense()], {name: 'a'}), {...graph([{args: [tensor('in')], kwargs: {}}])}];
    const [first, second] = ['a', 'b'].map((name, i) => ({
      ...parts[i]!, config: {...parts[i]!.config, name}, name, inbound_nodes: [{args: [tensor('in')], kwargs: {}}],
    }));
    const last = {...dense(), name: 'fc', inbound_nodes: [{args: [tensor('a')], kwargs: {}}, {args: [tensor('b')], kwargs: {}}]};
    const {config} = read(entry('Functional', {
      name: 'net', input_layers: [['in', 0, 0]], output_layers: [['a', 0, 0], ['b', 1, 0], ['fc', 0, 0]],
      layers: [{...input([null, 3]), name: 'in', inbound_nodes: []}, first, second, last],
    })).layer;
    expect((config['layers'] as Config[])[3]!['inboundNodes']).toEqual([[['a', 1, 0, {}]], [['b', 1, 0, {}]]]);
    expect(config['outputLayers']).toEqual([['a', 1, 0], ['b', 1, 0], ['fc', 0, 0]]);
  });

  it('a call knows whether it is in training, and leaves out what is null', () => {
    const nodes = [{args: [[tensor('a'), tensor('b', 1, 2)]], kwargs: {training: true, mask: null}}];
    expect(nodesFromKeras('file', nodes, new Map())).toEqual([[['a', 0, 0, {training: true}], ['b', 1, 2, {training: true}]]]);
    expect(nodesFromKeras('file', undefined, new Map())).toEqual([]);
    expect(nodesFromKeras('file', [[['a', 0, 0]]], new Map())).toEqual([[['a', 0, 0, {}]]]);
  });

  it('a model\'s own graph counts as its first call', () => {
    const models = new Map([['row', 'Sequential'], ['graph', 'Functional'], ['fc', null]] as const);
    const calls = ['row', 'graph', 'fc'].map((name) => nodesFromKeras('file', [{args: [tensor(name)], kwargs: {}}], models));
    expect(calls.map(([[[, call]]]: any) => call)).toEqual([1, 1, 0]);  // eslint-disable-line @typescript-eslint/no-explicit-any
    expect(referencesFromKeras([['row', 0, 0], ['graph', 1, 0]], models, 3)).toEqual([['row', 1, 0], ['graph', 1, 0]]);
    expect(referencesFromKeras(['row', 1, 0], models, 2)).toEqual([['row', 1, 0]]);
    expect(referencesFromKeras({a: ['fc', 0, 1]}, models, 3)).toEqual([['fc', 0, 1]]);
    expect(referencesFromKeras(null, models, 3)).toEqual([]);
  });

  const call = (node: unknown) => () => read(graph([node]));
  const refused: [title: string, call: () => unknown, message: RegExp][] = [
    ['a call without inputs', call({args: [1], kwargs: {}}), /layer 'fc': a call of it has no inputs among its arguments \[1\]/],
    ['tensors by name', call({args: [tensor('in')], kwargs: {mask: tensor('in')}}), /tensors as named arguments \(mask\)/],
    ['other arguments', call({args: [tensor('in')], kwargs: {scale: 2}}), /it is called with scale=2, which tfjs/],
    ['no list of layers', () => read(entry('Functional', {name: 'net'})), /the model 'net' has no list of layers/],
  ];
  for (const [title, given, message] of refused) it(`refuses ${title}`, () => expect(given).toThrowError(message));
});

describe('a configuration of Keras is refused with', () => {
  const layer = (one: unknown) => () => read(row([input([null, 4, 4, 2]), one]));
  const refusals: [title: string, call: () => unknown, message: RegExp][] = [
    ['no model', () => read(null), /^file: the model is of the class null\. Only/],
    ['no layers', () => read(row([])), /the model 'net' has no layers/],
    ['no list of layers', () => read(entry('Sequential', {name: 'net'})), /the model 'net' has no layers/],
    ['no input shape', () => read(row([dense()])), /the model 'net' was saved before its input shape was known\. Build it/],
    ['no class', layer({name: 'odd', config: {}}), /layer 'odd' \(undefined\) has no class_name/],
    ['a null layer', layer(null), /has no class_name/],
    ['an unknown argument', layer(dense({lora_rank: 4})), /layer 'fc' \(Dense\): lora_rank is 4, which tfjs's Dense does not have/],
    ['two axes', layer(entry('BatchNormalization', {name: 'b', axis: [1, 3]})), /axis is \[1,3\], tfjs takes one axis/],
    ['a sparse input', () => read(row([input([null, 3], {sparse: true})])), /sparse inputs are unknown to tfjs/],
    ['a ragged input', () => read(row([input([null, 3], {ragged: true})])), /ragged inputs/],
    ['an input without a shape', () => read(row([entry('InputLayer', {name: 'in'})])), /its batch_shape is missing/],
    ['an input of half precision', () => read(row([input([null, 3], {dtype: 'float16'})])), /it computes in float16/],
    ['a class of one\'s own', layer({...dense(), registered_name: 'my>Dense'}), /a class of your own \(my>Dense\)/],
    ['an initializer that tfjs does not have', layer(dense({kernel_regularizer: entry('Orthonormal', {})})),
      /tfjs has no regularizer 'Orthonormal', which kernel_regularizer is/],
    ['a regularizer in numbers', layer(dense({kernel_regularizer: 3})), /tfjs has no regularizer '3'/],
    ['an unknown activation', layer(dense({activation: 'swishy'})), /tfjs has no activation 'swishy'/],
    ['an activation in numbers', layer(dense({activation: 3})), /tfjs has no activation '3'/],
    ['interpolation of another meaning', layer(entry('Resizing', {name: 'r', antialias: true})), /antialias is true/],
  ];
  for (const [title, call, message] of refusals) it(title, () => expect(call).toThrowError(message));
});

describe('parts of a layer, to Keras and back', () => {
  it('activations', () => {
    expect(['linear', 'swish', 'logSoftmax'].map((name) => partToKeras('m', 'activation', name, 3)))
      .toEqual(['linear', 'silu', 'log_softmax']);
    expect(partToKeras('m', 'activation', 'swish', 2)).toBe('swish');
    expect([entry('ReLU', {}), {class_name: 'function', config: 'relu'}].map((given) => {
      try {
        return partFromKeras('m', 'activation', given, 3);
      } catch (error) {
        return (error as Error).message;
      }
    })).toEqual([jasmine.stringContaining('tfjs has no activation'), 'relu']);
    expect(partFromKeras('m', 'activation', {class_name: 'tanh'}, 3)).toBe('tanh');
    expect(partFromKeras('m', 'activation', 'hard_sigmoid', 2)).toBe('hardSigmoid');
    expect(() => partToKeras('m', 'activation', 'logSoftmax', 2)).toThrowError(/\.h5 files have no activation 'logSoftmax'/);
    expect(() => partToKeras('m', 'activation', 'sharp', 3)).toThrowError(/Keras has no activation 'sharp'/);
  });

  it('nothing is nothing, words and numbers are themselves', () => {
    for (const part of [partToKeras, partFromKeras]) {
      expect(part('m', 'kernelRegularizer', null, 3)).toBeNull();
      expect(part('m', 'units', 4, 3)).toBe(4);
    }
    expect(partToKeras('m', 'dataFormat', 'channelsFirst', 3)).toBe('channels_first');
    expect(partFromKeras('m', 'dataFormat', 'channels_first', 3)).toBe('channelsFirst');
  });

  it('initializers and regularizers', () => {
    const scaling = {className: 'VarianceScaling', config: {scale: 2, mode: 'fanIn', distribution: 'normal', seed: null}};
    const kept = partToKeras('m', 'kernelInitializer', scaling, 3) as {config: Config};
    expect(kept.config).toEqual({scale: 2, mode: 'fan_in', distribution: 'truncated_normal', seed: null});
    expect(partFromKeras('m', 'kernelInitializer', kept, 3)).toEqual(
      {className: 'VarianceScaling', config: {scale: 2, mode: 'fanIn', distribution: 'truncatedNormal'}});
    const plain = entry('VarianceScaling', {distribution: 'untruncated_normal'});
    expect(partFromKeras('m', 'kernelInitializer', plain, 3)).toEqual(
      {className: 'VarianceScaling', config: {distribution: 'normal'}});
    expect(partFromKeras('m', 'kernelInitializer', 'glorot_uniform', 3)).toEqual({className: 'GlorotUniform', config: {}});
    expect(partFromKeras('m', 'kernelRegularizer', entry('L1', {l1: 0.5}), 3))
      .toEqual({className: 'L1L2', config: {l1: 0.5, l2: 0}});
    expect(partFromKeras('m', 'kernelRegularizer', entry('L2', {l2: 0.5}), 3))
      .toEqual({className: 'L1L2', config: {l1: 0, l2: 0.5}});
    expect(() => partToKeras('m', 'kernelInitializer', {className: 'Mine', config: {}}, 3)).toThrowError(
      /Keras has no initializer 'Mine', which kernelInitializer is/);
  });
});

describe('how Keras compiled a model', () => {
  const settings = {optimizer: 'adam', loss: 'mse', metrics: null, lossWeights: null, weightedMetrics: null};
  type Compiled = {optimizer: {className: string, config: Config, scalars: unknown}, loss: unknown, metrics: unknown};
  const training = (more: Partial<typeof settings> | Config) =>
    trainingFromKeras('file', {...settings, ...more} as typeof settings) as Compiled;
  const loss = (className: string, config: Config) => ({loss: entry(className, config)});

  it('in words', () => expect(training({})).toEqual({
    optimizer: {
      className: 'Adam', config: {learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7}, scalars: {},
    },
    loss: 'meanSquaredError', metrics: null,
  }));

  it('SGD is with momentum, or without', () => {
    const classOf = (config: Config) =>
      training({optimizer: entry('SGD', {name: 'SGD', jit_compile: true, ...config})}).optimizer;
    expect(classOf({learning_rate: 0.5, momentum: 0}).className).toBe('SGD');
    expect(classOf({learning_rate: 0.5, momentum: 0.9, nesterov: true})).toEqual(
      {className: 'Momentum', config: {learningRate: 0.5, momentum: 0.9, useNesterov: true}, scalars: {}});
  });

  it('a float32 is the short number that it is of', () => {
    const rate = (learning_rate: number) => training({optimizer: entry('SGD', {learning_rate})}).optimizer.config;
    expect(rate(Math.fround(0.05))).toEqual({learningRate: 0.05});
    expect(rate(1 / 3)).toEqual({learningRate: 1 / 3});
  });

  it('losses by class, by word, wrapped, of each output', () => {
    const of = (given: unknown) => training({loss: given}).loss;
    expect(of(entry('LossFunctionWrapper', {fn: 'hinge'}))).toBe('hinge');
    expect(of(entry('CategoricalCrossentropy', {from_logits: true}))).toEqual({function: 'losses.softmaxLoss'});
    expect(of(entry('SparseCategoricalCrossentropy', {from_logits: true}))).toEqual({function: 'losses.softmaxLoss'});
    expect(of(entry('Poisson', {reduction: 'mean', axis: -1, label_smoothing: 0, from_logits: false}))).toBe('poisson');
    expect(of(['mae', 'kld'])).toEqual(['meanAbsoluteError', 'kullbackLeiblerDivergence']);
    expect(of({a: 'mae', b: 'log_cosh'})).toEqual({outputs: {a: 'meanAbsoluteError', b: 'logcosh'}});
    expect(of(undefined)).toBeNull();
  });

  it('metrics, alone and in lists of lists', () => {
    const of = (given: unknown) => training({metrics: given}).metrics;
    expect(of(['accuracy', 'mse', 'MeanAbsoluteError'])).toEqual(['accuracy', 'mse', 'mae']);
    expect(of([['acc', entry('MeanMetricWrapper', {fn: 'binary_accuracy'})]])).toEqual(['acc', 'binaryAccuracy']);
    expect(of(['sparse_categorical_accuracy'])).toEqual([{function: 'tf.metrics.sparseCategoricalAccuracy'}]);
  });

  const refusals: [title: string, given: Config, message: RegExp][] = [
    ['an optimizer without a class', {optimizer: 7}, /tfjs has no optimizer '7'.*compile: false/],
    ['a schedule', {optimizer: entry('Adam', {learning_rate: entry('ExponentialDecay', {})})}, /has learningRate .*no schedule/],
    ['an unknown loss', {loss: 'focal'}, /tfjs has no loss 'focal'/],
    ['a loss without a class', {loss: 7}, /tfjs has no loss '7'/],
    ['an axis', loss('CategoricalCrossentropy', {axis: 1}), /has axis 1, which tfjs's does not have/],
    ['a reduction', loss('Hinge', {reduction: 'none'}), /has reduction 'none'/],
    ['a class that is ignored', loss('SparseCategoricalCrossentropy', {ignore_class: 0}), /has ignore_class 0/],
    ['scores where tfjs takes probabilities', loss('BinaryCrossentropy', {from_logits: true}), /has from_logits/],
    ['an unknown metric', {metrics: ['auc']}, /tfjs has no metric 'auc'/],
    ['a metric without a class', {metrics: [7]}, /tfjs has no metric '7'/],
    ['metrics with weights', {weightedMetrics: ['acc']}, /compiled with weighted_metrics \['acc'\]/],
  ];
  for (const [title, given, message] of refusals) {
    it(`refuses ${title}`, () => expect(() => training(given)).toThrowError(message));
  }

  it('takes empty lists for nothing', () =>
    expect(training({lossWeights: [], weightedMetrics: []}).loss).toBe('meanSquaredError'));
});
