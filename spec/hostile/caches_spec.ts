/** `...Backward` with a cache whose tensors are of another shape than its forward left them, or are gone. */
import * as tf from '@tensorflow/tfjs-core';

import {ops} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectNoLeaks} from '../support/matchers';

/** What forward halves leave, and the backward halves that take it. */
const pairs: {[op: string]: () => {out: tf.Tensor, cache: object, backward: (dout: tf.Tensor, cache: never) => object}} = {
  affine: () => ({...ops.affineForward(tf.ones([4, 6]), tf.ones([6, 3]), tf.ones([3])), backward: ops.affineBackward}),
  conv2d: () => ({...ops.conv2dForward(tf.ones([2, 6, 6, 4]), tf.ones([3, 3, 4, 8]), tf.ones([8])),
    backward: ops.conv2dBackward}),
  depthwiseConv2d: () => ({...ops.depthwiseConv2dForward(tf.ones([2, 6, 6, 4]), tf.ones([3, 3, 4, 2]), tf.ones([8])),
    backward: ops.depthwiseConv2dBackward}),
  conv2dTranspose: () => ({...ops.conv2dTransposeForward(tf.ones([2, 4, 4, 3]), tf.ones([3, 3, 5, 3]), tf.ones([5])),
    backward: ops.conv2dTransposeBackward}),
  maxPool2d: () => ({...ops.maxPool2dForward(tf.ones([2, 6, 6, 4]), {poolSize: 2}), backward: ops.maxPool2dBackward}),
  averagePool2d: () => ({...ops.averagePool2dForward(tf.ones([2, 6, 6, 4]), {poolSize: 2}),
    backward: ops.averagePool2dBackward}),
  batchNorm: () => ({...ops.batchNormForward(tf.ones([6, 4]), tf.ones([4]), tf.ones([4]), {mode: 'train'}),
    backward: ops.batchNormBackward}),
  layerNorm: () => ({...ops.layerNormForward(tf.ones([6, 4]), tf.ones([4]), tf.ones([4])), backward: ops.layerNormBackward}),
  groupNorm: () => ({...ops.groupNormForward(tf.ones([2, 3, 3, 4]), tf.ones([4]), tf.ones([4]), {groups: 2}),
    backward: ops.groupNormBackward}),
  relu: () => ({...ops.reluForward(tf.ones([5, 4])), backward: ops.reluBackward}),
  softmaxLoss: () => ({...ops.softmaxLossForward(tf.ones([5, 4]), tf.tensor1d([0, 1, 2, 3, 0], 'int32')),
    backward: ops.softmaxLossBackward}),
};

/** What a backward half reads nothing of but the shape. */
const unread: {[op: string]: string[]} = {
  affine: ['b'], conv2d: ['b'], depthwiseConv2d: ['b'], conv2dTranspose: ['b'], averagePool2d: ['x'], batchNorm: ['beta'],
  layerNorm: ['beta'], groupNorm: ['beta'], softmaxLoss: ['x', 'labels'],
};

/** Tensors of other shapes. */
function unlike(x: tf.Tensor): {[what: string]: tf.Tensor} {
  if (x.rank === 0) return {'of another rank': tf.zeros([2])};
  return {
    smaller: tf.zeros([...x.shape.slice(0, -1), x.shape.at(-1)! - 1], x.dtype),
    larger: tf.zeros(x.shape.map((size) => size + 1), x.dtype),
    'of another rank': tf.zeros([...x.shape, 1], x.dtype),
  };
}

function gone(x: tf.Tensor): tf.Tensor {
  const copy = tf.tensor(x.dataSync(), x.shape, x.dtype);
  copy.dispose();
  return copy;
}

function messageOf(run: () => void): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describeOnBackends('SECURITY.md: tensors that do not fit each other are refused before a kernel reads them:', () => {
  for (const [op, make] of Object.entries(pairs)) {
    it(`a cache of ${op}`, async () => {
      const {out, cache, backward} = make();
      const dout = tf.onesLike(out);
      const run = (given: tf.Tensor, kept: object) => () => tf.dispose(backward(given, kept as never) as tf.TensorContainer);
      expect(run(dout, cache)).not.toThrow();
      const tensors = Object.entries(cache).filter(([, value]) => value instanceof tf.Tensor) as [string, tf.Tensor][];
      expect(tensors.length).toBeGreaterThan(0);
      for (const [name, x] of tensors) {
        for (const [what, other] of Object.entries(unlike(x))) {
          await expectNoLeaks(() => {
            expect(run(dout, {...cache, [name]: other})).withContext(`${name} ${what}`).toThrowError(
              new RegExp(`^${op}Backward: cache\\.${name} must have the shape that ${op}Forward left, \\[.*Got \\[`));
          });
        }
        await expectNoLeaks(() => {
          const message = messageOf(run(dout, {...cache, [name]: gone(x)}));
          if (message !== null) expect(message).toMatch(new RegExp(`^${op}Backward: cache\\.${name} is disposed\\. Keep`));
          else expect(unread[op]).withContext(`${name} is not needed`).toContain(name);
        });
      }
      for (const [what, other] of Object.entries(unlike(dout))) {
        expect(run(other, cache)).withContext(`dout ${what}`)
          .toThrowError(new RegExp(`^${op}Backward: dout must have the shape`));
      }
    });
  }
});
