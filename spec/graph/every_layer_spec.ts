/** 50 steps of nets with each layer of the catalogue, and of every optimizer, as graphs and op by op: the same bits. */
import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {layers, models} from '../../src';
import {explicitRows} from '../../src/catalogue';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {randomizeWeights} from '../support/layer_checks';
import {randomValues} from '../support/random';
import {compile, expectGraphs, optimizers, smallNet, trainOnce} from './support/twins';

const STEPS = 50;
const BATCHES = 3;

const labels = (count: number, seed: number) =>
  tf.cast(tf.oneHot(tf.tensor1d(Array.from({length: count}, (_, i) => (i * 7 + seed) % 3), 'int32'), 3), 'float32');

describeOnBackends('50 steps as a graph', (backend) => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.env().set('EXPLICIT_LAYERS_GRAPH_FUSION', true);
    tf.engine().endScope();
    tf.disposeVariables();
  });

  /** Trains equal nets side by side. */
  async function expectSameLosses(make: () => Sequential, optimizer: () => tf.Optimizer, isFused: boolean) {
    tf.env().set('EXPLICIT_LAYERS_GRAPH_FUSION', isFused);
    const [eager, graph] = [make(), make()];
    graph.setWeights(eager.getWeights());
    for (const net of [eager, graph]) compile(net, optimizer);
    models.runAsGraph(graph);
    const shape = eager.inputs[0]!.shape.slice(1) as number[];
    const batches = Array.from({length: BATCHES}, (_, i) =>
      [toTensor(randomValues([6, ...shape], 10 + i)), labels(6, i)] as [tf.Tensor, tf.Tensor]);
    for (let i = 0; i < STEPS; ++i) {
      const batch = batches[i % BATCHES]!;
      const [loss, want] = [await trainOnce(graph, batch), await trainOnce(eager, batch)];
      expect(loss).withContext(`step ${i}`).toEqual(want);  // centered RMSprop's become NaN: roots of rounding below 0
    }
    expectGraphs(models.graphReport(graph), backend);
    models.runAsGraph(graph, false);
    for (const net of [eager, graph]) net.dispose();
  }

  // tfjs composes on other backends what it does on tensorflow: there, each layer once is enough.
  for (const isFused of backend === 'tensorflow' ? [false, true] : [true]) {
    const how = isFused ? '' : ', without fusion';
    explicitRows.forEach(({explicit: {factory, make, example: {args, inputShape}}}, i) => {
      const [name, optimizer] = Object.entries(optimizers)[i % Object.keys(optimizers).length]!;
      it(`layers.${factory} with ${name}${how}`, () => expectSameLosses(() => {
        const net = sequential({layers: [make({...args, inputShape: [...inputShape], name: 'it'})]});
        if (net.outputs[0]!.shape.length > 2) net.add(builtIn.flatten({name: 'flat'}));
        net.add(layers.dense({units: 3, name: 'scores'}));
        randomizeWeights(net);
        net.setWeights(net.getWeights().map((weight) => tf.mul(weight, 0.3)));  // no optimizer leaves the ground with these
        return net;
      }, optimizer, isFused), 120_000);
    });

    for (const [name, optimizer] of Object.entries(optimizers)) {
      it(`a net with batch norm, with ${name}${how}`, () => expectSameLosses(() => smallNet(), optimizer, isFused), 120_000);
    }
  }
});
