import {array, col2im, convBackward, convForward, im2col} from '../../src/reference';
import type {ConvOptions, Im2colOptions, ReferenceArray} from '../../src/reference';
import {itThrows} from '../support/messages';
import {expectGradient, numericGradient, randomArray} from '../support/numeric_gradient';

const values = (x: ReferenceArray) => Array.from(x.data);
const ones = (shape: number[]) => array(shape, new Array(shape.reduce((n, size) => n * size, 1)).fill(1));

interface ConvCase {
  title: string;
  x: number[];
  w: number[];
  options: ConvOptions;
  out: number[];
}

const cases: ConvCase[] = [
  {title: 'S=1 P=0', x: [2, 3, 4, 5], w: [2, 3, 3, 2], options: {stride: 1, pad: 0}, out: [2, 2, 2, 4]},
  {title: 'no options', x: [1, 2, 3, 4], w: [3, 2, 2, 2], options: {}, out: [1, 3, 2, 3]},
  {title: 'S=2 P=1', x: [1, 3, 5, 5], w: [2, 3, 3, 3], options: {stride: 2, pad: 1}, out: [1, 2, 3, 3]},
  {title: 'S=[2,3] P=[0,2]', x: [2, 2, 5, 4], w: [2, 2, 2, 3], options: {stride: [2, 3], pad: [0, 2]},
    out: [2, 2, 2, 2]},
  {title: 'P=[[1,0],[2,3]]', x: [1, 2, 3, 4], w: [2, 2, 2, 3], options: {stride: 1, pad: [[1, 0], [2, 3]]},
    out: [1, 2, 3, 7]},
  {title: 'D=2', x: [1, 2, 5, 6], w: [2, 2, 2, 3], options: {stride: 1, pad: 1, dilation: 2}, out: [1, 2, 5, 4]},
  {title: 'D=[1,3] S=[3,2]', x: [1, 1, 5, 7], w: [2, 1, 3, 2], options: {stride: [3, 2], pad: 1, dilation: [1, 3]},
    out: [1, 2, 2, 3]},
  {title: 'groups=2', x: [2, 4, 3, 3], w: [6, 2, 2, 2], options: {stride: 1, pad: 0, groups: 2}, out: [2, 6, 2, 2]},
  {title: 'groups=3, depthwise, S=2 P=[[0,1],[1,0]] D=2', x: [1, 3, 5, 4], w: [3, 1, 2, 2],
    options: {stride: 2, pad: [[0, 1], [1, 0]], dilation: 2, groups: 3}, out: [1, 3, 2, 2]},
  {title: 'rows and columns left over', x: [1, 1, 6, 7], w: [1, 1, 2, 2], options: {stride: 3, pad: 0},
    out: [1, 1, 2, 2]},
  {title: '1x1', x: [2, 3, 2, 3], w: [4, 3, 1, 1], options: {stride: 1, pad: 0}, out: [2, 4, 2, 3]},
];

describe('reference convForward', () => {
  it('computes the demo: 5x5x3, K=2 F=3 S=2 P=1', () => {
    // x[c, h, w] = h for c = 0, w for c = 1, 1 for c = 2; filter 0 sums the first channel, filter 1 takes the middle
    // of the second and counts, with minus the third, the pixels of its region that are not padding.
    const x = array([1, 3, 5, 5], [
      0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4,
      0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4,
      ...new Array(25).fill(1),
    ]);
    const zero = new Array(9).fill(0);
    const w = array([2, 3, 3, 3], [
      ...new Array(9).fill(1), ...zero, ...zero,
      ...zero, 0, 0, 0, 0, 1, 0, 0, 0, 0, ...new Array(9).fill(-1),
    ]);
    const {out} = convForward(x, w, array([2], [1, 0]), {stride: 2, pad: 1});
    expect(out.shape).toEqual([1, 2, 3, 3]);
    expect(values(out)).toEqual([
      3, 4, 3, 13, 19, 13, 15, 22, 15,
      -4, -4, 0, -6, -7, -2, -4, -4, 0,
    ]);
  });

  it('gives 3/36 for two dice that add up to 4', () => {
    // out[s] = sum over a of f[a] * g[s - a]: a padded convolution of f with g turned round.
    const dice = new Array(6).fill(1 / 6);
    const f = array([1, 1, 1, 6], dice);
    const g = array([1, 1, 1, 6], [...dice].reverse());
    const {out} = convForward(f, g, null, {stride: 1, pad: [0, 5]});
    expect(out.shape).toEqual([1, 1, 1, 11]);
    values(out).forEach((p, i) => expect(p).toBeCloseTo((6 - Math.abs(i - 5)) / 36, 15));
    expect(out.data[4 - 2]).toBeCloseTo(3 / 36, 15);
  });

  it('is a matrix product per pixel for 1x1 filters', () => {
    const x = array([1, 2, 1, 2], [1, 2, 10, 20]);
    const w = array([3, 2, 1, 1], [1, 1, 2, 0, 0, -1]);
    expect(values(convForward(x, w, null, {stride: 1, pad: 0}).out)).toEqual([11, 22, 2, 4, -10, -20]);
  });

  it('does not flip the filter, nor swap rows and columns', () => {
    const x = array([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
    const w = array([1, 1, 2, 2], [1, 10, 100, 1000]);
    expect(values(convForward(x, w, null, {stride: 1, pad: 0}).out)).toEqual([5421, 6532]);
  });

  it('shows each group its own channels', () => {
    const x = array([1, 4, 1, 1], [1, 10, 100, 1000]);
    const w = array([4, 2, 1, 1], [1, 1, 1, 2, 1, 1, 1, 2]);
    expect(values(convForward(x, w, null, {groups: 2}).out)).toEqual([11, 21, 1100, 2100]);
  });

  it('adds the bias of each filter', () => {
    const {out} = convForward(array([1, 1, 1, 2], [0, 0]), ones([2, 1, 1, 1]), array([2], [3, 4]));
    expect(values(out)).toEqual([3, 3, 4, 4]);
  });

  it('leaves x, w and b as they were', () => {
    const [x, w, b] = [randomArray([1, 2, 3, 3], 1), randomArray([2, 2, 2, 2], 2), randomArray([2], 3)];
    const before = [x, w, b].map(values);
    const {out, cache} = convForward(x, w, b, {stride: 1, pad: 1});
    convBackward(out, cache);
    expect([x, w, b].map(values)).toEqual(before);
  });
});

describe('reference convBackward', () => {
  cases.forEach(({title, x: xShape, w: wShape, options, out: outShape}, i) => {
    it(`matches central differences: x=${xShape} w=${wShape} ${title}`, () => {
      const x = randomArray(xShape, 10 * i + 1);
      const w = randomArray(wShape, 10 * i + 2);
      const b = randomArray([wShape[0]], 10 * i + 3);
      const {out, cache} = convForward(x, w, b, options);
      expect(out.shape).toEqual(outShape);
      const dout = randomArray(out.shape, 10 * i + 4);
      const {dx, dw, db} = convBackward(dout, cache);
      expectGradient(dx, numericGradient((moved) => convForward(moved, w, b, options).out, x, dout), 'dx');
      expectGradient(dw, numericGradient((moved) => convForward(x, moved, b, options).out, w, dout), 'dw');
      expectGradient(db, numericGradient((moved) => convForward(x, w, moved, options).out, b, dout), 'db');
    });
  });

  it('gives rows and columns that no window reaches a zero', () => {
    const {out, cache} = convForward(ones([1, 1, 3, 4]), ones([1, 1, 2, 2]), null, {stride: 2, pad: 0});
    expect(out.shape).toEqual([1, 1, 1, 2]);
    expect(values(convBackward(ones(out.shape), cache).dx)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
  });

  it('has no db without a bias', () => {
    const {out, cache} = convForward(ones([1, 1, 2, 2]), ones([1, 1, 1, 1]), null, {stride: 1, pad: 0});
    expect(convBackward(out, cache).db).toBeNull();
  });
});

describe('reference im2col', () => {
  const x = array([2, 2, 2, 3], [...Array(24).keys()]);

  it('has rows in the order (c, u, v) and columns image by image', () => {
    const cols = im2col(x, {kernelSize: [2, 2], stride: 1, pad: 0});
    expect(cols.shape).toEqual([8, 4]);
    expect(values(cols)).toEqual([
      0, 1, 12, 13, 1, 2, 13, 14, 3, 4, 15, 16, 4, 5, 16, 17,
      6, 7, 18, 19, 7, 8, 19, 20, 9, 10, 21, 22, 10, 11, 22, 23,
    ]);
  });

  it('fills in zeros for the padding and goes through positions row by row', () => {
    const cols = im2col(array([1, 1, 2, 2], [1, 2, 3, 4]), {kernelSize: [1, 2], stride: 1, pad: [[0, 0], [1, 0]]});
    expect(cols.shape).toEqual([2, 4]);
    expect(values(cols)).toEqual([0, 1, 0, 3, 1, 2, 3, 4]);
  });

  const options: Im2colOptions[] = [
    {kernelSize: 2}, {kernelSize: [2, 1], stride: [1, 2], pad: [[1, 0], [0, 2]]},
    {kernelSize: [1, 2], dilation: 2, pad: 1, stride: 2}, {kernelSize: [3, 2], dilation: [2, 3], pad: [1, 0]},
    {kernelSize: [2, 3], stride: [2, 1], pad: [1, 0]},
  ];
  options.forEach((option) => {
    it(`turns the convolution into one matrix product: ${JSON.stringify(option)}`, () => {
      const [height, width] = Array.isArray(option.kernelSize) ? option.kernelSize : [2, 2];
      const images = randomArray([2, 2, 3, 4], 5);
      const w = randomArray([3, 2, height, width], 6);
      const {kernelSize: _, ...window} = option;
      const {out} = convForward(images, w, null, window);
      const cols = im2col(images, option);
      const [N, F, outHeight, outWidth] = out.shape;
      expect(cols.shape).toEqual([2 * height * width, N * outHeight * outWidth]);
      for (let n = 0; n < N; n++) {
        for (let f = 0; f < F; f++) {
          for (let position = 0; position < outHeight * outWidth; position++) {
            let sum = 0;
            for (let row = 0; row < cols.shape[0]; row++) {
              sum += w.data[f * cols.shape[0] + row] *
                cols.data[row * cols.shape[1] + n * outHeight * outWidth + position];
            }
            expect(sum).toBeCloseTo(out.data[(n * F + f) * outHeight * outWidth + position], 12);
          }
        }
      }
    });

    it(`has col2im for its backward: ${JSON.stringify(option)}`, () => {
      const images = randomArray([2, 2, 3, 4], 7);
      const dcols = randomArray(im2col(images, option).shape, 8);
      const numeric = numericGradient((moved) => im2col(moved, option), images, dcols);
      expectGradient(col2im(dcols, images.shape, option), numeric, 'dx');
    });
  });
});

describe('reference conv and im2col refuse', () => {
  const x = ones([1, 3, 4, 5]);
  const w = ones([2, 3, 3, 3]);
  const b = ones([2]);
  const {out, cache} = convForward(x, w, b, {stride: 1, pad: 0});
  const conv = (options: object) => () => convForward(x, w, b, options);
  const wrong = (value: unknown) => value as ReferenceArray;

  const refusals: Array<[string, () => unknown, RegExp]> = [
    ['channels', () => convForward(x, ones([2, 4, 3, 3]), b),
      /^convForward: x has 3 channels but w expects 4 \(w\.shape\[1\] \* groups\)\. Got x \[1,3,4,5\], w \[2,4,3,3\]/],
    ['a 1-channel filter', () => convForward(x, ones([2, 1, 3, 3]), b), /x has 3 channels but w expects 1/],
    ['channels of groups', () => convForward(x, w, b, {groups: 3}), /x has 3 channels but w expects 9 .* groups 3/],
    ['groups that do not divide', () => convForward(ones([1, 4, 4, 4]), ones([3, 2, 2, 2]), null, {groups: 2}),
      /2 groups do not divide the 3 filters/],
    ['groups 0', conv({groups: 0}), /groups must be a whole number >= 1\. Got 0/],
    ['groups 1.5', conv({groups: 1.5}), /groups must be a whole number >= 1\. Got 1\.5/],
    ['x of rank 3', () => convForward(ones([3, 4, 5]), w, b),
      /x must have 4 axes, \[N, C, H, W\]\. Got shape \[3,4,5\]/],
    ['w of rank 3', () => convForward(x, ones([3, 3, 3]), b), /w must have 4 axes/],
    ['x that is not an array', () => convForward(wrong([1, 2]), w, b),
      /x must be \{shape: number\[\], data: Float64Array\}\. Got \[1,2\]/],
    ['x that is missing', () => convForward(wrong(undefined), w, b), /x must be \{shape.*Got undefined/],
    ['data of float32', () => convForward(wrong({shape: [1, 1, 1, 1], data: new Float32Array(1)}), w, b),
      /Got an array of shape \[1,1,1,1\] with data a Float32Array\. Make one with reference\.array/],
    ['data of the wrong length', () => convForward({shape: [1, 3, 4, 5], data: new Float64Array(59)}, w, b),
      /x of shape \[1,3,4,5\] needs 60 values\. Got 59/],
    ['an empty batch', () => convForward({shape: [0, 3, 4, 5], data: new Float64Array(0)}, w, b),
      /every size of x must be a whole number >= 1\. Got shape \[0,3,4,5\]/],
    ['b of the wrong length', () => convForward(x, w, ones([3])),
      /b must have shape \[2\], one bias per filter.*Got \[3\]/],
    ['b of the wrong rank', () => convForward(x, w, ones([2, 1])), /b must have shape \[2\].*Got \[2,1\]/],
    ['stride 0', conv({stride: 0}), /stride must be a whole number >= 1, or two of them \[y, x\]\. Got 0/],
    ['stride 1.5', conv({stride: [1, 1.5]}), /stride must be.*Got \[1,1\.5\]/],
    ['three strides', conv({stride: [1, 1, 1]}), /stride must be.*Got \[1,1,1\]/],
    ['dilation 0', conv({dilation: [0, 1]}), /dilation must be a whole number >= 1.*Got \[0,1\]/],
    ['a negative pad', conv({pad: -1}), /pad must be a whole number >= 0.*Got -1/],
    ['a negative side', conv({pad: [[1, -1], [0, 0]]}), /pad must be.*Got \[\[1,-1\],\[0,0\]\]/],
    ['a NaN pad', conv({pad: NaN}), /pad must be.*Got NaN/],
    ['a pad in words', conv({pad: 'same'}), /pad must be.*Got 'same'/],
    ['a lopsided pad', conv({pad: [1, [0, 1]]}), /pad must be.*Got \[1,\[0,1\]\]/],
    ['a pad of one side', conv({pad: [[1, 2], [3]]}), /pad must be.*Got \[\[1,2\],\[3\]\]/],
    ['three pads', conv({pad: [1, 1, 1]}), /pad must be.*Got \[1,1,1\]/],
    ['a filter that does not fit', () => convForward(x, ones([2, 3, 5, 3]), b),
      /the window spans 5x3 \(size 5x3, dilation 1x1\) but the padded image is only 4x5/],
    ['a dilated filter that does not fit', conv({dilation: [1, 3]}), /the window spans 3x7 \(size 3x3, dilation 1x3\)/],
    ['an unknown option', conv({strides: 2}),
      /^convForward: unknown option 'strides'\. The options are stride, pad, dilation, groups/],
    ['options that are no object', () => convForward(x, w, b, 2 as ConvOptions), /options must be an object.*Got 2/],
    ['dout of another shape', () => convBackward(x, cache),
      /^convBackward: dout must have shape \[1,2,2,3\], the shape of out\. Got \[1,3,4,5\]/],
    ['no cache', () => convBackward(out, undefined as never), /cache must be the one that convForward returned/],
    ['an empty cache', () => convBackward(out, {} as never), /^convBackward: cache must be the one that convForward/],
    ['im2col without a kernelSize', () => im2col(x, {} as Im2colOptions), /^im2col: kernelSize must be.*Got undefined/],
    ['im2col of rank 3', () => im2col(ones([3, 4, 5]), {kernelSize: 2}), /^im2col: x must have 4 axes/],
    ['im2col of an unknown option', () => im2col(x, {kernelSize: 2, groups: 1} as Im2colOptions), /option 'groups'/],
    ['im2col that does not fit', () => im2col(x, {kernelSize: [2, 6]}), /^im2col: the window spans 2x6/],
    ['col2im of another shape', () => col2im(ones([12, 11]), [1, 3, 4, 5], {kernelSize: 2}),
      /^col2im: cols must have shape \[12,12\].*Got \[12,11\]/],
    ['col2im to another rank', () => col2im(ones([12, 12]), [3, 4, 5], {kernelSize: 2}),
      /^col2im: xShape must be four sizes/],
    ['col2im to no shape', () => col2im(ones([12, 12]), undefined as never, {kernelSize: 2}),
      /^col2im: xShape must be four sizes.*Got undefined/],
    ['col2im to something with a length', () => col2im(ones([12, 12]), 'NCHW' as never, {kernelSize: 2}),
      /^col2im: xShape must be four sizes.*Got 'NCHW'/],
    ['col2im without a kernelSize', () => col2im(ones([12, 12]), [1, 3, 4, 5], {} as Im2colOptions),
      /^col2im: kernelSize must be.*Got undefined/],
    ['col2im to an empty image', () => col2im(ones([12, 12]), [1, 3, 0, 5], {kernelSize: 2}),
      /^col2im: xShape\[2\] must be a whole number >= 1\. Got 0/],
    ['an array of the wrong length', () => array([2, 2], [1, 2, 3]), /^array: .*needs 4 values\. Got 3/],
  ];
  itThrows(refusals, '');
});
