/** Net S trains as float64 loops do on every backend, and no step waits for a device. */
import * as tf from '@tensorflow/tfjs-core';
import type {Sequential} from '@tensorflow/tfjs-layers';

import {CLASSES, explicitNet, IMAGE_CHANNELS} from '../../bench/nets';
import {readsAtOnce} from '../../src/backends';
import {oneHot, softmaxLoss as softmaxLossOfModel} from '../../src/losses';
import {
  affineBackward, affineForward, convBackward, convForward, maxPoolBackward, maxPoolForward, reluBackward, reluForward,
  softmaxLoss,
} from '../../src/reference';
import {array} from '../../src/reference/array';
import type {ReferenceArray} from '../../src/reference/array';
import {toChannelsFirst, toChannelsLast, toHWIO, toTensor, transposed} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {expectClose} from '../support/matchers';
import {randomValues} from '../support/random';
import {toleranceOf} from '../support/tolerances';

const BATCH = 2;
const STEPS = 3;
/** Longer steps than the benchmark's, so that a wrong gradient shows. */
const LEARNING_RATE = 1e-3;
const MOMENTUM = 0.9;
const images = randomValues([BATCH, IMAGE_CHANNELS, 32, 32], 1);
const labels = [3, 8];

/** [kh, kw, C, K] to the reference's [K, C, kh, kw]. */
const toOIHW = [3, 2, 0, 1];

/** Weights of a size that keeps values alike from layer to layer; float32 numbers, the same on every backend. */
function initialWeights(shapes: number[][]): ReferenceArray[] {
  return shapes.map((shape, i) => {
    const {data} = randomValues(shape, 10 + i);
    const size = Math.sqrt(shape.at(-1)! / data.length);
    return array(shape, data.map((v) => Math.fround(v * size)));
  });
}

/** The net with these weights; its optimizer takes longer steps. */
function netWith(options: Parameters<typeof explicitNet>[0] = {}): Sequential {
  const net = explicitNet(options);
  net.compile({optimizer: tf.train.momentum(LEARNING_RATE, MOMENTUM), loss: softmaxLossOfModel});
  net.setWeights(initialWeights(net.getWeights().map(({shape}) => shape)).map((weight) => toTensor(weight)));
  return net;
}

async function train(net: Sequential): Promise<number[]> {
  const [x, y] = [toTensor(images, toChannelsLast), oneHot(labels, CLASSES)];
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) losses.push(await net.trainOnBatch(x, y) as number);
  return losses;
}

/** The same steps in float64 loops; the weights at the end in the reference's layout. */
function trainReference(shapes: number[][]): {losses: number[], weights: ReferenceArray[]} {
  const weights = initialWeights(shapes).map((weight) => transposed(weight, weight.shape.length === 4 ? toOIHW : undefined));
  const velocities = weights.map(({data}) => new Float64Array(data.length));
  const losses = Array.from({length: STEPS}, () => {
    const {loss, gradients} = referenceStep(weights);
    gradients.forEach(({data}, k) => data.forEach((g, i) => {
      velocities[k]![i] = MOMENTUM * velocities[k]![i]! + g;
      weights[k]!.data[i]! -= LEARNING_RATE * velocities[k]![i]!;
    }));
    return loss;
  });
  return {losses, weights};
}

function referenceStep([w1, b1, w2, b2, w3, b3, w4, b4]: ReferenceArray[]):
    {loss: number, gradients: ReferenceArray[]} {
  const window = {poolHeight: 2, poolWidth: 2, stride: 2};
  const conv1 = convForward(images, w1!, b1!, {stride: 1, pad: 1});
  const relu1 = reluForward(conv1.out);
  const pool1 = maxPoolForward(relu1.out, window);
  const conv2 = convForward(pool1.out, w2!, b2!, {stride: 1, pad: 1});
  const relu2 = reluForward(conv2.out);
  const pool2 = maxPoolForward(relu2.out, window);
  // Flattened as the net does it: [H, W, C].
  const last = transposed(pool2.out, toChannelsLast);
  const dense1 = affineForward(array([BATCH, last.data.length / BATCH], last.data), w3!, b3!);
  const relu3 = reluForward(dense1.out);
  const dense2 = affineForward(relu3.out, w4!, b4!);
  const {loss, dx} = softmaxLoss(dense2.out, labels);

  const d4 = affineBackward(dx, dense2.cache);
  const d3 = affineBackward(reluBackward(d4.dx, relu3.cache).dx, dense1.cache);
  const dlast = transposed(array(last.shape, d3.dx.data), toChannelsFirst);
  const d2 = convBackward(reluBackward(maxPoolBackward(dlast, pool2.cache).dx, relu2.cache).dx, conv2.cache);
  const d1 = convBackward(reluBackward(maxPoolBackward(d2.dx, pool1.cache).dx, relu1.cache).dx, conv1.cache);
  return {loss, gradients: [d1.dw, d1.db!, d2.dw, d2.db!, d3.dw, d3.db!, d4.dw, d4.db!]};
}

/** Made once for all backends: loops take their time. */
let wanted: ReturnType<typeof trainReference> | undefined;

describeOnBackends('Net S', () => {
  afterEach(() => tf.disposeVariables());

  it('trains as the reference does: losses, and the weights at the end', async () => {
    const net = netWith();
    wanted ??= trainReference(net.getWeights().map(({shape}) => shape));
    const losses = await train(net);
    const {relative} = toleranceOf('conv2d');
    await expectClose(tf.tensor1d(losses), wanted.losses, {relative: 10 * relative, absolute: 0}, 'losses');
    expect(wanted.losses.at(-1)! / wanted.losses[0]!).toBeLessThan(0.9);
    for (const [i, weight] of net.getWeights().entries()) {
      await expectClose(weight, wanted.weights[i]!, {relative: 0, absolute: 10 * relative}, `weight ${i}`,
        weight.rank === 4 ? toHWIO : undefined);
    }
    net.dispose();
  });

  for (const batchNorm of [false, true]) {
    it(`${batchNorm ? 'with batch norm' : 'without batch norm'} reads nothing back in a step`, async () => {
      if (readsAtOnce()) return pending('this backend computes where its values are');
      const net = netWith({batchNorm, filters: 4, units: 8, image: 8});
      const x = tf.ones([BATCH, 8, 8, IMAGE_CHANNELS]);
      const y = oneHot(labels, CLASSES);
      const loss = await net.trainOnBatch(x, y);
      const reads = [spyOn(tf.backend(), 'read').and.callThrough(), spyOn(tf.backend(), 'readSync').and.callThrough()];
      const stepping = net.trainOnBatch(x, y);
      expect(await stepping).not.toBe(loss as number);
      const [later, atOnce] = reads.map((read) => read.calls.count());
      expect(atOnce).withContext('reads that stall').toBe(0);
      expect(later).withContext('reads of the loss, when the step is done').toBe(1);
      net.dispose();
    });
  }
});
