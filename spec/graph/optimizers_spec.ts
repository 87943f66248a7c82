/** Every optimizer of tfjs moves the same weights as op by op, with a learning rate that changes at any time. */
import * as tf from '@tensorflow/tfjs-core';

import {graphFunction} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectGraphs, expectNear, optimizers} from './support/twins';

type Rated = tf.Optimizer & {learningRate: number, setLearningRate?(rate: number): void, c?: tf.Tensor};

function setRate(optimizer: tf.Optimizer, rate: number): void {
  const rated = optimizer as Rated;
  if (rated.setLearningRate) rated.setLearningRate(rate);
  else rated.learningRate = rate;
}

describeOnBackends('Optimizers in a graph', (backend) => {
  const x = () => tf.randomNormal([8, 4], 0, 1, 'float32', 3);

  /** A linear model's step, its weights and its optimizer. */
  function problem(make: () => tf.Optimizer) {
    const [w, b] = [tf.variable(tf.randomNormal([4, 2], 0, 1, 'float32', 5)), tf.variable(tf.zeros([2]))];
    const optimizer = make();
    const loss = (input: tf.Tensor) => {
      const scores = tf.add(tf.matMul(input as tf.Tensor2D, w as tf.Tensor2D), b);
      return tf.mean(tf.square(tf.sub(scores, 1))) as tf.Scalar;
    };
    const step = (input: tf.Tensor) => optimizer.minimize(() => loss(input), true, [w, b])!;
    const free = () => {
      tf.dispose([w, b]);
      optimizer.dispose();
    };
    return {optimizer, step, w, b, free};
  }

  for (const [name, make] of Object.entries(optimizers)) {
    for (const changes of [[], [1], [2], [5, 6, 9]]) {
      it(`${name}${changes.length > 0 ? `, another learning rate before step ${changes}` : ''}`, () => {
        const [eager, graph] = [problem(make), problem(make)];
        const g = graphFunction(graph.step);
        for (let i = 0; i < 12; ++i) {
          if (changes.includes(i)) [eager, graph].forEach(({optimizer}) => setRate(optimizer, 0.03 / (i + 1)));
          expectNear([...g(x()).dataSync()], [...eager.step(x()).dataSync()], 1e-6, `loss ${i}`);
        }
        expectNear([...graph.w.dataSync()], [...eager.w.dataSync()], 1e-5, 'w', 0.1);
        expect(graph.optimizer.iterations).toBe(12);
        expectGraphs(g.report(), backend);
        eager.free();
        graph.free();
      });
    }
  }

  for (const name of ['sgd', 'momentum', 'nesterov']) {
    it(`${name}: an assigned learning rate counts as one that was set, op by op and in a graph`, () => {
      const [set, assigned, graph] = [problem(optimizers[name]!), problem(optimizers[name]!), problem(optimizers[name]!)];
      const g = graphFunction(graph.step);
      const before = tf.memory().numTensors;
      for (let i = 0; i < 10; ++i) {
        if (i % 3 === 1) {
          const rate = 0.1 / (i + 1);
          setRate(set.optimizer, rate);
          for (const {optimizer} of [assigned, graph]) (optimizer as Rated).learningRate = rate;
          expect((graph.optimizer as Rated).learningRate).toBe(rate);
          expect(graph.optimizer.getConfig()['learningRate']).toBe(rate);
        }
        tf.tidy(() => {
          const want = [...set.step(x()).dataSync()];
          expectNear([...assigned.step(x()).dataSync()], want, 0, `assigned ${i}`);
          expectNear([...g(x()).dataSync()], want, 1e-6, `graph ${i}`);
        });
      }
      expect(tf.memory().numTensors - before).toBe(name === 'sgd' ? 0 : 6);  // what momentum remembers of two variables
      expectGraphs(g.report(), backend);
      [set, assigned, graph].forEach(({free}) => free());
    });
  }

  it('a number of the optimizer that changes is recorded again', () => {
    const [eager, graph] = [problem(optimizers.adam!), problem(optimizers.adam!)];
    const g = graphFunction(graph.step);
    for (let i = 0; i < 12; ++i) {
      if (i === 5) [eager, graph].forEach(({optimizer}) => Object.assign(optimizer, {beta1: 0.5}));
      expectNear([...g(x()).dataSync()], [...eager.step(x()).dataSync()], 1e-6, `loss ${i}`);
    }
    expectGraphs(g.report(), backend);
    eager.free();
    graph.free();
  });

  it('variables of an optimizer that are replaced (setWeights) are recorded again', async () => {
    const [eager, graph] = [problem(optimizers.momentum!), problem(optimizers.momentum!)];
    const g = graphFunction(graph.step);
    for (let i = 0; i < 10; ++i) {
      if (i === 5) {
        for (const {optimizer} of [eager, graph]) {
          await optimizer.setWeights([
            {name: 'iter', tensor: tf.scalar(40, 'int32')}, {name: 'w/momentum', tensor: tf.ones([4, 2])},
            {name: 'b/momentum', tensor: tf.ones([2])}]);
        }
      }
      expectNear([...g(x()).dataSync()], [...eager.step(x()).dataSync()], 1e-6, `loss ${i}`);
    }
    expect(graph.optimizer.iterations).toBe(45);
    expectGraphs(g.report(), backend);
    eager.free();
    graph.free();
  });

  it('an optimizer of the user\'s own, whose numbers are part of the recording', () => {
    class Own extends tf.Optimizer {
      static readonly className = 'OwnOptimizer';
      override getClassName() {
        return Own.className;
      }

      constructor(public learningRate: number) {
        super();
      }

      getConfig() {
        return {};
      }

      applyGradients(gradients: tf.NamedTensorMap | Array<{name: string, tensor: tf.Tensor}>) {
        const list = Array.isArray(gradients) ? gradients : Object.entries(gradients).map(([name, tensor]) => ({name, tensor}));
        tf.tidy(() => {
          for (const {name, tensor} of list) {
            const v = tf.engine().registeredVariables[name]!;
            v.assign(tf.sub(v, tf.mul(tensor, this.learningRate)));
          }
        });
        this.incrementIterations();
      }
    }
    const [eager, graph] = [problem(() => new Own(0.1)), problem(() => new Own(0.1))];
    const g = graphFunction(graph.step);
    for (let i = 0; i < 12; ++i) {
      if (i === 5) [eager, graph].forEach(({optimizer}) => Object.assign(optimizer, {learningRate: 0.02}));
      expectNear([...g(x()).dataSync()], [...eager.step(x()).dataSync()], 1e-6, `loss ${i}`);
    }
    expect(graph.optimizer.iterations).toBe(12);
    expectGraphs(g.report(), backend);
  });
});
