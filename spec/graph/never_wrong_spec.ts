/** What a recording cannot follow stays op by op, with the op in the report; the numbers are right either way. */
import * as tf from '@tensorflow/tfjs-core';
import {layers as builtIn, sequential} from '@tensorflow/tfjs-layers';

import {graphFunction} from '../../src';
import type {GraphFunction, StepResult} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectClose} from '../support/matchers';
import {expectGraphs, optimizers} from './support/twins';

describeOnBackends('What a graph cannot follow', (backend) => {
  const isGraph = backend === 'tensorflow';

  function expectEager<A extends unknown[], R extends StepResult>(g: GraphFunction<A, R>, reason: RegExp): void {
    const [step] = g.report().steps;
    expect(step!.runsAs).withContext(`${g.report()}`).toBe('eager');
    if (isGraph) expect(step!.reason).toMatch(reason);
    else expect(step!.reason).toContain(`'${backend}'`);
  }

  it('numbers of JavaScript that change', async () => {
    let n = 0;
    const g = graphFunction((x: tf.Tensor) => tf.mul(x, ++n));
    for (let i = 1; i < 6; ++i) await expectClose(g(tf.scalar(2)), 2 * i);
    expectEager(g, /input 1 of Mul .* has values of JavaScript that change/);
  });

  it('random numbers of JavaScript', async () => {
    const g = graphFunction((x: tf.Tensor) => tf.add(x, tf.randomUniform([3])));
    const sums = await Promise.all([0, 1, 2, 3, 4].map(() => tf.sum(g(tf.zeros([3]))).data()));
    expect(new Set(sums.map(([sum]) => sum)).size).toBe(5);
    expectEager(g, /change from call to call .*randomUniform/);
  });

  it('the masks of the built-in dropout', async () => {
    const net = sequential({layers: [builtIn.dropout({rate: 0.5, inputShape: [64]})]});
    const g = graphFunction((x: tf.Tensor) => net.apply(x, {training: true}) as tf.Tensor);
    const masks = [0, 1, 2, 3].map(() => `${g(tf.ones([1, 64])).dataSync()}`);
    expect(new Set(masks).size).toBe(4);
    expectEager(g, /dropout/);
  });

  it('random numbers of TensorFlow', () => {
    const g = graphFunction((x: tf.Tensor2D) => tf.multinomial(x, 20, 5));
    for (let i = 0; i < 4; ++i) g(tf.tensor2d([[0.2, 0.3]])).dispose();
    expectEager(g, /Multinomial draws random numbers/);
  });

  it('values that JavaScript reads in the middle, and control flow on them', async () => {
    const g = graphFunction((x: tf.Tensor) => tf.sum(x).dataSync()[0]! > 0 ? tf.neg(x) : tf.square(x));
    await expectClose(g(tf.tensor1d([1, 2])), [-1, -2]);
    await expectClose(g(tf.tensor1d([1, 2])), [-1, -2]);
    await expectClose(g(tf.tensor1d([1, 2])), [-1, -2]);
    await expectClose(g(tf.tensor1d([-3, 2])), [9, 4]);
    expectEager(g, /reads a tensor's values in the middle .*after Sum/);
  });

  it('an argument\'s values, and a promise of them', async () => {
    const seen: number[] = [];
    const g = graphFunction((x: tf.Tensor) => {
      void x.data().then(([value]) => seen.push(value!));
      return tf.square(x);
    });
    for (let i = 0; i < 4; ++i) await expectClose(g(tf.scalar(i)), i * i);
    expect(seen).toEqual([0, 1, 2, 3]);
    expectEager(g, /reads a tensor's values .*before its first op/);
  });

  it('a tensor that it keeps', async () => {
    let last = tf.scalar(0) as tf.Tensor;
    const g = graphFunction((x: tf.Tensor) => {
      last = tf.keep(tf.square(x));
      return tf.neg(x);
    });
    for (let i = 0; i < 4; ++i) {
      await expectClose(g(tf.scalar(i)), -i);
      await expectClose(last, i * i);
      last.dispose();
    }
    expectEager(g, /keeps a tensor/);
  });

  it('a tensor that it disposes of', async () => {
    const g = graphFunction((x: tf.Tensor) => {
      const y = tf.square(x);
      x.dispose();
      return y;
    });
    for (let i = 0; i < 4; ++i) {
      const x = tf.scalar(i);
      await expectClose(g(x), i * i);
      expect(x.isDisposed).toBeTrue();
    }
    expectEager(g, /disposes of a tensor made outside/);
  });

  it('a variable that it makes', async () => {
    const g = graphFunction((x: tf.Tensor) => {
      const v = tf.variable(x);
      v.assign(tf.add(v, 1));
      const y = tf.square(v);
      v.dispose();
      return y;
    });
    for (let i = 0; i < 4; ++i) await expectClose(g(tf.scalar(i)), (i + 1) ** 2);
    expectEager(g, /variable/);
  });

  it('a schedule in the step', async () => {
    const [v, w] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
    const make = (optimizer: tf.AdamOptimizer, variable: tf.Variable) => () => {
      (optimizer as unknown as {learningRate: number}).learningRate = 0.1 / (1 + optimizer.iterations);
      return optimizer.minimize(() => tf.square(variable) as tf.Scalar, true, [variable])!;
    };
    const g = graphFunction(make(tf.train.adam(0.1), v));
    const eager = make(tf.train.adam(0.1), w);
    for (let i = 0; i < 6; ++i) await expectClose(g(), eager());
    expectEager(g, /changes numbers of an optimizer/);
    tf.dispose([v, w]);
  });

  it('control flow on random numbers of JavaScript, where two calls happen to agree', async () => {
    const random = spyOn(Math, 'random').and.returnValues(0.1, 0.2, 0.9, 0.3);
    const g = graphFunction((x: tf.Tensor) => Math.random() < 0.5 ? tf.neg(x) : tf.square(x));
    for (const sign of [-1, -1, 1, -1]) await expectClose(g(tf.scalar(1)), sign);
    expect(random).toHaveBeenCalledTimes(4);
    expectEager(g, /Math\.random/);
  });

  it('control flow on the number of steps that an optimizer has made', async () => {
    const v = tf.variable(tf.scalar(1));
    const optimizer = tf.train.sgd(0.25);
    const g = graphFunction(() => {
      optimizer.minimize(() => tf.square(v) as tf.Scalar, false, [v]);
      return optimizer.iterations < 4 ? tf.clone(v) : tf.neg(v);
    });
    for (let i = 1; i < 7; ++i) await expectClose(g(), (i < 4 ? 1 : -1) * 2 ** -i);
    expectEager(g, /reads an optimizer's iterations/);
    v.dispose();
  });

  it('what an argument holds belongs to the signature: records, maps, sets, numbers of an object, typed arrays', async () => {
    class Settings {
      factor = 1;
    }
    const [record, settings, map, numbers] = [{factor: 1}, new Settings(), new Map([['factor', 1]]), Float32Array.of(1)];
    type Holder = Settings | Map<string, number> | Float32Array;
    const factorOf = (holder: Holder) =>
      holder instanceof Map ? holder.get('factor')! : ArrayBuffer.isView(holder) ? holder[0]! : holder.factor;
    for (const holder of [record, settings, map, numbers]) {
      const g = graphFunction((x: tf.Tensor, given: Holder) => tf.mul(x, factorOf(given)));
      for (const factor of [1, 2]) {
        record.factor = settings.factor = numbers[0] = factor;
        map.set('factor', factor);
        for (let i = 0; i < 3; ++i) await expectClose(g(tf.scalar(5), holder), 5 * factor);
        expectGraphs(g.report(), backend);
      }
    }
  });

  it('what happens once is no obstacle: variables that an optimizer makes', async () => {
    for (const make of Object.values(optimizers)) {
      const v = tf.variable(tf.scalar(1));
      const optimizer = make();
      const g = graphFunction(() => optimizer.minimize(() => tf.square(v) as tf.Scalar, true, [v]));
      for (let i = 0; i < 3; ++i) g();
      expectGraphs(g.report(), backend);
      expect(optimizer.iterations).toBe(3);
      v.dispose();
    }
  });

  it('a flag that changes: recorded again', async () => {
    tf.env().registerFlag('SPEC_FACTOR', () => 1 as unknown as boolean);
    const g = graphFunction((x: tf.Tensor) => tf.mul(x, tf.env().getNumber('SPEC_FACTOR')));
    for (const factor of [2, 3]) {
      tf.env().set('SPEC_FACTOR', factor);
      for (let i = 0; i < 3; ++i) await expectClose(g(tf.scalar(5)), 5 * factor);
      expectGraphs(g.report(), backend);
    }
  });

  it('trainable that changes: recorded again', async () => {
    const [v, w] = [tf.variable(tf.scalar(1)), tf.variable(tf.scalar(1))];
    const optimizer = tf.train.sgd(0.25);
    const g = graphFunction(() => optimizer.minimize(() => tf.add(tf.square(v), tf.square(w)) as tf.Scalar, true, [v, w]));
    for (let i = 0; i < 3; ++i) g();
    await expectClose(w, 0.125);
    w.trainable = false;
    for (let i = 0; i < 3; ++i) g();
    await expectClose(w, 0.125);
    await expectClose(v, 2 ** -6);
    expectGraphs(g.report(), backend);
    tf.dispose([v, w]);
  });
});
