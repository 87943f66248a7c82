import * as tf from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {affine, conv2d, conv2dBackward, conv2dForward} from '../../src/ops';
import type {Conv2dOptions} from '../../src/ops';
import {tidy} from '../../src/tidy';
import {itAgrees} from '../support/agreement';
import {toTensor} from '../support/arrays';
import {describeOnBackends} from '../support/backends';
import {conv2dAgreement} from '../support/cases';
import {expectClose, expectNoLeaks} from '../support/matchers';
import {randomValues} from '../support/random';
import {itRefuses} from '../support/refusals';
import type {Refusal} from '../support/refusals';
import {toleranceOf} from '../support/tolerances';

const random = <R extends tf.Rank>(shape: number[], seed: number) => toTensor<R>(randomValues(shape, seed));

/** The document's demo: one channel counts up, one is all ones, one is dark. */
function demo() {
  const x = tf.stack([tf.reshape(tf.range(0, 25), [5, 5]), tf.ones([5, 5]), tf.zeros([5, 5])], 2);
  const w = tf.buffer([3, 3, 3, 2]);
  for (let p = 0; p < 3; p++) for (let q = 0; q < 3; q++) w.set(1, p, q, 1, 0);  // filter 0 counts pixels in sight
  w.set(1, 1, 1, 0, 1);  // filter 1 takes the centre
  w.set(100, 0, 0, 0, 1);  // and the pixel above to the left
  w.set(7, 1, 1, 2, 1);  // and sees nothing in the dark channel
  return {
    x: tf.reshape(x, [1, 5, 5, 3]) as tf.Tensor4D, w: w.toTensor() as tf.Tensor4D, b: tf.tensor1d([1, -2]),
    options: {strides: 2, padding: 1},
  };
}

describeOnBackends('conv2d', (backend) => {
  describe('of the document', () => {
    it('x=[1,5,5,3] K=2 F=3 S=2 P=1, by hand', async () => {
      const {x, w, b, options} = demo();
      const out = conv2d(x, w, b, options);
      expect(out.shape).toEqual([1, 3, 3, 2]);
      const [first, second] = tf.unstack(tf.reshape(out, [3, 3, 2]), 2) as [tf.Tensor, tf.Tensor];
      await expectClose(first, [[5, 7, 5], [7, 10, 7], [5, 7, 5]], toleranceOf('conv2d'));
      await expectClose(second, [[-2, 0, 2], [8, 610, 812], [18, 1620, 1822]], toleranceOf('conv2d'));
    });

    it('its backward, by hand', async () => {
      const {x, w, b, options} = demo();
      const {cache} = conv2dForward(x, w, b, options);
      const dout = tf.stack([tf.zeros([1, 3, 3]), tf.reshape(tf.range(1, 10), [1, 3, 3])], 3) as tf.Tensor4D;
      const {dx, dw, db} = conv2dBackward(dout, cache);
      await expectClose(db!, [0, 45], toleranceOf('conv2d'));
      // The centre of filter 1 saw the pixels 0, 2, 4, 10, ..., each times its dout of 1 .. 9.
      const centre = 0 * 1 + 2 * 2 + 4 * 3 + 10 * 4 + 12 * 5 + 14 * 6 + 20 * 7 + 22 * 8 + 24 * 9;
      await expectClose(tf.slice(dw, [1, 1, 0, 1], [1, 1, 2, 1]), [[[[centre], [45]]]], toleranceOf('conv2d'));
      // Back to the first channel: 1 to each centre, 100 to the pixel above to the left of it.
      await expectClose(tf.reshape(tf.slice(dx, [0, 0, 0, 0], [1, 5, 5, 1]), [5, 5]), [
        [1, 0, 2, 0, 3], [0, 500, 0, 600, 0], [4, 0, 5, 0, 6], [0, 800, 0, 900, 0], [7, 0, 8, 0, 9],
      ], toleranceOf('conv2d'));
    });

    it('a 1x1 convolution is a product over the channels', async () => {
      const [x, w] = [random<tf.Rank.R4>([2, 3, 4, 5], 1), random<tf.Rank.R4>([1, 1, 5, 6], 2)];
      const product = tf.matMul(tf.reshape(x, [24, 5]), tf.reshape(w, [5, 6]));
      await expectClose(conv2d(x, w), tf.reshape(product, [2, 3, 4, 6]), toleranceOf('conv2d'));
    });

    it('a fully connected layer on [7,7,512] is a convolution with F=7', async () => {
      const [x, w, b] = [random<tf.Rank.R4>([2, 7, 7, 512], 1), random<tf.Rank.R2>([25088, 4], 2), tf.tensor1d([1, 2, 3, 4])];
      const out = conv2d(x, tf.reshape(w, [7, 7, 512, 4]) as tf.Tensor4D, b);
      expect(out.shape).toEqual([2, 1, 1, 4]);
      // Sums of 25,088 products.
      await expectClose(tf.reshape(out, [2, 4]), affine(x, w, b), {relative: 1e-4, absolute: 1e-4});
    });

    it('the probability that two dice add up to 4 is 3/36', async () => {
      const die = tf.fill([6], 1 / 6);
      // A convolution turns one function round; conv2d does not, so it is turned here.
      const sums = conv2d(tf.reshape(die, [1, 1, 6, 1]) as tf.Tensor4D,
        tf.reshape(tf.reverse(die), [1, 6, 1, 1]) as tf.Tensor4D, null, {padding: [[0, 0], [5, 5]]});
      await expectClose(tf.reshape(sums, [11]), [1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1].map((ways) => ways / 36),
        toleranceOf('conv2d'));
      await expectClose(tf.slice(tf.reshape(sums, [11]), 4 - 2, 1), [3 / 36], toleranceOf('conv2d'));
    });

    it('two dice of different kinds, so that the turn matters', async () => {
      const [loaded, four] = [tf.tensor1d([0.5, 0.1, 0.1, 0.1, 0.1, 0.1]), tf.fill([4], 0.25)];
      const sums = conv2d(tf.reshape(loaded, [1, 1, 6, 1]) as tf.Tensor4D,
        tf.reshape(tf.reverse(four), [1, 4, 1, 1]) as tf.Tensor4D, null, {padding: [[0, 0], [3, 3]]});
      // Sum 4: 1 + 3, 2 + 2, 3 + 1.
      await expectClose(tf.slice(tf.reshape(sums, [9]), 4 - 2, 1), [0.25 * (0.5 + 0.1 + 0.1)], toleranceOf('conv2d'));
    });
  });

  describe('agrees with the reference', () => itAgrees(conv2dAgreement));

  describe('agrees with tf.conv2d', () => {
    const cases: {title: string, options: Conv2dOptions, pad: 'valid' | 'same', groups?: number}[] = [
      {title: 'S=1 valid', options: {}, pad: 'valid'},
      {title: 'S=2 same', options: {strides: 2, padding: 'same'}, pad: 'same'},
      {title: 'S=2,1 same', options: {strides: [2, 1], padding: 'same'}, pad: 'same'},
      {title: 'D=2 same', options: {dilationRate: 2, padding: 'same'}, pad: 'same'},
    ];
    for (const {title, options, pad} of cases) {
      it(`x=[2,6,7,3] F=3 K=4 ${title}`, async () => {
        const [x, w] = [random<tf.Rank.R4>([2, 6, 7, 3], 1), random<tf.Rank.R4>([3, 3, 3, 4], 2)];
        const wanted = tf.conv2d(x, w, options.strides ?? 1, pad, 'NHWC', options.dilationRate ?? 1);
        await expectClose(conv2d(x, w, null, options), wanted, toleranceOf('conv2d'));
      });
    }
  });

  describe('rules', () => {
    const inputs = () => ({
      x: random<tf.Rank.R4>([2, 5, 5, 2], 1), w: random<tf.Rank.R4>([3, 3, 2, 3], 2), b: tf.tensor1d([1, 2, 3]),
    });
    const ran = () => ({
      dx: (kernels().conv2dInputGrad as jasmine.Spy).calls.count(),
      dw: (kernels().conv2dFilterGrad as jasmine.Spy).calls.count(),
    });
    beforeEach(() => {
      spyOn(kernels(), 'conv2dInputGrad').and.callThrough();
      spyOn(kernels(), 'conv2dFilterGrad').and.callThrough();
    });

    it('for w alone: dx does not run', async () => {
      const {x, w, b} = inputs();
      await expectNoLeaks(() => tf.grad((f) => conv2d(x, f as tf.Tensor4D, b))(w));
      expect(ran()).toEqual({dx: 0, dw: 1});
    });
    it('for x alone: dw does not run', () => {
      const {x, w, b} = inputs();
      tf.grad((image) => conv2d(image as tf.Tensor4D, w, b))(x);
      expect(ran()).toEqual({dx: 1, dw: 0});
    });
    it('for b alone: neither runs', async () => {
      const {x, w, b} = inputs();
      await expectClose(tf.grad((bias) => conv2d(x, w, bias as tf.Tensor1D))(b), [18, 18, 18], toleranceOf('conv2d'));
      expect(ran()).toEqual({dx: 0, dw: 0});
    });
    it('for two layers in a row: dx of the first does not run', () => {
      const {x, w, b} = inputs();
      const second = random<tf.Rank.R4>([1, 1, 3, 2], 3);
      tf.grads((w1, w2) => conv2d(conv2d(x, w1 as tf.Tensor4D, b), w2 as tf.Tensor4D))([w, second]);
      expect(ran()).toEqual({dx: 1, dw: 2});
    });
    it('for variables: a frozen filter has no dw', () => {
      const {x, w, b} = inputs();
      const [frozen, trained] = [tf.variable(w, false), tf.variable(random<tf.Rank.R4>([1, 1, 3, 2], 3))];
      const {value, grads} = tf.variableGrads(() =>
        tf.sum(conv2d(conv2d(x, frozen as tf.Tensor4D, b), trained as tf.Tensor4D)) as tf.Scalar);
      expect(Object.keys(grads)).toEqual([trained.name]);
      expect(ran()).toEqual({dx: 0, dw: 1});
      tf.dispose([value, grads, frozen, trained]);
    });
    it('without differentiation: nothing runs, nothing is kept', async () => {
      const {x, w, b} = inputs();
      await expectNoLeaks(() => conv2d(x, w, b));
      expect(ran()).toEqual({dx: 0, dw: 0});
    });
  });

  it('can be differentiated when called inside an inner tidy', async () => {
    const [x, w] = [random<tf.Rank.R4>([2, 5, 5, 2], 1), random<tf.Rank.R4>([3, 3, 2, 3], 2)];
    const plain = tf.grads((a, f) => conv2d(a as tf.Tensor4D, f as tf.Tensor4D))([x, w]);
    const inner = tf.grads((a, f) => tf.tidy(() => {
      const filter = tf.mul(f, 1) as tf.Tensor4D;
      return conv2d(tf.mul(a, 1) as tf.Tensor4D, filter);
    }))([x, w]);
    await expectClose(inner[0]!, plain[0]!);
    await expectClose(inner[1]!, plain[1]!);
  });

  it('takes nested numbers', async () => {
    await expectClose(conv2d([[[[1], [2]], [[3], [4]]]], [[[[10]]]], [1]), [[[[11], [21]], [[31], [41]]]]);
  });

  it('takes null for no options', async () => {
    const [x, w] = [random<tf.Rank.R4>([1, 4, 5, 2], 1), random<tf.Rank.R4>([3, 2, 2, 3], 2)];
    await expectClose(conv2d(x, w, null, null as never), conv2d(x, w));
  });

  it('rows and columns that no window reaches get zero gradient', async () => {
    const dx = tf.grad((x) => conv2d(x as tf.Tensor4D, tf.ones([2, 2, 1, 1])))(tf.ones([1, 3, 3, 1]));
    await expectClose(tf.squeeze(dx), [[1, 2, 1], [2, 4, 2], [1, 2, 1]]);
    const strided = tf.grad((x) => conv2d(x as tf.Tensor4D, tf.ones([2, 2, 1, 1]), null, {strides: 2}))(tf.ones([1, 3, 3, 1]));
    await expectClose(tf.squeeze(strided), [[1, 1, 0], [1, 1, 0], [0, 0, 0]]);
  });

  it('NaN stays NaN in every window that sees it, and only there', async () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, NaN], [1, 1, 6, 1]);
    await expectClose(tf.squeeze(conv2d(x, tf.ones([1, 2, 1, 1]))), [3, 5, 7, 9, NaN]);
  });

  const given = (xShape: number[], wShape: number[], bShape?: number[]) => () =>
    [tf.zeros(xShape), tf.zeros(wShape), ...(bShape ? [tf.zeros(bShape)] : [])];
  const usual = given([2, 5, 6, 4], [3, 3, 4, 2]);
  const withOptions = (title: string, options: object, message: RegExp): Refusal =>
    ({title, given: usual, call: (x: tf.Tensor4D, w: tf.Tensor4D) => conv2d(x, w, null, options), message});
  const plain = (x: tf.Tensor4D, w: tf.Tensor4D, b?: tf.Tensor1D) => conv2d(x, w, b);

  itRefuses('conv2d', [
    {title: 'x of rank 3', given: given([5, 6, 4], [3, 3, 4, 2]), call: plain, message: /x must have rank 4.*Got rank 3, \[5,6,4\]/},
    {title: 'a filter of rank 2', given: given([2, 5, 6, 4], [3, 3]), call: plain, message: /filter must have rank 4 \(\[kh, kw, C \/ groups, K\]\)\. Got rank 2, \[3,3\]/},
    {title: 'a bias of rank 2', given: given([2, 5, 6, 4], [3, 3, 4, 2], [1, 2]), call: plain, message: /bias must have rank 1 \(\[K\]\)/},
    {title: 'x of int32', given: () => [tf.zeros([1, 3, 3, 1], 'int32'), tf.zeros([2, 2, 1, 1])], call: plain,
      message: /x must be float32\. Got a int32 tensor \[1,3,3,1\]\. Cast it/},
    {title: 'a filter of bool', given: () => [tf.zeros([1, 3, 3, 1]), tf.zeros([2, 2, 1, 1], 'bool')], call: plain,
      message: /filter must be float32/},
    {title: 'a bias of int32', given: () => [tf.zeros([1, 3, 3, 1]), tf.zeros([2, 2, 1, 1]), tf.zeros([1], 'int32')],
      call: plain, message: /bias must be float32/},
    {title: 'other channels', given: given([2, 8, 8, 3], [3, 3, 4, 8]), call: plain,
      message: /x has 3 channels but filter expects 4 \(filter\.shape\[2\] \* groups\)\. Got x \[2,8,8,3\], filter \[3,3,4,8\]\. Check/},
    {title: 'a filter of one channel for three', given: given([2, 8, 8, 3], [3, 3, 1, 8]), call: plain,
      message: /x has 3 channels but filter expects 1/},
    {title: 'channels in the other data format', given: usual,
      call: (x: tf.Tensor4D, w: tf.Tensor4D) => conv2d(x, w, null, {dataFormat: 'channelsFirst'}),
      message: /x has 5 channels but filter expects 4.*dataFormat/},
    {title: 'a bias of another length', given: given([2, 5, 6, 4], [3, 3, 4, 2], [3]), call: plain,
      message: /bias must have one entry per filter, \[2\]\. Got \[3\]\. Pass/},
    {title: 'a window larger than x', given: given([2, 5, 2, 4], [3, 3, 4, 2]), call: plain,
      message: /a window of 3 .*does not fit the padded width 2 .*Use a smaller kernel or more padding/},
    {title: 'a window larger than the padded x', given: given([2, 2, 9, 4], [5, 3, 4, 2]),
      call: (x: tf.Tensor4D, w: tf.Tensor4D) => conv2d(x, w, null, {padding: 1}),
      message: /a window of 5 .*does not fit the padded height 4/},
    withOptions('a dilated window larger than x', {dilationRate: 3}, /a window of 7 \(kernel 3, dilation 3\).*height 5/),
    withOptions('stride 0', {strides: 0}, /strides must be a whole number of at least 1 or a pair.*Got 0/),
    withOptions('a negative stride', {strides: [1, -2]}, /strides must.*Got \[1,-2\]/),
    withOptions('half a stride', {strides: 1.5}, /strides must.*Got 1\.5/),
    withOptions('three strides', {strides: [1, 1, 1]}, /strides must.*Got \[1,1,1\]/),
    withOptions('stride NaN', {strides: NaN}, /strides must.*Got NaN/),
    withOptions('a stride in words', {strides: '2'}, /strides must.*Got '2'/),
    withOptions('dilation 0', {dilationRate: 0}, /dilationRate must be a whole number of at least 1.*Got 0/),
    withOptions('half a dilation', {dilationRate: [1, 2.5]}, /dilationRate must.*Got \[1,2\.5\]/),
    withOptions('negative padding', {padding: -1}, /padding must be 'valid', 'same', a whole number of at least 0.*Got -1/),
    withOptions('padding NaN', {padding: NaN}, /padding must.*Got NaN/),
    withOptions('padding NaN on a side', {padding: [[0, 0], [NaN, 0]]}, /padding must.*Got \[\[0,0\],\[NaN,0\]\]/),
    withOptions('half a padding', {padding: [0.5, 1]}, /padding must.*Got \[0\.5,1\]/),
    withOptions('a misspelt padding', {padding: 'SAME'}, /padding must.*Got 'SAME'/),
    withOptions('a list of three paddings', {padding: [1, 1, 1]}, /padding must/),
    withOptions('groups that do not divide the channels', {groups: 3}, /groups \(3\) must divide the channels of x \(4\).*Change/),
    withOptions('groups that do not divide the filters', {groups: 4}, /groups \(4\) must divide.*number of filters \(2\)/),
    withOptions('groups that leave other channels', {groups: 2}, /x has 4 channels but filter expects 8/),
    withOptions('0 groups', {groups: 0}, /groups must be a whole number of at least 1\. Got 0/),
    withOptions('half a group', {groups: 0.5}, /groups must be a whole number/),
    withOptions('a group and a half', {groups: 1.5}, /groups must be a whole number of at least 1\. Got 1\.5/),
    {title: 'groups that divide the filters alone', given: given([2, 5, 6, 3], [3, 3, 1, 2]),
      call: (x: tf.Tensor4D, w: tf.Tensor4D) => conv2d(x, w, null, {groups: 2}),
      message: /groups \(2\) must divide the channels of x \(3\)/},
    withOptions('an unknown data format', {dataFormat: 'NHWC'}, /dataFormat must be one of 'channelsLast', 'channelsFirst'\. Got 'NHWC'/),
    withOptions('a misspelt option', {stride: 2}, /unknown option stride\. Known are strides, padding, dilationRate, dataFormat, exactFit, groups/),
    withOptions('an exactFit that is no boolean', {exactFit: 1}, /exactFit must be true or false\. Got 1/),
    withOptions('sizes that do not divide with exactFit', {strides: 2, exactFit: true},
      /exactFit: \(W - F \+ 2P\)\/S \+ 1 = \(6 - 3 \+ 0\)\/2 \+ 1 is not a whole number along the width\. Use width 5 or 7\.$/),
    {title: 'options that are a number', given: usual, call: (x: tf.Tensor4D, w: tf.Tensor4D) => conv2d(x, w, null, 2 as never),
      message: /options must be an object.*Got 2/},
    {title: 'an empty batch', given: given([0, 5, 6, 4], [3, 3, 4, 2]), call: plain, message: /x is empty: \[0,5,6,4\]\. Pass one whose/},
    {title: 'no filters', given: given([2, 5, 6, 4], [3, 3, 4, 0]), call: plain, message: /filter is empty/},
    {title: 'no x', call: () => conv2d(null as never, [[[[1]]]]), message: /x must be a tensor or nested numbers of one shape\. Got null/},
    {title: 'x in words', call: () => conv2d('x' as never, [[[[1]]]]), message: /x must be a tensor.*Got 'x'/},
    {title: 'ragged numbers', call: () => conv2d([[[[1], [2, 3]]]], [[[[1]]]]), message: /x must be a tensor or nested numbers/},
    {title: 'a disposed x', given: () => {
      const x = tf.zeros([1, 3, 3, 1]);
      x.dispose();
      return [x, tf.zeros([2, 2, 1, 1])];
    }, call: plain, message: /x \[1,3,3,1\] is disposed/},
    {title: 'a dout of another shape', given: () => [tf.zeros([1, 3, 3, 2]), ...usual()],
      call: (dout: tf.Tensor4D, x: tf.Tensor4D, w: tf.Tensor4D) => tidy(() => conv2dBackward(dout, conv2dForward(x, w).cache)),
      message: /^conv2dBackward: dout must have the shape of out, \[2,3,4,2\]\. Got \[1,3,3,2\]/},
    {title: 'what is no cache', given: usual, call: (x: tf.Tensor4D, w: tf.Tensor4D) =>
      tidy(() => conv2dBackward(x, conv2dForward(x, w) as never)),
      message: /^conv2dBackward: cache must be the one that conv2dForward returned\. Got \{out, cache\}/},
  ]);

  it('a refused call inside tf.grads leaves nothing behind', async () => {
    const [x, w] = [random<tf.Rank.R4>([1, 5, 5, 2], 1), random<tf.Rank.R4>([3, 3, 3, 3], 2)];
    await expectNoLeaks(() => expect(() => tf.grad((f) => conv2d(x, f as tf.Tensor4D))(w)).toThrowError(/conv2d: x has 2/));
    expect(backend).toBe(tf.getBackend());
  });
});
