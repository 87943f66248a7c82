/** A step with second derivatives, the critic of examples/gradient_penalty, as a graph. */
import * as tf from '@tensorflow/tfjs-core';

import {makeCritic} from '../../examples/gradient_penalty/models';
import {gradientPenalty, trainable} from '../../examples/gradient_penalty/train';
import {graphFunction} from '../../src';
import {backendNames} from '../support/backends';
import {expectGraphs, expectNear} from './support/twins';

if (backendNames.includes('tensorflow')) {
  describe('A critic with gradient penalty as a graph [tensorflow]', () => {
    beforeAll(() => tf.setBackend('tensorflow'));
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    function criticStep(seed: number) {
      const critic = makeCritic(seed);
      const optimizer = tf.train.adam(1e-3, 0.5, 0.9);
      const score = (x: tf.Tensor) => critic.apply(x, {training: true}) as tf.Tensor;
      return (real: tf.Tensor4D, fake: tf.Tensor4D) => {
        const parts: tf.Tensor[] = [];
        const loss = optimizer.minimize(() => {
          const distance = tf.sub(tf.mean(score(real)), tf.mean(score(fake)));
          const penalty = gradientPenalty(score, tf.mul(tf.add(real, fake), 0.5) as tf.Tensor4D);
          parts.push(tf.keep(tf.clone(penalty)));
          return tf.sub(tf.mul(penalty, 10), distance) as tf.Scalar;
        }, true, trainable(critic))!;
        return [loss, ...parts];
      };
    }

    for (const isFused of [true, false]) {
      it(`takes the same steps${isFused ? '' : ', without fusion'}`, () => {
        tf.env().set('EXPLICIT_LAYERS_GRAPH_FUSION', isFused);
        try {
          const [eager, graph] = [criticStep(1), graphFunction(criticStep(1))];
          for (let i = 0; i < 50; ++i) {
            const images = (seed: number) => tf.randomNormal([4, 28, 28, 1], 0, 1, 'float32', seed) as tf.Tensor4D;
            const [real, fake] = [images(i % 5 + 1), images(7)];
            const [got, want] = [graph, eager].map(step => step(real, fake).map(part => part.dataSync()[0]!));
            expectNear(got!, want!, !isFused || i === 0 ? 1e-6 : 1e-4, `step ${i}`);
          }
          expectGraphs(graph.report(), 'tensorflow');
        } finally {
          tf.env().set('EXPLICIT_LAYERS_GRAPH_FUSION', true);
        }
      });
    }
  });
}
