/** Which way a kernel goes where it has several: all are right, so that values alone do not tell. */
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import {kernels} from '../../src/backends';
import {defaultKernels} from '../../src/backends/default';
import {withoutIdleStrides} from '../../src/backends/default/conv';
import {sumInBlocks} from '../../src/backends/default/dense';
import {spreadOut} from '../../src/backends/default/windows';
import {hasNativeOps} from '../../src/backends/tensorflow/native_ops';
import {thresholds} from '../../src/backends/tensorflow/thresholds';
import {normalizeColumns, normalizeColumnsBy, normalizeColumnsGrad} from '../../src/ops/batch_norm';
import {dropoutMask} from '../../src/ops/dropout_mask';
import {normalizeRows, normalizeRowsGrad} from '../../src/ops/layer_norm';
import {rowLosses} from '../../src/ops/softmax_loss';
import {backendNames, describeOnBackends} from '../support/backends';
import {geometryOf} from '../support/kernel_specs';
import type {WindowCase} from '../support/kernel_specs';

type Pair = [number, number];
type Run = 'conv2d' | 'conv2dInputGrad' | 'conv2dFilterGrad' | 'conv2dRelu' | 'conv2dWeightGrads';

/** The tensors of a convolution of this case, and the kernel called with them. */
function runConv(own: typeof defaultKernels, run: Run, c: WindowCase, hasBias = false): void {
  const g = geometryOf(c);
  const x: Tensor4D = tf.ones(c.x);
  const w: Tensor4D = tf.ones([...g.kernel, g.channels / g.groups, g.filters]);
  const dout: Tensor4D = tf.ones([g.batch, ...g.outSize, g.filters]);
  const b = hasBias ? tf.ones<tf.Rank.R1>([g.filters]) : null;
  if (run === 'conv2d') own.conv2d(x, w, b, g);
  else if (run === 'conv2dRelu') own.conv2dRelu!(x, w, b, g);
  else if (run === 'conv2dInputGrad') own.conv2dInputGrad(dout, w, g);
  else if (run === 'conv2dFilterGrad') own.conv2dFilterGrad(x, dout, g);
  else own.conv2dWeightGrads!(x, dout, g);
}

if (backendNames.includes('tensorflow')) describe('ways of the tensorflow backend [tensorflow]', declareTensorFlow);

function declareTensorFlow(): void {
  beforeAll(() => tf.setBackend('tensorflow'));
  beforeEach(() => {
    if (!hasNativeOps()) pending('this tfjs-node was not set up by setup-node');
  });

  interface Op {
    name: string;
    attributes: Array<{name: string, type: number, value: unknown}>;
  }

  /** The ops of TensorFlow that f runs, our own and those that it names, without what only moves or makes tensors. */
  function watch(f: () => void): Op[] {
    const backend = tf.backend() as unknown as {[name: string]: (...args: unknown[]) => unknown};
    const ops: Op[] = [];
    for (const method of methods) {
      const own = backend[method]!;
      backend[method] = (...args) => {
        ops.push({name: args[0] as string, attributes: args[1] as Op['attributes']});
        return own.apply(backend, args);
      };
    }
    try {
      tf.tidy(f);
    } finally {
      for (const method of methods) Reflect.deleteProperty(backend, method);  // the class's own again
    }
    return ops.filter(({name}) => /^Explicit|^Conv|MatMul/.test(name));
  }
  const opsOf = (f: () => void) => watch(f).map(({name}) => name);
  const methods = ['executeSingleOutput', 'executeMultipleOutputs'];

  const {vector, largestPatch, largestNarrowPatch, largestFilter, fewTerms, fewRows} = thresholds;
  const pointwise = (channels: number, filters: number): WindowCase =>
    ({title: '', x: [1, 2, 2, channels], kernel: [1, 1], filters});
  const squares = (channels: number, filters: number): WindowCase =>
    ({title: '', x: [1, 3, 3, channels], kernel: [2, 2], filters});
  const ways: Array<[string, Run, WindowCase, boolean, string[]]> = [
    ['the largest patch', 'conv2d', pointwise(largestPatch, 2 * vector), true, ['ExplicitConv']],
    ['a larger patch', 'conv2d', pointwise(largestPatch + 1, 2 * vector), false, ['Conv2D']],
    ['a larger patch with a bias', 'conv2d', pointwise(largestPatch + 1, 2 * vector), true, ['Conv2D', 'ExplicitAddBias']],
    ['the largest narrow patch', 'conv2d', pointwise(largestNarrowPatch, vector), false, ['ExplicitConv']],
    ['a larger narrow patch', 'conv2d', pointwise(largestNarrowPatch + 1, vector), false, ['Conv2D']],
    ['filters that fill no vector', 'conv2d', pointwise(2, vector + 1), false, ['Conv2D']],
    ['two groups', 'conv2d', {...pointwise(4, 2 * vector), groups: 2}, false, ['Conv2D']],
    ['a patch of several rows', 'conv2d', {title: '', x: [1, 4, 4, largestPatch / 5 + 1], kernel: [5, 1], filters: 16,
      padding: [[2, 2], [0, 0]]}, false, ['Conv2D']],
    ['relu of ours', 'conv2dRelu', pointwise(3, vector), false, ['ExplicitConv']],
    ['relu with the bias', 'conv2dRelu', pointwise(2, vector + 1), true, ['Conv2D', 'ExplicitAddBias']],
    ['relu without a bias', 'conv2dRelu', pointwise(2, vector + 1), false, ['Conv2D', 'ExplicitRelu']],
    ['dx', 'conv2dInputGrad', pointwise(2, 3), false, ['Conv2DBackpropInput']],
    ['dx of dilated windows, of rows', 'conv2dInputGrad', {title: '', x: [1, 5, 5, 2], kernel: [2, 2], dilation: [2, 1]}, false,
      ['Conv2D']],
    ['dx of dilated windows, of columns', 'conv2dInputGrad', {title: '', x: [1, 5, 5, 2], kernel: [2, 2], dilation: [1, 2]},
      false, ['Conv2D']],
    ['dw', 'conv2dFilterGrad', pointwise(512, largestFilter / 512), false, ['ExplicitConvWeightGrads']],
    ['a larger dw', 'conv2dFilterGrad', pointwise(512, largestFilter / 512 + 1), false, ['Conv2DBackpropFilter']],
    ['dw of as many taps as it may have', 'conv2dFilterGrad', squares(256, largestFilter / 4 / 256), false,
      ['ExplicitConvWeightGrads']],
    ['dw of more taps', 'conv2dFilterGrad', squares(256, largestFilter / 4 / 256 + 1), false, ['Conv2DBackpropFilter']],
    ['dw of two groups', 'conv2dFilterGrad', {...pointwise(4, 4), groups: 2}, false,
      ['Conv2DBackpropFilter', 'Conv2DBackpropFilter']],
    ['dw of two groups, dilated', 'conv2dFilterGrad', {title: '', x: [1, 5, 5, 2], kernel: [2, 2], dilation: [1, 2], groups: 2},
      false, ['Conv2D', 'Conv2D']],
    ['dw and db', 'conv2dWeightGrads', pointwise(2, 3), false, ['ExplicitConvWeightGrads']],
    ['a larger dw, and db', 'conv2dWeightGrads', pointwise(512, largestFilter / 512 + 1), false,
      ['Conv2DBackpropFilter', 'ExplicitColumnSum']],
  ];
  for (const [title, run, c, hasBias, names] of ways) {
    it(`${run}: ${title}`, () => {
      expect(opsOf(() => runConv(kernels(), run, c, hasBias))).toEqual(names);
    });
  }

  const valueOf = ({attributes}: Op, attribute: string) => attributes.find(({name}) => name === attribute)?.value;
  const paddings: Array<[title: string, run: Run, c: Partial<WindowCase>, padding: string]> = [
    ['none', 'conv2d', {}, 'VALID'],
    ['none', 'conv2dInputGrad', {}, 'VALID'],
    ['none of dilated windows', 'conv2dFilterGrad', {dilation: [2, 1], groups: 2}, 'VALID'],
    ['on all sides', 'conv2d', {padding: [[1, 1], [1, 1]]}, 'EXPLICIT'],
    ['on one side', 'conv2d', {padding: [[0, 0], [1, 0]]}, 'EXPLICIT'],
    ['that keeps the size', 'conv2dInputGrad', {padding: [[1, 1], [1, 1]]}, 'SAME'],
    ['that keeps the size of rows alone', 'conv2dInputGrad', {padding: [[1, 1], [0, 0]]}, 'EXPLICIT'],
    ['of two rows above', 'conv2dInputGrad', {padding: [[2, 1], [1, 1]]}, 'EXPLICIT'],
    ['of two rows below', 'conv2dInputGrad', {padding: [[1, 2], [1, 1]]}, 'EXPLICIT'],
    ['behind, of steps', 'conv2dInputGrad', {x: [1, 6, 6, 2], strides: [2, 2], padding: [[0, 1], [0, 1]]}, 'SAME'],
    ['before, of steps', 'conv2dInputGrad', {x: [1, 6, 6, 2], strides: [2, 2], padding: [[1, 0], [1, 0]]}, 'EXPLICIT'],
  ];
  for (const [title, run, c, padding] of paddings) {
    it(`${run}: padding ${title} is ${padding}, and the type is said`, () => {
      const ops = watch(() => runConv(kernels(), run, {title: '', x: [1, 5, 5, 2], ...c}));
      const {binding} = tf.backend() as unknown as {binding: {TF_FLOAT: number}};
      expect(ops.length).toBeGreaterThan(0);
      for (const op of ops) expect([valueOf(op, 'padding'), valueOf(op, 'T')]).toEqual([padding, binding.TF_FLOAT]);
    });
  }

  it('what is optional is computed in an op of ours', () => {
    const [x, v]: [Tensor2D, tf.Tensor1D] = [tf.ones([4, 3]), tf.ones([3])];
    const rows: tf.Tensor1D = tf.ones([4]);
    const both = {mean: v, variance: v};
    const runs: Array<[op: string, f: () => unknown]> = [
      ['BatchNorm', () => normalizeColumns(x, v, v, 1)],
      ['BatchNormGrad', () => normalizeColumnsGrad(x, x, v, v, v, 1)],
      ['BatchNormInference', () => normalizeColumnsBy(x, v, v, v, v, 1)],
      ['LayerNorm', () => normalizeRows(x, v, v, 1)],
      ['LayerNormGrad', () => normalizeRowsGrad(x, x, v, rows, rows)],
      ['MovingAverages', () => kernels().movingAverages!(both, both, 0.5)],
      ['SoftmaxLossOfClasses', () => rowLosses(x, tf.tensor1d([0, 1, 2, 0], 'int32'))],
      ['SoftmaxLossOfWeights', () => rowLosses(x, x)],
      ['DropoutMask', () => dropoutMask(1, tf.scalar(0, 'int32'), [4, 3], 0.5)],
    ];
    for (const [op, f] of runs) expect(opsOf(f)).withContext(op).toEqual([`Explicit${op}`]);
  });

  it('conv2d: a huge filter on few places is a product of the patches', () => {
    const saved = {...thresholds};
    try {
      Object.assign(thresholds, {hugeFilter: 4 * 30 * 9, fewPlaces: 2 * 3 * 3});
      const huge: WindowCase = {title: '', x: [2, 4, 4, 30], kernel: [2, 2], filters: 9};
      const opsOfConv = (c: WindowCase) => opsOf(() => runConv(kernels(), 'conv2d', c));
      expect(opsOfConv(huge)).toEqual(['BatchMatMulV2']);
      expect(opsOfConv({...huge, x: [3, 4, 4, 30]})).withContext('more places').toEqual(['Conv2D']);
      expect(opsOfConv({...huge, x: [2, 4, 4, 29]})).withContext('a smaller filter').toEqual(['Conv2D']);
      expect(opsOfConv({...huge, x: [2, 3, 3, 120], kernel: [1, 1]})).withContext('no patches').toEqual(['Conv2D']);
      expect(opsOfConv({...huge, x: [2, 4, 4, 60], filters: 10, groups: 2})).withContext('groups').toEqual(['Conv2D']);
    } finally {
      Object.assign(thresholds, saved);
    }
  });

  const products: Array<[string, number, number, number, boolean, boolean, string]> = [
    ['few terms', fewTerms, fewRows + 1, vector, true, false, 'ExplicitTransposedProduct'],
    ['few rows', fewTerms + 1, fewRows, vector, true, false, 'ExplicitTransposedProduct'],
    ['many of both', fewTerms + 1, fewRows + 1, vector, true, false, 'BatchMatMulV2'],
    ['columns that fill no vector', 3, 4, vector + 1, true, false, 'BatchMatMulV2'],
    ['nothing transposed', 3, 3, vector, false, false, 'BatchMatMulV2'],
    ['both transposed', vector, 3, vector, true, true, 'BatchMatMulV2'],
    ['no columns', 3, 4, 0, true, false, 'BatchMatMulV2'],
  ];
  for (const [title, terms, rows, columns, transposeA, transposeB, op] of products) {
    it(`matMul: ${title}`, () => {
      const a: Tensor2D = tf.ones([terms, rows]);
      const b: Tensor2D = tf.ones([terms, columns]);
      expect(opsOf(() => kernels().matMul(a, b, transposeA, transposeB))).toEqual([op]);
    });
  }

  it('affine and affineRelu add the bias in a pass of ours, and none where there is none', () => {
    const [x, w, b] = [tf.ones<tf.Rank.R2>([2, 3]), tf.ones<tf.Rank.R2>([3, 2]), tf.ones<tf.Rank.R1>([2])];
    expect(opsOf(() => kernels().affine(x, w, b))).toEqual(['BatchMatMulV2', 'ExplicitAddBias']);
    expect(opsOf(() => kernels().affine(x, w, null))).toEqual(['BatchMatMulV2']);
    expect(opsOf(() => kernels().affineRelu!(x, w, b))).toEqual(['BatchMatMulV2', 'ExplicitAddBias']);
    expect(opsOf(() => kernels().affineRelu!(x, w, null))).toEqual(['BatchMatMulV2', 'ExplicitRelu']);
  });
}

describeOnBackends('ways of what is composed of tfjs operations', (backend) => {
  /** Which kernels of tfjs f runs, of those that are named. */
  async function kernelsOf(f: () => void, watched: RegExp): Promise<string[]> {
    const {kernels: listed} = await tf.profile(() => {
      tf.tidy(f);
      return tf.scalar(0);
    });
    return listed.map(({name}) => name).filter((name) => watched.test(name));
  }
  const hasGradients = tf.getKernel('Conv2DBackpropFilter', backend) != null;
  const conv = /^Conv2D/;

  const ways: Array<[string, Run, WindowCase, string[]]> = [
    ['dx', 'conv2dInputGrad', {title: '', x: [1, 5, 5, 2]}, ['Conv2DBackpropInput']],
    ['dx, dilated', 'conv2dInputGrad', {title: '', x: [1, 7, 7, 2], dilation: [2, 1]}, ['Conv2D']],
    ['dw', 'conv2dFilterGrad', {title: '', x: [1, 5, 5, 2]}, [hasGradients ? 'Conv2DBackpropFilter' : 'Conv2D']],
    ['dw, dilated', 'conv2dFilterGrad', {title: '', x: [1, 7, 7, 2], dilation: [1, 2]}, ['Conv2D']],
    ['out in groups', 'conv2d', {title: '', x: [1, 5, 5, 4], groups: 2}, ['Conv2D', 'Conv2D']],
  ];
  for (const [title, run, c, names] of ways) {
    it(`${run}: ${title}`, async () => {
      expect(await kernelsOf(() => runConv(defaultKernels, run, c), conv)).toEqual(names);
    });
  }

  const moves = /^(PadV2|Pad|Slice|StridedSlice|MirrorPad|Identity|Concat|Tile)$/;
  it('convolutions without padding pad, cut and join nothing', async () => {
    const c: WindowCase = {title: '', x: [1, 5, 5, 2]};
    for (const run of ['conv2d', 'conv2dInputGrad', 'conv2dFilterGrad'] as const) {
      if (run === 'conv2dFilterGrad' && !hasGradients) continue;
      expect(await kernelsOf(() => runConv(defaultKernels, run, c), moves)).withContext(run).toEqual([]);
    }
  });

  it('pools that tile the image compare once', async () => {
    const compare = /^Equal$/;
    const scatter = (c: Partial<WindowCase>, ties: 'all' | 'first') => kernelsOf(() => {
      const g = geometryOf({title: '', x: [1, 4, 4, 2], kernel: [2, 2], strides: [2, 2], ...c});
      const out: Tensor4D = tf.ones([g.batch, ...g.outSize, g.channels]);
      defaultKernels.maxPoolScatter(out, tf.ones([g.batch, ...g.inSize, g.channels]), out, g, ties);
    }, compare);
    expect((await scatter({}, 'all')).length).toBe(1);
    expect((await scatter({x: [1, 5, 5, 2]}, 'all')).length).toBe(1);
    expect((await scatter({}, 'first')).length).toBe(4);
    expect((await scatter({strides: [1, 2]}, 'all')).length).toBe(4);
  });

  it('pools that tile the image cut and pad what is left over alone', async () => {
    const scatter = (x: WindowCase['x']) => kernelsOf(() => {
      const g = geometryOf({title: '', x, kernel: [2, 2], strides: [2, 2]});
      const out: Tensor4D = tf.ones([g.batch, ...g.outSize, g.channels]);
      defaultKernels.maxPoolScatter(out, tf.ones(x), out, g, 'all');
    }, /^(Slice|PadV2)$/);
    expect(await scatter([1, 4, 6, 2])).toEqual([]);
    expect(await scatter([1, 5, 6, 2])).toEqual(['Slice', 'PadV2']);
    expect(await scatter([1, 4, 7, 2])).toEqual(['Slice', 'PadV2']);
  });

  it('dilated gradients cut and pad what the image asks for alone', async () => {
    const moved = (run: Run, c: Partial<WindowCase>) =>
      kernelsOf(() => runConv(defaultKernels, run, {title: '', x: [1, 7, 7, 2], dilation: [2, 2], ...c}), moves);
    expect(await moved('conv2dInputGrad', {})).toEqual(['Slice']);
    expect(await moved('conv2dInputGrad', {kernel: [2, 2], dilation: [3, 3], strides: [2, 2], x: [1, 6, 6, 2]}))
      .withContext('the last rows and columns, which no window reaches').toContain('PadV2');
    expect(await moved('conv2dFilterGrad', {})).toEqual([]);
    expect(await moved('conv2dFilterGrad', {strides: [2, 1], x: [1, 8, 7, 2]})).toEqual(['Slice']);
  });

  it('pools without padding pad nothing, and mask none', async () => {
    const g = geometryOf({title: '', x: [1, 5, 5, 2], kernel: [2, 2]});
    const [x, out]: Tensor4D[] = [tf.ones([1, 5, 5, 2]), tf.ones([1, 4, 4, 2])];
    const pad = /^(PadV2|LogicalAnd)$/;
    expect(await kernelsOf(() => defaultKernels.maxPool(x!, g), pad)).toEqual([]);
    expect(await kernelsOf(() => defaultKernels.maxPoolGather(x!, x!, out!, g, 'all'), pad)).toEqual([]);
  });

  it('average pools of a whole axis sum it at once', async () => {
    const sums = /^(Sum|AddN|Tile)$/;
    const pooled = (c: Partial<WindowCase>) => kernelsOf(() => {
      const g = geometryOf({title: '', x: [1, 3, 4, 2], ...c});
      defaultKernels.averagePool(tf.ones([1, ...g.inSize, 2]), g);
      defaultKernels.averagePoolGrad(tf.ones([1, ...g.outSize, 2]), g);
    }, sums);
    expect(await pooled({kernel: [3, 4]})).toEqual(['Sum', 'Sum', 'Tile', 'Tile']);
    expect(await pooled({kernel: [3, 2]})).toEqual(['Sum', 'AddN', 'AddN', 'Tile']);
    expect(await pooled({kernel: [2, 4]})).toEqual(['AddN', 'Sum', 'Tile', 'AddN']);
    expect(await pooled({kernel: [3, 4], padding: [[1, 0], [0, 1]]})).toEqual(['AddN', 'AddN', 'AddN', 'AddN']);
  });

  it('a depthwise convolution with one filter for each channel repeats no channel', async () => {
    const tiled = (filters: number) => kernelsOf(() => {
      const g = geometryOf({title: '', x: [1, 4, 4, 2], filters, groups: 2});
      defaultKernels.depthwiseConv2d(tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, filters / 2]), null, g);
    }, /^Tile$/);
    expect(await tiled(2)).toEqual([]);
    expect(await tiled(4)).toEqual(['Tile']);
  });

  it('a column is summed in 16 places at a time, its last rows apart', async () => {
    const summed = async (rows: number) => {
      const shapes: number[][] = [];
      const sums = sumInBlocks(tf.ones([rows, 3]), (block) => {
        shapes.push(block.shape);
        return tf.sum(block, 0);
      });
      expect(Array.from(await sums.data())).toEqual([rows, rows, rows]);
      return shapes;
    };
    expect(await summed(31)).toEqual([[31, 3]]);
    expect(await summed(32)).toEqual([[16, 6], [2, 3]]);
    expect(await summed(40)).toEqual([[16, 6], [10, 3]]);
    expect(await summed(512)).toEqual([[16, 96], [16, 6], [2, 3]]);
    expect(await kernelsOf(() => defaultKernels.columnSum(tf.ones([32, 3])), moves)).toEqual([]);
    expect(await kernelsOf(() => defaultKernels.columnSum(tf.ones([40, 3])), moves)).toEqual(['Slice', 'Slice', 'Concat']);
  });

  type Step = [title: string, x: WindowCase['x'], strides: Pair, padding: [Pair, Pair], want: [number[], Pair, [Pair, Pair]]];
  const none: Pair = [0, 0];
  const steps: Step[] = [
    ['that move something stay', [2, 6, 5, 1], [2, 2], [none, none], [[2, 6, 5, 1], [2, 2], [none, none]]],
    ['across that move nothing', [2, 6, 3, 1], [1, 2], [none, none], [[2, 6, 3, 1], [1, 1], [none, none]]],
    ['down that move nothing', [2, 2, 6, 1], [3, 1], [none, none], [[2, 2, 6, 1], [1, 1], [none, none]]],
    ['over a column that no window sees', [2, 6, 4, 3], [1, 2], [none, none], [[2, 6, 3, 3], [1, 1], [none, none]]],
    ['over a row that no window sees', [1, 3, 6, 1], [2, 1], [none, none], [[1, 2, 6, 1], [1, 1], [none, none]]],
    ['over padding that no window sees', [1, 6, 3, 1], [1, 2], [none, [0, 1]], [[1, 6, 3, 1], [1, 1], [none, none]]],
    ['over padding on both sides', [1, 6, 3, 1], [1, 3], [none, [1, 1]], [[1, 6, 2, 1], [1, 1], [none, [1, 0]]]],
    ['over padding and a column', [1, 6, 4, 1], [1, 4], [none, [0, 2]], [[1, 6, 3, 1], [1, 1], [none, none]]],
    ['of a window in the padding before stay', [1, 2, 2, 1], [5, 1], [[3, 0], [1, 1]], [[1, 2, 2, 1], [5, 1], [[3, 0], [1, 1]]]],
    ['of a window that ends at the image stay', [1, 2, 3, 1], [5, 1], [[2, 0], none], [[1, 2, 3, 1], [5, 1], [[2, 0], none]]],
  ];
  for (const [title, shape, strides, padding, [xShape, wantStrides, wantPadding]] of steps) {
    it(`steps ${title}`, () => {
      const x = tf.ones<tf.Rank.R4>(shape);
      const found = withoutIdleStrides(x, tf.ones([2, 3, 1, 1]), strides, [1, 1], padding);
      expect([found.x.shape, found.strides, found.padding]).toEqual([xShape, wantStrides, wantPadding]);
      expect(found.x === x).toBe(String(shape) === String(xShape));
    });
  }

  it('zeros come between rows and columns, and none behind the last', async () => {
    const found = spreadOut(tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]), [2, 3]);
    expect(found.shape).toEqual([1, 3, 7, 1]);
    expect(Array.from(await found.data())).toEqual([1, 0, 0, 2, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 5, 0, 0, 6]);
  });

  it('the plain relu is tfjs\'s, one with options is not', async () => {
    const plain = {negativeSlope: 0, threshold: 0, maxValue: Infinity};
    const names = (change: Partial<typeof plain>) =>
      kernelsOf(() => defaultKernels.relu(tf.ones([3]), {...plain, ...change}), /^(Relu|Select|GreaterEqual|Less|Multiply)$/);
    expect(await names({})).toEqual(['Relu']);
    expect(await names({threshold: 1})).toEqual(['Less', 'Select']);
    expect(await names({negativeSlope: 0.5})).toEqual(['Multiply', 'Less', 'Select']);
    expect(await names({maxValue: 6})).toEqual(['Less', 'Select', 'GreaterEqual', 'Select']);
  });

  it('a bias is added in the product\'s own kernel', async () => {
    const [x, w, b] = [tf.ones<tf.Rank.R2>([2, 3]), tf.ones<tf.Rank.R2>([3, 2]), tf.ones<tf.Rank.R1>([2])];
    expect(await kernelsOf(() => defaultKernels.affine(x, w, b), /^_FusedMatMul$/)).toEqual(['_FusedMatMul']);
    expect(await kernelsOf(() => defaultKernels.affine(x, w, null), /^(_Fused|Batch)MatMul$/)).toEqual(['BatchMatMul']);
  });
});
