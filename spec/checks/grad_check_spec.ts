import * as tf from '@tensorflow/tfjs-core';
import {layers, sequential} from '@tensorflow/tfjs-layers';

import {gradCheck} from '../../src/checks/grad_check';
import type {GradCheckOptions} from '../../src/checks/grad_check';
import {explicitOp} from '../../src/explicit_op';
import * as ops from '../../src/ops';
import {toTensor} from '../support/arrays';
import {backendNames, describeOnBackends} from '../support/backends';
import {expectNoLeaks} from '../support/matchers';
import {distinctArray, randomArray} from '../support/numeric_gradient';

const random = <R extends tf.Rank = tf.Rank>(shape: number[], seed = 1): tf.Tensor<R> =>
    toTensor<R>(randomArray(shape, seed));

type Rule = (dout: tf.Tensor, ...saved: tf.Tensor[]) => tf.Tensor[];

/** An op of one node: its value and its gradients by every input. */
function withRule(value: (...inputs: tf.Tensor[]) => tf.Tensor, rule: Rule): (...inputs: tf.Tensor[]) => tf.Tensor {
  return (...inputs) => tf.customGrad((...args: unknown[]) => {
    const save = args.pop() as (tensors: tf.Tensor[]) => void;
    save(inputs);
    return {value: value(...inputs), gradFunc: (dout, saved) => rule(dout as tf.Tensor, ...saved)};
  })(...inputs);
}

/** A rule that is right, and the same rule with one fault. */
interface Fault {
  name: string;
  inputs: () => tf.Tensor[];
  value: (...inputs: tf.Tensor[]) => tf.Tensor;
  right: Rule;
  wrong: Rule;
  options?: GradCheckOptions;
}

const matMul: Fault['value'] = (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D);

/** Sums over windows of 3 that overlap by 1, and their gradient window by window. */
const windowSums = (x: tf.Tensor): tf.Tensor => tf.add(tf.add(
    tf.stridedSlice(x, [0], [7], [2]), tf.stridedSlice(x, [1], [8], [2])), tf.stridedSlice(x, [2], [9], [2]));
const windowRule = (accumulate: boolean): Rule => dout => {
  const dx = new Float32Array(9);
  dout.dataSync().forEach((value, window) => {
    for (let i = 2 * window; i < 2 * window + 3; i++) dx[i] = (accumulate ? dx[i]! : 0) + value;
  });
  return [tf.tensor1d(dx)];
};

const convGradient = (padding: [[number, number], [number, number]]): Rule => (dout, x, w) => {
  const turned = tf.transpose(tf.reverse(w!, [0, 1]), [0, 1, 3, 2]) as tf.Tensor4D;
  const {cache} = ops.conv2dForward(x as tf.Tensor4D, w as tf.Tensor4D, null, {padding: 1});
  const {dw} = ops.conv2dBackward(dout as tf.Tensor4D, cache);
  return [ops.conv2d(dout as tf.Tensor4D, turned, null, {padding}), dw];
};

/** The terms of a batch norm's backward; each can be left out. */
interface Terms {
  meanOfDout: boolean;
  meanOfDoutXHat: boolean;
  gamma: boolean;
  rstd: boolean;
  oneOverN: boolean;
  xHatInDgamma: boolean;
  centring: boolean;
}
const allTerms: Terms = {
  meanOfDout: true, meanOfDoutXHat: true, gamma: true, rstd: true, oneOverN: true, xHatInDgamma: true, centring: true,
};
const batchNormRule = (terms: Terms): Rule => (dout, x, gamma) => {
  const {mean, variance} = tf.moments(x!, 0);
  const rstd = tf.rsqrt(tf.add(variance, 1e-3));
  const xHat = tf.mul(terms.centring ? tf.sub(x!, mean) : x!, rstd);
  const n = terms.oneOverN ? x!.shape[0]! : 1;
  let dx = dout;
  if (terms.meanOfDout) dx = tf.sub(dx, tf.div(tf.sum(dout, 0), n));
  if (terms.meanOfDoutXHat) dx = tf.sub(dx, tf.mul(xHat, tf.div(tf.sum(tf.mul(dout, xHat), 0), n)));
  if (terms.rstd) dx = tf.mul(dx, rstd);
  if (terms.gamma) dx = tf.mul(dx, gamma!);
  return [dx, tf.sum(terms.xHatInDgamma ? tf.mul(dout, xHat) : dout, 0), tf.sum(dout, 0)];
};
const batchNormValue: Fault['value'] = (x, gamma, beta) => {
  const {mean, variance} = tf.moments(x!, 0);
  return tf.add(tf.mul(tf.mul(tf.sub(x!, mean), tf.rsqrt(tf.add(variance, 1e-3))), gamma!), beta!);
};

const softmaxRule = (divide: boolean): Rule => (dout, x) => {
  const gradient = tf.sub(tf.softmax(x as tf.Tensor2D), tf.oneHot([2, 0, 1, 1], 3));
  return [tf.mul(dout, divide ? tf.div(gradient, 4) : gradient)];
};

const faults: Fault[] = [
  {
    name: 'a missing transpose in dx = dout w^T', inputs: () => [random([3, 4]), random([4, 4], 2)], value: matMul,
    right: (dout, a, b) => [tf.matMul(dout, b!, false, true), tf.matMul(a!, dout, true)],
    wrong: (dout, a, b) => [tf.matMul(dout, b!), tf.matMul(a!, dout, true)],
  },
  {
    name: 'a missing transpose in dw = x^T dout', inputs: () => [random([4, 4]), random([4, 4], 2)], value: matMul,
    right: (dout, a, b) => [tf.matMul(dout, b!, false, true), tf.matMul(a!, dout, true)],
    wrong: (dout, a, b) => [tf.matMul(dout, b!, false, true), tf.matMul(a!, dout)],
  },
  {
    name: '= for += where windows overlap', inputs: () => [random([9])], value: windowSums as Fault['value'],
    right: windowRule(true), wrong: windowRule(false),
  },
  {
    name: 'a forgotten 1/N', inputs: () => [random([4, 3])], right: softmaxRule(true), wrong: softmaxRule(false),
    value: x => ops.softmaxLoss(x as tf.Tensor2D, [2, 0, 1, 1]),
  },
  {
    name: 'a sum along the wrong axis', inputs: () => [random([4, 4]), random([4], 2)],
    value: (x, b) => tf.add(x!, b!),
    right: dout => [dout, tf.sum(dout, 0)], wrong: dout => [dout, tf.sum(dout, 1)],
  },
  {
    name: 'padding off by one', inputs: () => [random([1, 4, 5, 2]), random([3, 3, 2, 2], 2)],
    value: (x, w) => ops.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, null, {padding: 1}),
    right: convGradient([[1, 1], [1, 1]]), wrong: convGradient([[2, 0], [1, 1]]),
  },
  {
    name: 'a mask with >= for >, held to the left derivative', inputs: () => [tf.tensor1d([0, 1, -1, 0, 2])],
    value: x => tf.relu(x!), options: {atKinks: 'left'},
    right: (dout, x) => [tf.mul(dout, tf.cast(tf.greater(x!, 0), 'float32'))],
    wrong: (dout, x) => [tf.mul(dout, tf.cast(tf.greaterEqual(x!, 0), 'float32'))],
  },
  ...(Object.keys(allTerms) as Array<keyof Terms>).map(term => ({
    name: `a batch norm without its ${term}`,
    inputs: () => [random([6, 3]), random([3], 2), random([3], 3)],
    value: batchNormValue, right: batchNormRule(allTerms), wrong: batchNormRule({...allTerms, [term]: false}),
  })),
];

describeOnBackends('gradCheck', () => {
  for (const {name, inputs, value, right, wrong, options} of faults) {
    it(`catches ${name}, and passes the right rule`, async () => {
      const passed = await gradCheck(withRule(value, right), inputs(), options);
      expect(passed.ok).withContext(String(passed)).toBe(true);
      const caught = await gradCheck(withRule(value, wrong), inputs(), options);
      expect(caught.ok).withContext(String(caught)).toBe(false);
      expect(caught.problems).toEqual([]);
      expect(caught.worst!.relativeError).toBeGreaterThan(0.01);
    });
  }

  it('reports a kink, whichever subgradient the rule takes', async () => {
    for (const mask of [tf.greater, tf.greaterEqual]) {
      const f = withRule(x => tf.relu(x!), (dout, x) => [tf.mul(dout, tf.cast(mask(x!, 0), 'float32'))]);
      const report = await gradCheck(f, tf.tensor1d([0, 1, -1, 0, 2]));
      expect(report.ok).withContext(String(report)).toBe(true);
      expect(report.kinks.map(kink => kink.index)).toEqual([[0], [3]]);
      for (const {left, right} of report.kinks) {
        expect(Math.abs(left)).toBeLessThan(1e-3);
        expect(Math.abs(right)).toBeGreaterThan(0.4);
      }
    }
  });

  it('reports the ties of a max-pool, and still checks the other entries', async () => {
    const x = tf.tensor4d([1, 1, 0, -1, 3, 2, 1, 0], [2, 2, 2, 1]);
    for (const ties of ['all', 'first', 'split'] as const) {
      const report = await gradCheck(x => ops.maxPool2d(x, {poolSize: 2, ties}), x);
      expect(report.ok).withContext(String(report)).toBe(true);
      expect(report.kinks.map(kink => kink.index)).toEqual([[0, 0, 0, 0], [0, 0, 1, 0]]);
      expect(report.results[0]!.entries).toBe(6);
      expect(report.results[0]!.directions).toBeGreaterThan(0);
    }
    const held = await gradCheck(x => ops.maxPool2d(x, {poolSize: 2}), x, {atKinks: 'right'});
    expect(held.ok).withContext(String(held)).toBe(true);
    const first = await gradCheck(x => ops.maxPool2d(x, {poolSize: 2, ties: 'first'}), x, {atKinks: 'right'});
    expect(first.ok).withContext(String(first)).toBe(false);
  });

  it('is not taken in by kinks near the point', async () => {
    const near = tf.tensor1d([1e-3, -1e-3, 5e-3, -5e-3, 0.02, -0.02, 2, -2]);
    const right = await gradCheck(x => ops.relu(x), near);
    expect(right.ok).withContext(String(right)).toBe(true);
    const all = withRule(x => tf.relu(x!), dout => [dout]);
    expect((await gradCheck(all, near)).ok).toBe(false);
  });

  it('passes every op to the second order', async () => {
    const x = random<tf.Rank.R4>([2, 4, 5, 2]);
    const distinct = toTensor<tf.Rank.R4>(distinctArray([2, 4, 4, 2], 3));
    const checks: Array<Parameters<typeof gradCheck>> = [
      [(x, w, b) => ops.conv2d(x, w, b, {padding: 1, strides: 2}), [x, random([3, 3, 2, 2], 2), random([2], 3)]],
      [x => ops.im2col(x, {kernelSize: 2}), x],
      [x => ops.relu(x, {negativeSlope: 0.1}), distinct],
      [x => ops.maxPool2d(x, {poolSize: 3, strides: 1}), distinct],
      [(x, w, b) => ops.affine(x, w, b), [x, random([40, 3], 2), random([3], 3)]],
      [(scores, labels) => ops.softmaxLoss(scores, labels), [random([4, 3]), tf.tensor1d([2, 0, 1, 1], 'int32')]],
      [(x, gamma, beta) => ops.batchNorm(x, gamma, beta), [x, random([2], 2), random([2], 3)]],
      [(x, gamma) => ops.batchNorm(x, gamma, null, {backward: 'staged', axis: 1}), [x, random([4], 2)]],
      [(x, gamma, beta) => ops.layerNorm(x, gamma, beta, {axis: [1, 3]}), [x, random([4, 2], 2), random([4, 2], 3)]],
    ];
    for (const [f, inputs] of checks) {
      const report = await gradCheck(f, inputs, {order: 2, entries: 10, directions: 3});
      expect(report.ok).withContext(`${f}\n${report}`).toBe(true);
      expect(report.results.some(result => result.order === 2)).toBe(true);
    }
  });

  it('catches a second derivative that is wrong though the first is right', async () => {
    // What is saved of the value is off the tape: its own derivative is lost without an error.
    const exp = (x: tf.Tensor) => tf.customGrad((...args: unknown[]) => {
      const value = tf.exp(args[0] as tf.Tensor);
      (args[1] as (tensors: tf.Tensor[]) => void)([value]);
      return {value, gradFunc: (dout, saved) => [tf.mul(dout as tf.Tensor, saved[0]!)]};
    })(x);
    const x = random([5]);
    expect((await gradCheck(exp, x)).ok).toBe(true);
    const second = await gradCheck(exp, x, {order: 2});
    expect(second.results.map(({order, ok}) => [order, ok])).toEqual([[1, true], [2, false]]);
  });

  it('names the worst entry with its index, shape and both values', async () => {
    const only = tf.buffer([3, 4]);
    only.set(1, 1, 2);
    const spike = only.toTensor();
    const f = withRule(x => tf.square(x!), (dout, x) => [tf.mul(dout, tf.add(tf.mul(x!, 2), spike))]);
    const {worst, ok} = await gradCheck(f, random([3, 4]));
    expect(ok).toBe(false);
    expect(worst).toEqual(jasmine.objectContaining({order: 1, input: 'x', shape: [3, 4], index: [1, 2]}));
    expect(Math.abs(worst!.analytic - worst!.numeric)).toBeGreaterThan(0.4);
  });

  it('finds one wrong entry among more than are moved singly', async () => {
    const only = tf.buffer([40, 50]);
    only.set(3, 17, 31);
    const spike = only.toTensor();
    const f = withRule(x => tf.square(x!), (dout, x) => [tf.mul(dout, tf.add(tf.mul(x!, 2), spike))]);
    const {worst} = await gradCheck(f, random([40, 50]), {entries: 5});
    expect(worst!.index).toEqual([17, 31]);
  });
});

describe('gradCheck', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  it('checks input and weights of a layer, and leaves the weights as they were', async () => {
    const layer = layers.dense({units: 3, inputShape: [4]});
    const x = random([2, 4]);
    layer.apply(x);
    const before = layer.getWeights().map(weight => weight.dataSync());
    const report = await gradCheck(layer, x, {order: 2});
    expect(report.ok).withContext(String(report)).toBe(true);
    expect(report.results.map(result => result.input.replace(/dense_\w+?\//, ''))).toEqual([
      'x', 'kernel', 'bias', 'x', 'kernel', 'bias',
    ]);
    expect(layer.getWeights().map(weight => weight.dataSync())).toEqual(before);
  });

  it('checks a model as in training, moving averages put back', async () => {
    const model = sequential({layers: [
      layers.dense({units: 3, inputShape: [4]}),
      layers.batchNormalization(),
      layers.dense({units: 2}),
    ]});
    const before = model.getWeights().map(weight => weight.dataSync());
    const report = await gradCheck(model, random([6, 4]), {training: true, entries: 5});
    expect(report.ok).withContext(String(report)).toBe(true);
    expect(report.results.length).toBe(7);
    expect(model.getWeights().map(weight => weight.dataSync())).toEqual(before);
    model.dispose();
  });

  it("checks a user's own op by its named inputs: a guided relu is not a derivative where dout is negative", async () => {
    const guidedRelu = explicitOp<{x: tf.Tensor}>({
      name: 'guidedRelu',
      forward: ({x}) => ({out: tf.relu(x)}),
      backward: {x: (dout, {x}) => tf.mul(tf.relu(dout), tf.step(x))},
    });
    const x = random([20]);
    const report = await gradCheck(guidedRelu, {x});
    expect(report.ok).toBe(false);
    expect(report.worst).toEqual(jasmine.objectContaining({input: 'x', shape: [20]}));
    const relu = explicitOp<{x: tf.Tensor}>({
      name: 'plainRelu', forward: ({x}) => ({out: tf.relu(x)}), backward: {x: (dout, {x}) => tf.mul(dout, tf.step(x))},
    });
    expect((await gradCheck(relu, {x}, {order: 2})).ok).toBe(true);
  });

  it('says that a gradient throws, is missing, has another shape, or does not vanish with the upstream', async () => {
    const x = random<tf.Rank.R4>([1, 4, 4, 1]);
    const problemOf = async (f: Parameters<typeof gradCheck>[0], options: GradCheckOptions = {}) => {
      const report = await gradCheck(f, x, options);
      expect(report.ok).toBe(false);
      return report.problems.join('\n');
    };
    expect(await problemOf(x => tf.maxPool(x, 2, 2, 'valid'), {order: 2})).toContain('MaxPoolGrad');
    expect(await problemOf(x => tf.tensor(x.dataSync()))).toContain('no gradient for x');
    expect(await problemOf(withRule(x => tf.square(x!), () => [tf.ones([16])]))).toContain('shape');
    expect(await problemOf(withRule(x => tf.square(x!), (dout, x) => [tf.add(tf.mul(dout, tf.mul(x!, 2)), 1)])))
        .toContain('though the upstream gradient is zero');
  });

  it('says that two runs differ', async () => {
    const report = await gradCheck(x => tf.mul(x, tf.randomNormal(x.shape)), random([4]));
    expect(report.ok).toBe(false);
    expect(report.problems.join()).toContain('two runs');
  });

  it('says that the value is not finite', async () => {
    const report = await gradCheck(x => tf.log(x), tf.tensor1d([1, -1]));
    expect(report.ok).toBe(false);
    expect(report.problems.join()).toContain('not finite');
  });

  it('takes several outputs', async () => {
    const report = await gradCheck(x => [tf.square(x), tf.sin(x)], random([4]), {order: 2});
    expect(report.ok).withContext(String(report)).toBe(true);
  });

  it('prints the allowance that it used, and names the entry that is off by most of it', async () => {
    const bumpy = (x: tf.Tensor) => tf.sin(tf.mul(x, 12));
    const report = await gradCheck(bumpy, random([5]), {tolerance: 1e-4});
    for (const {ok, worst} of report.results) {
      expect(worst!.allowedError).toBeGreaterThanOrEqual(1e-4);
      expect(ok).toBe(worst!.relativeError <= worst!.allowedError);
    }
    expect(String(report)).toMatch(/tolerance 0\.0001\)\n.*\n +worst: off by \S+, allowed \S+, at /);
  });

  it('says in words what it left out', async () => {
    const report = await gradCheck(x => tf.relu(x), tf.tensor1d([0, 1, -1]));
    expect(String(report)).toMatch(/left out: 1 where the\s+function bends\)/);
  });

  it('prints at most 80 columns', async () => {
    const report = await gradCheck(
        (x, w) => ops.conv2d(x, w), [random([1, 4, 4, 2]), random([3, 3, 2, 2])], {order: 2});
    const lines = String(report).split('\n');
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.filter(line => line.length > 80)).toEqual([]);
  });

  it('leaves nothing behind, whatever happens', async () => {
    const x = random<tf.Rank.R4>([1, 4, 4, 1]);
    await expectNoLeaks(() => gradCheck(x => ops.conv2d(x, tf.ones([2, 2, 1, 1])), x, {order: 2, entries: 3}));
    await expectNoLeaks(() => gradCheck(x => tf.maxPool(x, 2, 2, 'valid'), x, {order: 2, entries: 3}));
    await expectNoLeaks(() => gradCheck(x => tf.mul(x, tf.randomNormal(x.shape)), x));
    const layer = layers.dense({units: 2, inputShape: [1]});
    layer.apply(x);
    await expectNoLeaks(() => gradCheck(layer, x, {entries: 3}));
    layer.dispose();
  });

  it('refuses what it does not understand, and leaves nothing behind', async () => {
    const x = random([2]);
    const refusals: Array<[() => Promise<unknown>, RegExp]> = [
      [() => gradCheck(tf.square, x, {ordr: 2} as GradCheckOptions), /unknown option ordr.*order/],
      [() => gradCheck(tf.square, x, {order: 3 as 2}), /order must be 1 or 2\. Got 3/],
      [() => gradCheck(tf.square, x, {atKinks: 'middle' as 'left'}), /atKinks must be one of/],
      [() => gradCheck(tf.square, x, {tolerance: 0}), /tolerance must be more than 0/],
      [() => gradCheck(tf.square, x, {step: NaN}), /step must be/],
      [() => gradCheck(tf.square, x, {entries: -1}), /entries must be a whole number/],
      [() => gradCheck(tf.square, x, {directions: Infinity}), /directions must be a whole number/],
      [() => gradCheck('relu' as never, x), /f must be a function of tensors, a layer or a model\. Got 'relu'/],
      [() => gradCheck(tf.square, [] as tf.Tensor[]), /inputs must be a tensor/],
      [() => gradCheck(tf.square, [1] as never), /inputs\[0\] must be a tensor\. Got 1/],
      [() => gradCheck(tf.square, tf.tensor1d([1, 2], 'int32')), /no input is float32/],
      [() => gradCheck(tf.square, tf.zeros([0, 2])), /x is empty: \[0,2\]/],
      [() => gradCheck(() => 1 as never, x), /must return a tensor/],
    ];
    const before = tf.memory().numTensors;
    for (const [call, message] of refusals) await expectAsync(call()).toBeRejectedWithError(Error, message);
    expect(tf.memory().numTensors - before).toBe(2);  // the two that were made for the refusals
  });
});
