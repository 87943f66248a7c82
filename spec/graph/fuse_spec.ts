/** Ops that become one in a graph: fewer of them, and the same numbers bit for bit. */
import * as tf from '@tensorflow/tfjs-core';
import {initializers, layers as builtIn, sequential} from '@tensorflow/tfjs-layers';

import {graphFunction, layers, losses, models, ops} from '../../src';
import {hasNativeOps} from '../../src/backends/tensorflow/native_ops';
import {backendNames} from '../support/backends';
import {batch, expectGraphs, optimizers, smallNet, trainOnce} from './support/twins';

/** In how many entries two tensors are not the same bits. */
function differences(a: tf.Tensor, b: tf.Tensor): number {
  const [found, wanted] = [a.dataSync(), b.dataSync()];
  return found.filter((value, i) => !Object.is(value, wanted[i])).length;
}

/** What an optimizer keeps of one variable, and of none. */
function variablesOf(optimizer: tf.Optimizer): tf.Variable[] {
  return Object.values(optimizer).flat().map(value => (value as {variable?: unknown} | null)?.variable ?? value as unknown)
      .filter((value): value is tf.Variable => value instanceof tf.Variable);
}

if (backendNames.includes('tensorflow')) {
  describe('Fusion in graphs [tensorflow]', () => {
    beforeAll(async () => {
      await tf.setBackend('tensorflow');
      if (!hasNativeOps()) pending('this tfjs-node was not set up by setup-node');
    });
    beforeEach(() => tf.engine().startScope());
    afterEach(() => {
      tf.env().set('EXPLICIT_LAYERS_GRAPH_FUSION', true);
      tf.engine().endScope();
    });

    for (const [name, optimizer] of Object.entries(optimizers)) {
      it(`${name}: fewer ops, the same losses and weights`, async () => {
        const nets = [true, false].map((isFused) => ({isFused, net: models.runAsGraph(smallNet('ours', optimizer))}));
        const seen: number[][] = [];
        for (const {isFused, net} of nets) {
          tf.env().set('EXPLICIT_LAYERS_GRAPH_FUSION', isFused);
          const found: number[] = [];
          for (let i = 0; i < 12; ++i) found.push(...await trainOnce(net, batch(6, i % 3 + 1)));
          seen.push(found, ...net.getWeights().map(weight => [...weight.dataSync()]));
          expectGraphs(models.graphReport(net), 'tensorflow');
        }
        const half = seen.length / 2;
        expect(seen.slice(0, half)).toEqual(seen.slice(half));
        const [fusedOps, plainOps] = nets.map(({net}) => models.graphReport(net).steps[0]!.ops);
        expect(fusedOps!).toBeLessThan(plainOps!);
      });
    }

    /** Ops of an update of one variable: one, and what Adam and Adamax do with numbers. */
    const updates: {[name: string]: number} = {
      sgd: 1, momentum: 1, nesterov: 1, adagrad: 1, adadelta: 1, rmsprop: 1, centeredRmsprop: 1, adam: 5, adamax: 8};

    for (const [name, make] of Object.entries(optimizers)) {
      it(`${name}: an update is one op, with any size, NaN, infinities and denormal numbers`, () => {
        for (const size of [1, 7, 513, 300_007]) {
          const special = [NaN, Infinity, -Infinity, -0, 1e-40, 1e-25, 3e38];
          const values = Float32Array.from({length: size}, (_, i) => i % 9 === 5 ? special[(i >> 3) % 7]! : Math.sin(i));
          const [eager, graph] = [make(), make()].map(optimizer => ({optimizer, w: tf.variable(tf.tensor1d(values))}));
          // The gradient made in the graph is of no use afterwards, and is written over.
          const update = ({optimizer, w}: {optimizer: tf.Optimizer, w: tf.Variable}) => (gradient: tf.Tensor) => {
            optimizer.applyGradients([{name: w.name, tensor: tf.neg(gradient)}]);
            return gradient;
          };
          const [g, step] = [graphFunction(update(graph!)), update(eager!)];
          for (let i = 0; i < 6; ++i) {
            const gradient = tf.tensor1d(values.map((_, j) => values[(j * 7 + i * i) % size]! * (i === 4 ? 1e-20 : 1)));
            tf.dispose([g(gradient), step(gradient)]);
          }
          expectGraphs(g.report(), 'tensorflow');
          expect(g.report().steps[0]!.ops).toBe(updates[name]! + 1);
          expect(differences(graph!.w, eager!.w)).withContext(`${size}`).toBe(0);
          const [kept, wanted] = [graph!, eager!].map(({optimizer}) => variablesOf(optimizer));
          expect(kept!.length).toBe(wanted!.length);
          kept!.forEach((variable, i) => expect(differences(variable, wanted![i]!)).withContext(`${size}, ${i}`).toBe(0));
        }
      });
    }

    it('chains end where another op stands between', () => {
      const f = (x: tf.Tensor2D) => {
        const twice = tf.mul(x, 2);
        const product = tf.matMul(twice as tf.Tensor2D, x);
        return tf.sub(tf.square(tf.add(twice, product)), tf.div(product, 3));
      };
      const [g, x] = [graphFunction(f), tf.tensor2d([1, -2, 3, 4.1], [2, 2])];
      for (let i = 0; i < 4; ++i) expect([...g(x).dataSync()]).toEqual([...f(x).dataSync()]);
      expectGraphs(g.report(), 'tensorflow');
      expect(g.report().steps[0]!.ops).toBe(3);
    });

    it('long chains are cut, and what a chain makes for others and for the results is right', () => {
      const f = (x: tf.Tensor) => {
        const made = [x];
        for (let i = 0; i < 150; ++i) made.push(tf.add(tf.mul(made.at(-1)!, 0.9), made[i >> 1]!));
        return [made.at(-1)!, made[70]!, tf.sum(made[30]!), tf.reverse(made[149]!)];
      };
      const [g, x] = [graphFunction(f), tf.randomNormal([1000], 0, 1, 'float32', 3)];
      for (let i = 0; i < 4; ++i) expect(g(x).map(t => [...t.dataSync()])).toEqual(f(x).map(t => [...t.dataSync()]));
      expectGraphs(g.report(), 'tensorflow');
      expect(g.report().steps[0]!.ops).toBeLessThan(100);  // of 302
    });

    for (const [what, maxValue, poolSize, padding] of [
      ['relu, pooling that overlaps', undefined, 3, 1], ['relu6, pooling that overlaps', 6, 3, 1],
      ['relu, pooling that tiles', undefined, 2, 0], ['relu6, pooling that tiles', 6, 2, 0]] as const) {
      it(`with ${what} and ties, NaN and infinite gradients`, () => {
        for (const ties of ['all', 'first', 'split'] as const) {
          const slope = (x: tf.Tensor, dout: tf.Tensor) => tf.grad((z: tf.Tensor) => tf.sum(tf.mul(
              ops.maxPool2d(ops.relu(z, {maxValue}) as tf.Tensor4D, {poolSize, strides: 2, padding, ties}), dout)))(x);
          const [fusedSlope, plainSlope] = [graphFunction(slope), graphFunction(slope)];
          const values = Array.from({length: 2 * 6 * 6 * 8}, (_, i) => i % 53 === 0 ? NaN : (i * 7) % 11 - 3);
          const x = tf.tensor4d(values, [2, 6, 6, 8]);
          const upstream = Array.from({length: 2 * 3 * 3 * 8}, (_, i) => [1, -2, NaN, Infinity, 3][i % 5]!);
          const dout = tf.tensor4d(upstream, [2, 3, 3, 8]);
          const results = [fusedSlope, plainSlope].map((g, i) => {
            tf.env().set('EXPLICIT_LAYERS_GRAPH_FUSION', i === 0);
            let last: tf.Tensor;
            for (let call = 0; call < 4; ++call) last = g(x, dout);
            expectGraphs(g.report(), 'tensorflow');
            return [...last!.dataSync()];
          });
          expect(results[0]).toEqual(results[1]);
          expect(results[0]).toEqual([...slope(x, dout).dataSync()]);
          expect([...x.dataSync()]).toEqual([...Float32Array.from(values)]);  // what is fed is not written over
        }
      });
    }

    for (const maxValue of [undefined, 6]) {
      it(`batch norm and relu${maxValue ?? ''} are one op, in training and in predict`, async () => {
        const nets = [true, false].map(isFused => ({isFused, net: sequential({layers: [
          layers.batchNormalization({inputShape: [5, 7, 9]}), layers.reLU({maxValue}), builtIn.flatten(),
          layers.dense({units: 3, kernelInitializer: initializers.glorotNormal({seed: 3})})]})}));
        const y = batch(6, 1)[1];
        const values = Float32Array.from({length: 6 * 5 * 7 * 9}, (_, i) => Math.sin(i * i) * (i % 9 + 1));
        const x = tf.tensor4d(values, [6, 5, 7, 9]);
        const strange = tf.tensor4d(values.map((v, i) => [NaN, Infinity, -Infinity, -0, 100][i % 31] ?? v), [6, 5, 7, 9]);
        const found = [];
        for (const {isFused, net} of nets) {
          tf.env().set('EXPLICIT_LAYERS_GRAPH_FUSION', isFused);
          net.compile({optimizer: tf.train.sgd(0.1), loss: losses.softmaxLoss});
          const seen = [];
          models.runAsGraph(net);
          for (let i = 0; i < 5; ++i) seen.push(...await trainOnce(net, [x, y]));
          for (let i = 0; i < 4; ++i) seen.push(...(net.predict(i === 3 ? strange : x) as tf.Tensor).dataSync());
          expectGraphs(models.graphReport(net), 'tensorflow');
          found.push(seen);
        }
        expect(found[0]).toEqual(found[1]!);
        const ops = nets.map(({net}) => models.graphReport(net).steps.map(({ops}) => ops));
        expect(ops[0]![1]).toBe(ops[1]![1]! - 1);
        expect(ops[0]![0]).toBeLessThan(ops[1]![0]!);
        expect([...x.dataSync()]).toEqual([...values]);
      });
    }

    it('leaves what is read elsewhere alone', () => {
      const [a, b] = [tf.variable(tf.tensor1d([1, 2, 3])), tf.variable(tf.tensor1d([4, 5, 6]))];
      const g = graphFunction((x: tf.Tensor) => {
        const product = tf.mul(a, 2);
        b.assign(tf.add(product, b));
        a.assign(tf.add(tf.mul(b, 0.5), a));
        return [product, tf.add(x, tf.mul(x, 3)), tf.relu(ops.relu(x)), ops.relu(x)];
      });
      const twin = [[1, 2, 3], [4, 5, 6]];
      for (let i = 1; i < 6; ++i) {
        const [product, sum, , relu] = g(tf.tensor1d([i, -i, 1])) as tf.Tensor[];
        expect([...product!.dataSync()]).toEqual(twin[0]!.map(v => 2 * v));
        expect([...sum!.dataSync()]).toEqual([4 * i, -4 * i, 4]);
        expect([...relu!.dataSync()]).toEqual([i, 0, 1]);
        twin[1] = twin[1]!.map((v, j) => v + 2 * twin[0]![j]!);
        twin[0] = twin[0]!.map((v, j) => v + 0.5 * twin[1]![j]!);
      }
      expect([...a.dataSync()]).toEqual(twin[0]!);
      expectGraphs(g.report(), 'tensorflow');
      tf.dispose([a, b]);
    });

    it('predict: convolution, bias and relu are one op', () => {
      const net = models.runAsGraph(sequential({layers: [
        layers.conv2d({inputShape: [8, 8, 2], filters: 8, kernelSize: 3}), layers.reLU(), builtIn.flatten()]}));
      for (let i = 0; i < 3; ++i) tf.dispose(net.predict(batch(2, 1)[0]));
      const [step] = models.graphReport(net).steps;
      expect(step!.runsAs).toBe('graph');
      expect(step!.ops).toBeLessThanOrEqual(3);
    });
  });
}
