/**
 * The kernels of `wasm/assembly` on each side of every size at which they go another way (strips, panels, depth, slices,
 * blocks, units), against float64. All memory that a kernel gets holds NaN, and each kernel is called as threads call it:
 * for some of its units at a time, in any order. The sizes are read from the sources.
 */
import * as tf from '@tensorflow/tfjs-core';

import {kernelInfo} from '../../src/backends';
import {Heap} from '../../src/backends/wasm/heap';
import {currentHeap} from '../../src/backends/wasm/open_heap';
import {wasmMemory, wasmTensors} from '../../src/tfjs_private';
import {backendNames} from '../support/backends';
import {geometryOf} from '../support/kernel_specs';
import type {WindowCase} from '../support/kernel_specs';
import {
  checkColumnNorm, checkColumns, checkConvolution, checkDepthwise, checkFarFromZero, checkForeignClasses, checkPooling,
  checkProduct, checkRelu, checkRowNorm, checkSoftmaxLoss, titleOf, windowFor,
} from '../support/limits/checks';
import {around, assemblyConstants, once} from '../support/limits/constants';
import {damageDone, guardWasm} from '../support/wasm_guard';

type Pair = [number, number];

const limits = assemblyConstants();
const same: [Pair, Pair] = [[1, 1], [1, 1]];
const sides: [Pair, Pair] = [[1, 0], [0, 2]];

/** Names for the rules of ties; the sizes of scratch alone. */
const unrelated = ['tiesFirst', 'tiesSplit', 'edgeSize'];

/** Kernels run as they are: the memory is prepared by {@link prepare}. */
const call = <T>(kernel: () => T): T => kernel();

/** Fills what a kernel is given with NaN, and has it do its units in three ranges, the last one first. */
function prepare(): void {
  const dirty = (tensor: tf.Tensor): void => {
    const backend = tf.backend(), address = wasmTensors(backend)!.address(tensor);
    new Float32Array(wasmMemory(backend)!.buffer, address, tensor.size).fill(NaN);
  };
  const {output, split} = Heap.prototype;
  spyOn(Heap.prototype, 'output').and.callFake(function<T extends tf.Tensor>(this: Heap, shape: number[]): T {
    const tensor = output.call(this, shape) as T;
    dirty(tensor);
    return tensor;
  } as typeof output);
  spyOn(Heap.prototype, 'split').and.callFake(function(this: Heap, kernel, args, units, share): void {
    const own = this.run[kernel]!, ends = [0, Math.ceil(units / 3), Math.ceil(units * 3 / 4), units];
    this.run[kernel] = (...given) => {
      for (const i of [2, 1, 0]) {
        if (ends[i] !== ends[i + 1]) own(...given.slice(0, -2), ends[i]!, ends[i + 1]!);
      }
      return 0;
    };
    try {
      split.call(this, kernel, args, units, share);
    } finally {
      this.run[kernel] = own;
    }
  } as typeof split);
}

const [rowsOfATile, columnsOfATile, depth, width, height, sliceDepth, sliceRows, thin, thinWidth] = [
  'tileRows', 'tileColumns', 'depth', 'width', 'height', 'sliceDepth', 'sliceRows', 'thinRows', 'thinWidth',
].map(name => limits.get(name)) as [number, number, number, number, number, number, number, number, number];

function products(): Array<[number, number, number]> {
  return [
    ...around(rowsOfATile).map((m): [number, number, number] => [m, 3, columnsOfATile + 1]),
    ...around(columnsOfATile).map((n): [number, number, number] => [2 * rowsOfATile + 2, 6, n]),
    ...around(height).map((m): [number, number, number] => [m, 9, 12]), [2 * height + 3, 5, 7],
    ...around(width).map((n): [number, number, number] => [7, 5, n]), [11, 4, 2 * width + 9],
    ...around(depth).map((k): [number, number, number] => [7, k, 11]), [height + 1, depth + 1, width + 1],
    [6, 2 * depth + 1, 9],
    ...around(thinWidth).map((n): [number, number, number] => [3, 5, n]), [thin, 6, 2 * thinWidth + 3],
    ...around(thin).map((m): [number, number, number] => [m, 7, 67]),
    ...[1, 2, 3, 4].map((k): [number, number, number] => [2, k, 70]),
    ...around(sliceDepth).map((k): [number, number, number] => [6, k, 9]), [3, 2 * sliceDepth, 65],
    [3, 2 * sliceDepth + 1, 65],
  ];
}

const [atOnce, summed, slicesSize, units] = ['positionsAtOnce', 'positionsSummed', 'slicesSize', 'unitsWanted']
    .map(name => limits.get(name)) as [number, number, number, number];

function convolutions(): WindowCase[] {
  const cases: WindowCase[] = [];
  const ofPositions = (positions: number, channels: number, filters: number): WindowCase =>
    windowFor([1, positions], {channels, filters, kernel: [2, 3], padding: [[1, 0], [1, 1]]});
  for (const positions of [...around(atOnce), 2 * atOnce + 1, ...around(summed), 2 * summed + 1]) {
    cases.push(ofPositions(positions, 3, 9), windowFor([positions, 1], {channels: 2, filters: 11, strides: [2, 1]}));
  }
  // Slices of the positions, each of some of what is summed at a time; as many as there may be.
  for (const positions of [...around(8 * summed), 4 * summed * units + 3]) cases.push(ofPositions(positions, 2, 5));
  // More filters than positions, few and very few of these; more filters than are packed, or summed, at a time.
  for (const positions of [thin, thin + 1, ...around(rowsOfATile), 2 * rowsOfATile + 1]) {
    for (const filters of [positions - 1, positions, positions + 1, width + 12].filter(n => n > 0)) {
      cases.push(ofPositions(positions, 5, filters));
    }
  }
  for (const filters of [...around(width), ...around(2 * width)]) {
    cases.push(ofPositions(7, 3, filters), windowFor([20, 30], {channels: 2, filters}));
  }
  // Entries of a patch, and filters, that are summed at a time.
  for (const channels of around(depth / 3)) {
    cases.push(windowFor([4, 11], {channels, filters: 5, kernel: [3, 1]}),
        windowFor([2, 3], {channels, filters: 13, kernel: [1, 3]}));
  }
  for (const filters of around(depth)) cases.push(windowFor([20, 21], {channels: 2, filters, kernel: [2, 2]}));
  // Bands of an image, overlapped by windows.
  for (const high of [23, 24, 25, 36, 61]) {
    for (const strides of [[1, 1], [2, 1], [3, 2]] as Pair[]) {
      cases.push({title: '', x: [1, high, 7, 3], filters: 4, strides, padding: [[2, 1], [1, 1]]});
    }
    cases.push({title: '', x: [2, high, 9, 3], kernel: [2, 2], filters: 4, dilation: [2, 3], padding: sides});
  }
  // Rows of a window that are summed together, or not.
  for (const channels of [31, 32, 33, 97]) cases.push({title: '', x: [1, 9, 9, channels], filters: 6, padding: same});
  cases.push(
      {title: '', x: [units + 1, 11, 12, 6], filters: 9, groups: 3, padding: same},
      {title: '', x: [1, 7, 7, 6], filters: 180, groups: 2, padding: same},
      {title: '', x: [2, 49, 49, 3], strides: [2, 2], filters: 16});
  return cases;
}

function columnSizes(): Pair[] {
  const [together, entries, most] = ['columnsTogether', 'sliceEntries', 'mostSlices'].map(name => limits.get(name)) as
      [number, number, number];
  const sizes: Pair[] = [];
  for (let rows = 1; rows <= 17; rows++) sizes.push([rows, 5]);
  for (const columns of [1, 2, 3, 4, 5]) sizes.push([77, columns], [2 * entries / columns + 9, columns].map(Math.floor) as Pair);
  for (const columns of [...around(together), 2 * together + 1]) sizes.push([70, columns]);
  // Blocks of rows: as many as there may be, some, the fewest.
  for (const rows of [...around(256), 515]) sizes.push([rows, 16]);
  for (const rows of [...around(40), 83]) sizes.push([rows, 100]);
  for (const rows of [...around(32), ...around(64)]) sizes.push([rows, 200]);
  for (const rows of around(2 * entries / 64)) sizes.push([rows, 64]);
  sizes.push([(most + 1) * 32 + 3, together + 1], [4000, 64], [2, 100000]);
  return sizes;
}

const describeThere = backendNames.includes('wasm') ? describe : xdescribe;

describeThere('kernels of wasm/assembly at their limits [wasm]', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
    guardWasm(tf.backend());
  });
  beforeEach(() => {
    tf.engine().startScope();
    expect(kernelInfo().set).toBe('heap');
    prepare();
  });
  afterEach(() => {
    tf.engine().endScope();
    expect(damageDone()).toEqual([]);
  });

  describe('product', () => {
    for (const size of once(products())) it(`[m, k, n] = [${size}]`, () => checkProduct(call, size));

    for (const rows of [sliceRows, sliceRows + 1]) {
      it(`[m, k, n] = [${rows},${sliceDepth + 1},1]`, () => checkProduct(call, [rows, sliceDepth + 1, 1], ['a^T b']));
    }
    it('[m, k, n] of more columns than are packed, in slices', () =>
      checkProduct(call, [3, sliceDepth + 3, width + 1], ['a b^T']));
  });

  describe('convolution', () => {
    for (const c of once(convolutions(), titleOf)) it(titleOf(c), () => checkConvolution(call, c));
  });

  it('convolution has room for the sums of two slices, or of one', () => {
    const heap = currentHeap()!, channels = 2 ** 12, filters = slicesSize / 2 / channels;
    heap.setWindow(geometryOf({title: '', x: [1, 8 * summed, 1, channels], kernel: [1, 1], filters}));
    expect([filters - 1, filters, filters + 1].map(count => heap.run.filterGradSlices!(count, 1))).toEqual([2, 2, 1]);
  });

  describe('im2col', () => {
    for (const positions of [...around(atOnce), 3 * atOnce, 3 * atOnce + 7]) {
      it(`of ${positions} positions`, () =>
        checkColumns(call, windowFor([1, positions], {channels: 3, kernel: [2, 3], padding: sides})));
    }
    for (const high of [24, 61]) {
      it(`of bands of ${high} rows`, () =>
        checkColumns(call, {title: '', x: [2, high, 7, 3], strides: [2, 1], dilation: [1, 2], padding: [[2, 1], [1, 3]]}));
    }
  });

  describe('relu', () => {
    const chunk = limits.get('chunk');
    for (const size of [1, 2, 3, 4, 5, ...around(chunk), 2 * chunk + 1, 9 * chunk + 3]) {
      it(`of ${size} entries`, () => checkRelu(call, size));
    }
  });

  describe('batch norm', () => {
    for (const [rows, columns] of once(columnSizes())) it(`[${rows},${columns}]`, () => checkColumnNorm(call, [rows, columns]));
    it('[300,65] without gamma and beta', () => checkColumnNorm(call, [300, 65], false));
  });

  describe('layer norm', () => {
    const unit = limits.get('unitSize'), summedRows = limits.get('rowsSummed');
    const sizes: Pair[] = [
      ...Array.from({length: 17}, (_, i): Pair => [3, i + 1]), ...around(unit).map((size): Pair => [3, size]),
      ...around(unit / 2).map((size): Pair => [7, size]), ...[10000, 10001, 10002, 10003].map((size): Pair => [3, size]),
      ...around(unit >> 4).map((rows): Pair => [rows, 16]), ...[...around(summedRows), 2 * summedRows + 1]
          .map((rows): Pair => [rows, 6]),
      [4000, 64], [4000, 10], [2, 100000],
    ];
    for (const [rows, size] of once(sizes)) it(`[${rows},${size}]`, () => checkRowNorm(call, [rows, size]));
    it('[300,65] without gamma and beta', () => checkRowNorm(call, [300, 65], false));
  });

  describe('values far from 0 in batch norm and layer norm', () => {
    for (const size of [[3, 7], [4000, 7], [3, 10003], [300, 300]] as Pair[]) {
      it(`[${size}]`, () => checkFarFromZero(call, size));
      it(`[${size}] beside a 0`, () => checkFarFromZero(call, size, 0));
    }
  });

  describe('softmax loss', () => {
    const unit = limits.get('unitSize');
    const sizes: Pair[] = [
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 23, 48].map((classes): Pair => [classes, classes]),
      ...around(unit >> 4).map((rows): Pair => [rows, 16]), [4000, 10], [5, unit + 1],
    ];
    for (const classes of [1, 3, 4, 16, 17]) {
      it(`of ${classes} classes, and labels that are none of them`, () => checkForeignClasses(call, classes));
    }
    for (const [rows, classes] of once(sizes)) {
      for (const peak of [0.5, 100]) {
        it(`[${rows},${classes}], the largest score ${peak} above the others`, () =>
          checkSoftmaxLoss(call, [rows, classes], peak));
      }
    }
  });

  describe('pooling', () => {
    const cases: WindowCase[] = [];
    for (const channels of [1, 2, 3, 4, 5, 31, 32, 33, 64, 65, 70]) {
      for (const batch of [1, 2, 7, 8]) {
        cases.push({title: '', x: [batch, 9, 11, channels], strides: [2, 2], padding: same});
      }
    }
    cases.push(
        {title: '', x: [3, 10, 14, 5], kernel: [2, 2], strides: [2, 2]},
        {title: '', x: [3, 11, 14, 5], kernel: [2, 2], strides: [2, 2]},
        {title: '', x: [3, 10, 15, 5], kernel: [2, 2], strides: [2, 2]},
        {title: '', x: [2, 11, 10, 7], kernel: [2, 3], strides: [3, 2], padding: [[1, 0], [1, 1]]},
        {title: '', x: [1, 15, 13, 97], kernel: [3, 2], strides: [1, 2], dilation: [2, 3], padding: [[2, 1], [0, 3]]},
        {title: '', x: [2, 23, 19, 6], kernel: [23, 19]});
    for (const c of once(cases, titleOf)) it(titleOf(c), () => checkPooling(call, c));
  });

  describe('depthwise convolution', () => {
    const cases: WindowCase[] = [];
    for (let channels = 1; channels <= 9; channels++) {
      for (const multiplier of [1, 2, 3, 4, 5]) {
        cases.push({title: '', x: [1, 5, 6, channels], filters: multiplier * channels, strides: [1, 2], padding: same});
      }
    }
    for (const high of [...around(32), ...around(48), 50, 16 * 16, 16 * 17 + 1, 16 * 17 + 15]) {
      cases.push(windowFor([high, 5], {channels: 6, kernel: [3, 2], padding: sides}));
    }
    cases.push(
        {title: '', x: [3, 19, 17, 11], filters: 33, strides: [2, 3], padding: [[2, 1], [0, 2]]},
        {title: '', x: [2, 21, 23, 10], filters: 40, dilation: [2, 3], padding: [[3, 1], [0, 4]]},
        {title: '', x: [1, 3, 4, 6], kernel: [3, 11], padding: [[1, 1], [5, 5]]},
        // Four places at once, and rows where the first and the fourth have no tap but those between have.
        {title: '', x: [2, 6, 13, 9], filters: 9, padding: same},
        {title: '', x: [1, 7, 33, 8], filters: 8, strides: [1, 2], dilation: [2, 3], padding: [[0, 1], [2, 2]]},
        {title: '', x: [1, 3, 9, 4], filters: 4, strides: [1, 2], dilation: [1, 3]});
    for (const c of once(cases, titleOf)) it(titleOf(c), () => checkDepthwise(call, c));
  });

  it('have a case for each size that their sources name', () => {
    expect(limits.forgotten.filter(name => !unrelated.includes(name))).toEqual([]);
  });
});
