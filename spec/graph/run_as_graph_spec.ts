import * as tf from '@tensorflow/tfjs-core';
import {input, layers as builtIn, model, sequential} from '@tensorflow/tfjs-layers';
import type {LayersModel, Sequential, SymbolicTensor} from '@tensorflow/tfjs-layers';

import {layers, losses, models} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectRefusal} from '../support/matchers';
import {batch, compile, expectGraphs, expectNear, optimizers, runs, smallNet, trainOnce} from './support/twins';

describeOnBackends('models.runAsGraph', (backend) => {
  const isGraph = backend === 'tensorflow';

  /** Two equal nets, the second one as a graph. */
  function twins<M extends LayersModel>(make: () => M): [M, M] {
    return [make(), models.runAsGraph(make())];
  }

  async function expectSameSteps(
      [eager, graph]: [LayersModel, LayersModel], steps = 5, data = batch(6, 1), relative = 1e-5): Promise<void> {
    for (let i = 0; i < steps; ++i) {
      expectNear(await trainOnce(graph, data), await trainOnce(eager, data), relative, `step ${i}`);
    }
  }

  it('returns the model, and trains it to the same losses and weights', async () => {
    const eager = smallNet();
    const net = smallNet();
    expect(models.runAsGraph(net)).toBe(net);
    await expectSameSteps([eager, net], 12);
    for (const [i, weight] of net.getWeights().entries()) {
      await expectClose(weight, eager.getWeights()[i]!, {relative: 1e-4, absolute: 1e-4});
    }
    expectGraphs(models.graphReport(net), backend);
    expect(runs(models.graphReport(net))).toEqual([`train ${isGraph ? 'graph' : 'eager'}`]);
    expect(net.optimizer.iterations).toBe(12);
  });

  it('fits with metrics, class weights, validation data, callbacks and a smaller last batch', async () => {
    const nets = twins(smallNet);
    const [x, y] = batch(15, 2);
    const validationData = batch(7, 3);
    const seen: number[][] = [[], []];
    const histories = [];
    for (const [i, net] of nets.entries()) {
      const callbacks = {onBatchEnd: async (_: number, logs?: {[name: string]: number}) => {
        seen[i]!.push(logs!.loss!, logs!.acc!);
        if (seen[i]!.length === 20) Object.assign(net.optimizer, {learningRate: 1e-3});
      }};
      histories.push((await net.fit(x, y, {
        epochs: 5, batchSize: 4, shuffle: false, verbose: 0, validationData, callbacks: callbacks as never,
        classWeight: {0: 1, 1: 3, 2: 0.5},
      })).history as {[name: string]: number[]});
    }
    expectNear(seen[1]!, seen[0]!, 1e-4, 'batches');
    for (const name of Object.keys(histories[0]!)) expectNear(histories[1]![name]!, histories[0]![name]!, 1e-3, name);
    expect(Object.keys(histories[1]!)).toEqual(['val_loss', 'val_acc', 'loss', 'acc']);
    const report = models.graphReport(nets[1]);
    expectGraphs(report, backend);
    expect(report.steps.map(({step}) => step)).toEqual(['train', 'train', 'evaluate', 'evaluate']);
  });

  it('fits and evaluates a data set', async () => {
    const nets = twins(smallNet);
    const results = [];
    for (const net of nets) {
      const dataset = {
        size: 3, iterator: async () => {
          let i = 0;
          const next = async () => {
            const [xs, ys] = batch(5, ++i);
            return i <= 3 ? {done: false, value: {xs, ys}} : {done: true, value: null};
          };
          return {next};
        },
      };
      // tfjs-data's interface, as far as tfjs-layers uses it
      const {history} = await net.fitDataset(dataset as never, {epochs: 3, verbose: 0});
      const values = await net.evaluateDataset(dataset as never, {} as never) as tf.Scalar[];
      results.push([...history.loss as number[], ...values.flatMap(value => [...value.dataSync()])]);
    }
    expectNear(results[1]!, results[0]!, 1e-4);
    expectGraphs(models.graphReport(nets[1]), backend);
  });

  it('predicts and evaluates', async () => {
    const [eager, graph] = twins(smallNet);
    const [x, y] = batch(10, 4);
    for (let i = 0; i < 3; ++i) {
      const [a, b] = [eager, graph].map((net) => {
        const values = net.evaluate(x, y, {batchSize: 5}) as tf.Scalar[];
        return values.map(value => value.dataSync()[0]!);
      });
      for (const run of [(net: LayersModel) => net.predict(x, {batchSize: 4}), (net: LayersModel) => net.predictOnBatch(x)]) {
        await expectClose(run(graph) as tf.Tensor, run(eager) as tf.Tensor, {relative: 1e-5, absolute: 1e-5});
      }
      expectNear(b!, a!, 1e-5);
    }
    expectGraphs(models.graphReport(graph), backend);
    expect(models.graphReport(graph).steps.map(({step, signature}) => `${step} ${signature}`)).toEqual([
      'evaluate float32[5,8,8,2], float32[5,3]', 'predict float32[4,8,8,2]', 'predict float32[2,8,8,2]',
      'predict float32[10,8,8,2]']);
  });

  it('serves a functional model with two inputs and two outputs', async () => {
    const make = () => {
      const [a, b] = [input({shape: [4]}), input({shape: [3]})];
      const dense = (units: number, seed: number, from: SymbolicTensor) => layers.dense({
        units, kernelInitializer: glorot(seed)}).apply(from) as SymbolicTensor;
      const joined = builtIn.concatenate().apply([dense(4, 1, a), dense(4, 2, b)]) as SymbolicTensor;
      const net = model({inputs: [a, b], outputs: [dense(2, 3, joined), dense(1, 4, joined)]});
      net.compile({optimizer: tf.train.rmsprop(0.01), loss: ['meanSquaredError', 'meanAbsoluteError'], metrics: ['mse']});
      return net;
    };
    const [eager, graph] = twins(make);
    const [x, y] = [[tf.ones([5, 4]), tf.ones([5, 3])], [tf.zeros([5, 2]), tf.ones([5, 1])]];
    for (let i = 0; i < 5; ++i) {
      expectNear(await graph.trainOnBatch(x, y) as number[], await eager.trainOnBatch(x, y) as number[], 1e-5);
      const [got, want] = [graph, eager].map(net => net.predict(x) as tf.Tensor[]);
      for (const [j, tensor] of got!.entries()) await expectClose(tensor, want![j]!, {relative: 1e-5, absolute: 1e-5});
    }
    expectGraphs(models.graphReport(graph), backend);
  });

  it('serves nets of the built-in layers', async () => {
    // Their convolution cannot be trained on wasm.
    if (backend === 'wasm') return;
    const nets = twins(() => smallNet('built-in'));
    await expectSameSteps(nets, 6);
    expectGraphs(models.graphReport(nets[1]), backend);
  });

  it('follows setWeights, learning rates, trainable and another batch size', async () => {
    const nets = twins(smallNet);
    const saved = nets[0].getWeights().map(weight => weight.clone());
    await expectSameSteps(nets);
    for (const net of nets) net.setWeights(saved);
    await expectSameSteps(nets);
    for (const net of nets) Object.assign(net.optimizer, {learningRate: 0.002});
    await expectSameSteps(nets);
    await expectSameSteps(nets, 4, batch(3, 9));
    for (const net of nets) net.layers[0]!.trainable = net.layers[1]!.trainable = false;
    await expectSameSteps(nets);
    for (const net of nets) net.layers[1]!.trainable = true;
    await expectSameSteps(nets);
    expectGraphs(models.graphReport(nets[1]), backend);
  });

  it('follows compile, build and add, and what comes before compile', async () => {
    const make = () => sequential({layers: smallNet().layers.slice(0, 4)});
    const [eager, graph] = [make(), models.runAsGraph(make())];
    for (const net of [eager, graph]) {
      net.add(builtIn.flatten());
      net.add(layers.dense({units: 3, kernelInitializer: glorot(8)}));
      compile(net, optimizers.momentum);
    }
    await expectSameSteps([eager, graph]);
    expectGraphs(models.graphReport(graph), backend);
    for (const net of [eager, graph]) {
      net.compile({optimizer: tf.train.adagrad(0.02), loss: 'meanSquaredError'});
    }
    await expectSameSteps([eager, graph]);
    expect(runs(models.graphReport(graph))).toEqual([`train ${isGraph ? 'graph' : 'eager'}`]);
    for (const net of [eager, graph]) {
      net.build();
      compile(net, optimizers.sgd);
    }
    await expectSameSteps([eager, graph]);
    expectGraphs(models.graphReport(graph), backend);
  });

  it('follows a new compile of a functional model', async () => {
    const make = () => {
      const a = input({shape: [8, 8, 2]});
      const net = model({inputs: a, outputs: smallNet().apply(a) as SymbolicTensor});
      compile(net);
      return net;
    };
    const nets = twins(make);
    await expectSameSteps(nets);
    for (const net of nets) net.compile({optimizer: tf.train.sgd(0.1), loss: losses.softmaxLoss});
    await expectSameSteps(nets);
    expectGraphs(models.graphReport(nets[1]), backend);
  });

  it('takes turns with another model', async () => {
    const [a, b] = [twins(smallNet), twins(() => smallNet('ours', optimizers.momentum))];
    for (let i = 0; i < 5; ++i) {
      await expectSameSteps(a, 1, batch(5, i + 1));
      await expectSameSteps(b, 1, batch(5, i + 20));
    }
    expectGraphs(models.graphReport(a[1]), backend);
    expectGraphs(models.graphReport(b[1]), backend);
  });

  it('works on another backend in between', async () => {
    const nets = twins(smallNet);
    await expectSameSteps(nets);
    const other = backend === 'cpu' ? 'wasm' : 'cpu';
    if (!tf.engine().registryFactory[other]) return;
    await tf.setBackend(other);
    await expectSameSteps(nets, 2, batch(6, 1), 1e-3);
    expect(models.graphReport(nets[1]).steps[0]).toEqual(jasmine.objectContaining({
      runsAs: 'eager', reason: `the backend is '${other}'; graphs need tfjs-node's, 'tensorflow'`}));
    await tf.setBackend(backend);
    await expectSameSteps(nets, 5, batch(6, 1), 1e-3);
    expectGraphs(models.graphReport(nets[1]), backend);
  });

  it('runs only what it is told to', async () => {
    const [data] = [batch(4, 1)];
    const train = models.runAsGraph(smallNet(), {predict: false});
    const predict = models.runAsGraph(smallNet(), {train: false});
    for (const net of [train, predict]) {
      for (let i = 0; i < 3; ++i) {
        await trainOnce(net, data);
        tf.dispose([net.predict(data[0]), net.evaluate(...data)]);
      }
    }
    const [now] = runs(models.graphReport(train));
    expect(now!.split(' ')[0]).toBe('train');
    expect(models.graphReport(train).steps.length).toBe(1);
    expect(models.graphReport(predict).steps.map(({step}) => step)).toEqual(['evaluate', 'predict']);
  });

  for (const end of ['false', 'dispose'] as const) {
    it(`gives everything back (${end})`, async () => {
      const net = models.runAsGraph(smallNet());
      const inner = (net as unknown as {model: Sequential}).model;
      for (let i = 0; i < 3; ++i) await trainOnce(net, batch(4, 1));
      if (end === 'false') expect(models.runAsGraph(net, false)).toBe(net);
      else net.dispose();
      expect(models.graphReport(net).steps).toEqual([]);
      for (const part of [net, inner]) {
        for (const key of ['makeTrainFunction', 'makeTestFunction', 'predictLoop', 'dispose']) {
          expect(Object.hasOwn(part, key)).withContext(key).toBeFalse();
        }
      }
      expect(Object.getOwnPropertyDescriptor(net, 'model')!.value).toBe(inner);
      if (end === 'false') {
        const eager = smallNet();
        for (let i = 0; i < 3; ++i) await trainOnce(eager, batch(4, 1));
        await expectSameSteps([eager, net]);
      }
    });
  }

  it('refuses what is not a model, and unknown options', async () => {
    await expectRefusal(() => models.runAsGraph(5 as never), /models\.runAsGraph: expected a model of tfjs-layers\. Got number/);
    await expectRefusal(() => models.graphReport(null as never), /models\.graphReport: expected a model.*Got null/);
    const net = smallNet();
    await expectRefusal(() => models.runAsGraph(net, {training: true} as never), /unknown option training\. Known are train, predict/);
    await expectRefusal(() => models.runAsGraph(net, {train: 1} as never), /train must be true or false\. Got 1/);
  });
});

function glorot(seed: number) {
  return {className: 'GlorotNormal', config: {seed}} as never;
}
