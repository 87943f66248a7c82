/**
 * The ops of `native/` on each side of every size at which they go another way (parts for threads, blocks of rows, tiles,
 * vectors, segments), against float64, into memory that held NaN. The sizes are read from the sources.
 */
import {spawnSync} from 'node:child_process';
import {availableParallelism} from 'node:os';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs-core';

import {hasNativeOps, nativeOne} from '../../src/backends/tensorflow/native_ops';
import {thresholds} from '../../src/backends/tensorflow/thresholds';
import {backendNames} from '../support/backends';
import type {WindowCase} from '../support/kernel_specs';
import {
  checkChain, checkColumnNorm, checkConvolution, checkDepthwise, checkDropout, checkFarFromZero, checkForeignClasses,
  checkPooling, checkProduct, checkRelu, checkRowNorm, checkSoftmaxLoss, titleOf, windowFor,
} from '../support/limits/checks';
import {around, nativeConstants, once} from '../support/limits/constants';

type Pair = [number, number];

const limits = nativeConstants();
const [lanes, block, part] = ['kLanes', 'kBlock', 'kEntriesOfAPart'].map(name => limits.get(name)) as
    [number, number, number];
const [narrow, wide] = [limits.get('kNarrow'), limits.get('kWide')];
/** Rows of the highest tile, in `tiles.h`: of vectors of 16. */
const tile = 12;
/** Parts that work is cut into at most. */
const mostParts = limits.get('kPartsPerThread') * availableParallelism();

/** Attributes of a window, bounds, costs and bits: at no size does a kernel change its way there. */
const unrelated = ['kOfWindow', 'kMostOfWindow', 'kMostEntries', 'kProductsOfAnEntry', 'kFlush'];

const same: [Pair, Pair] = [[1, 1], [1, 1]];
const sides: [Pair, Pair] = [[1, 0], [0, 2]];

/** What a kernel makes lands where NaN was: tensors of the sizes that it may ask for are made and freed before. */
function call<T>(kernel: () => T): T {
  const found = kernel();
  const made = found instanceof tf.Tensor ? [found] : Object.values(found as object ?? {}) as tf.Tensor[];
  const dirt = made.flatMap(({shape}) => [shape, shape]).map(shape => tf.fill(shape, NaN));
  for (const tensor of [...made, ...dirt]) tensor.dispose();
  return kernel();
}

/** As many rows of outputs as fit a block of a convolution, for so many columns and filters. */
const rowsOfABlock = (columns: number, filters: number): number =>
  Math.max(1, Math.floor(limits.get('kOutputsOfABlock') / (columns * filters)));

function convolutions(): WindowCase[] {
  const cases: WindowCase[] = [];
  // Tiles of positions, narrow and wide, one and two vectors, and the last panel of one.
  for (const filters of [narrow, wide, 3 * narrow, 3 * wide]) {
    for (let columns = 1; columns <= 2 * tile + 1; columns += filters === narrow || filters === 3 * wide ? 1 : 4) {
      cases.push(windowFor([2, columns], {channels: 3, filters, kernel: [2, 3], padding: [[0, 0], [0, 1]]}));
    }
  }
  // Blocks of rows, all kinds of steps.
  for (const [columns, filters] of [[24, 2 * narrow], [29, wide], [70, 4 * wide], [21, 5 * narrow]] as Pair[]) {
    const rows = rowsOfABlock(columns, filters);
    for (const high of [...around(rows), 2 * rows + 1].filter(n => n > 0)) {
      cases.push(
          windowFor([high, columns], {batch: 2, channels: 3, filters, strides: [2, 2]}),
          windowFor([high, columns], {batch: 2, channels: 2, filters, kernel: [3, 2], strides: [1, 3], dilation: [2, 1],
            padding: sides}),
          windowFor([high, columns], {channels: 2, filters, dilation: [1, 2], padding: same}));
    }
  }
  cases.push(
      {title: '', x: [2, 49, 49, 3], strides: [2, 2], filters: 16},
      // Several parts, of several blocks each.
      {title: '', x: [5, 49, 49, 6], strides: [2, 2], filters: 16, padding: same},
      {title: '', x: [9, 33, 31, 5], filters: 24, padding: sides}, {title: '', x: [3, 40, 41, 8], filters: 48, padding: same});
  // Filters that do not fill vectors have a gradient of ours too.
  for (const filters of [1, narrow - 1, narrow + 1, wide - 1, wide + 1, 2 * wide + 1]) {
    cases.push({title: '', x: [4, 23, 25, 5], filters, strides: [1, 2], padding: same});
  }
  return cases;
}

/** On each side of the sums that all parts may have together. */
function largestSums(most: number): WindowCase[] {
  return [most / 2 / wide, most / 2 / wide + 1].map(channels =>
    windowFor([2, 3], {batch: 2, channels, kernel: [1, 1], filters: wide}));
}

function depthwise(): WindowCase[] {
  const [positions, segment, taps, spread] =
      ['kPositions', 'kSegment', 'kMostTaps', 'kSpreadRows'].map(name => limits.get(name)) as [number, number, number, number];
  const cases: WindowCase[] = [];
  for (let channels = 1; channels <= 2 * wide + 3; channels++) {
    cases.push({title: '', x: [1, 4, positions + 3, channels], padding: same});
  }
  for (const columns of [...around(positions), ...around(2 * positions), ...around(segment), 2 * segment + 1]) {
    cases.push(
        windowFor([3, columns], {channels: wide + 5, kernel: [2, 3], padding: sides}),
        windowFor([2, columns], {channels: 3, filters: 6, strides: [2, 3], dilation: [1, 2], padding: [[0, 1], [2, 1]]}));
  }
  for (const wideKernel of [...around(taps), 2 * taps + 1]) {
    cases.push(windowFor([2, 9], {channels: 5, kernel: [2, wideKernel], padding: [[0, 1], [3, 2]]}));
  }
  for (const high of [...around(spread), 2 * spread + 1]) {
    for (const filters of [5, 10, 15]) {
      cases.push(windowFor([high, 5], {batch: 2, channels: 5, filters, strides: [2, 1], dilation: [2, 1], padding: same}));
    }
  }
  cases.push(
      {title: '', x: [3, 30, 40, 24], filters: 48, padding: same},
      {title: '', x: [5, 33, 31, 29], strides: [2, 3], padding: same},
      {title: '', x: [2, 64, 40, 17], filters: 51, kernel: [3, 2], dilation: [2, 3], padding: [[2, 1], [0, 3]]});
  for (const channels of [limits.get('kMostSums') / 4, limits.get('kMostSums') / 4 + 1]) {
    cases.push(windowFor([1, 1], {batch: 2, channels, kernel: [1, 2]}));
  }
  return cases;
}

function pools(): WindowCase[] {
  const few = limits.get('kFewestChannels');
  const cases: WindowCase[] = [];
  for (const channels of [...around(few), ...around(2 * few), 3 * few - 1]) {
    for (const batch of [1, 2, 7, 8]) {
      cases.push({title: '', x: [batch, 20, 21, channels], strides: [2, 2], padding: same});
    }
  }
  cases.push(
      // Windows that tile the image, and that leave a row or a column of it over.
      {title: '', x: [3, 40, 44, 2 * few + 1], kernel: [2, 2], strides: [2, 2]},
      {title: '', x: [3, 41, 44, few], kernel: [2, 2], strides: [2, 2]},
      {title: '', x: [3, 40, 45, few], kernel: [2, 2], strides: [2, 2]},
      {title: '', x: [2, 40, 45, 5], kernel: [2, 3], strides: [2, 2]},
      {title: '', x: [2, 40, 45, 5], kernel: [3, 2], strides: [2, 2]},
      {title: '', x: [9, 41, 40, 7], kernel: [2, 3], strides: [2, 3], padding: [[1, 0], [1, 1]]},
      {title: '', x: [2, 50, 61, 11], kernel: [3, 2], strides: [1, 2], dilation: [2, 3], padding: [[2, 1], [0, 3]]});
  return cases;
}

/** Rows of so many columns where the work is one part less, as much as, and more than `parts` of them. */
const rowsOfParts = (columns: number, parts: number): number[] => around(Math.ceil(parts * part / columns));

const describeThere = backendNames.includes('tensorflow') ? describe : xdescribe;

describeThere('native ops at their limits [tensorflow]', () => {
  beforeAll(async () => {
    await tf.setBackend('tensorflow');
    if (!hasNativeOps()) pending('this tfjs-node was not set up by setup-node');
  });
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  describe('convolution', () => {
    for (const c of once(convolutions(), titleOf)) it(titleOf(c), () => checkConvolution(call, c));

    for (const c of largestSums(limits.get('kMostSums'))) {
      it(`weight gradients that fill the sums of all parts: ${titleOf(c)}`, () => {
        const largest = thresholds.largestFilter;
        thresholds.largestFilter = Infinity;
        try {
          checkConvolution(call, c);
        } finally {
          thresholds.largestFilter = largest;
        }
      });
    }
  });

  describe('transposed product', () => {
    const own = (a: tf.Tensor2D, b: tf.Tensor2D) => nativeOne<tf.Tensor2D>('ExplicitTransposedProduct', [a, b]);
    const rows = limits.get('kRows');
    const sizes: Array<[number, number, number]> = [
      ...[...around(rows), 2 * rows + 1].map((terms): [number, number, number] => [9, terms, 3 * narrow]),
      ...Array.from({length: 2 * tile + 1}, (_, i): [number, number, number] => [i + 1, 5, 3 * wide]),
      ...Array.from({length: tile + 1}, (_, i): [number, number, number] => [i + 1, 7, narrow]),
      // Parts of rows and parts of columns, in narrow and in wide vectors.
      [150, 2 * rows + 2, 5 * wide], [300, rows + 1, 5 * narrow], [5, rows + 6, 512 * wide], [3, rows + 6, 1025 * narrow],
      [130, 300, 9 * wide],
    ];
    for (const size of once(sizes)) {
      it(`[m, k, n] = [${size}]`, () => checkProduct(call, size, ['a^T b'], own));
    }
  });

  describe('bias and relu', () => {
    for (const size of [1, ...around(lanes), ...around(2 * part), mostParts * part + 17]) {
      it(`relu of ${size} entries`, () => checkRelu(call, size));
    }
    for (const rows of [3, ...rowsOfParts(64, 2), ...rowsOfParts(64, mostParts + 1)]) {
      it(`bias of [${rows},64]`, () => checkProduct(call, [rows, 3, 64], ['a b']));
    }
    it('bias of few long rows', () => checkProduct(call, [5, 2, 2 * part + 3], ['a b']));
  });

  describe('chain', () => {
    const size = limits.get('kChainBlock');
    for (const count of [1, 3, ...around(size), 2 * size + 5, ...around(part), ...around(2 * part), mostParts * part + 17]) {
      it(`of ${count} entries`, () => checkChain(call, count));
    }
  });

  describe('batch norm', () => {
    const sizes: Pair[] = [
      ...[...around(block), 2 * block + 1].map((rows): Pair => [rows, 5]), ...around(lanes).map((count): Pair => [9, count]),
      ...rowsOfParts(64, 1).map((rows): Pair => [rows, 64]), ...rowsOfParts(64, 2).map((rows): Pair => [rows, 64]),
      [4000, 64], [4000, 10], [2, 100000], [3, 50001], [2 * part + 1, 1], [mostParts * part / 8 + 5, 9],
    ];
    for (const [rows, columns] of once(sizes)) {
      it(`[${rows},${columns}]`, () => checkColumnNorm(call, [rows, columns]));
    }
    it('[4000,64] without gamma and beta', () => checkColumnNorm(call, [4000, 64], false));
  });

  describe('layer norm', () => {
    const sizes: Pair[] = [
      ...[...around(lanes), ...around(2 * lanes), 3 * lanes + 7].map((size): Pair => [5, size]),
      ...[...around(block), 2 * block + 1].map((rows): Pair => [rows, 5]),
      ...rowsOfParts(64, 2).map((rows): Pair => [rows, 64]),
      [4000, 64], [4000, 10], [2, 100000], [3, 50001], [2 * part + 1, 2], [mostParts * part / 8 + 5, 9],
    ];
    for (const [rows, size] of once(sizes)) it(`[${rows},${size}]`, () => checkRowNorm(call, [rows, size]));
    it('[4000,64] without gamma and beta', () => checkRowNorm(call, [4000, 64], false));
  });

  describe('values far from 0 in batch norm and layer norm', () => {
    for (const size of [[3, 7], [4000, 7], [3, 10003], [300, 300]] as Pair[]) {
      it(`[${size}]`, () => checkFarFromZero(call, size));
      it(`[${size}] beside a 0`, () => checkFarFromZero(call, size, 0));
    }
  });

  describe('softmax loss', () => {
    const classes = [1, ...around(lanes), ...around(2 * lanes), 3 * lanes - 8, 3 * lanes, 3 * lanes + 1];
    const rows = rowsOfParts(4 * 10, 2);
    const sizes: Pair[] = [...classes.map((count): Pair => [count, count]), ...rows.map((count): Pair => [count, 10]),
      [4000, 10], [1500, 2 * lanes + 1]];
    for (const classes of [1, 3, 4, 16, 17]) {
      it(`of ${classes} classes, and labels that are none of them`, () => checkForeignClasses(call, classes));
    }
    for (const [count, many] of once(sizes)) {
      for (const peak of [0.5, 100]) {
        it(`[${count},${many}], the largest score ${peak} above the others`, () => checkSoftmaxLoss(call, [count, many], peak));
      }
    }
  });

  describe('pooling', () => {
    for (const c of once(pools(), titleOf)) it(titleOf(c), () => checkPooling(call, c));
  });

  describe('depthwise convolution', () => {
    for (const c of once(depthwise(), titleOf)) it(titleOf(c), () => checkDepthwise(call, c));
  });

  describe('dropout mask', () => {
    for (const size of [1, lanes + 1, ...around(part / 2), mostParts * part / 4 + 3]) {
      it(`of ${size} entries`, () => checkDropout(call, size));
    }
  });

  it('gives the same bits with one thread as with several', () => {
    const program = fileURLToPath(new URL('programs/native_bits.ts', import.meta.url));
    const node = [process.execPath, '--import', 'tsx', program];
    const bits = (...before: string[]) => {
      const [command, ...args] = [...before, ...node];
      const {stdout, stderr, status} = spawnSync(command!, args, {encoding: 'utf8'});
      if (status !== 0) throw new Error(stderr);
      return stdout.trim().split('\n').at(-1)!;
    };
    if (spawnSync('taskset', ['--version']).status !== 0) pending('there is no taskset to leave a process one core');
    if (availableParallelism() === 1) pending('there is one core');
    const [several, one] = [JSON.parse(bits()), JSON.parse(bits('taskset', '-c', '0'))] as
        Array<{threads: number, digests: {[op: string]: string}}>;
    expect(several!.threads).toBeGreaterThan(one!.threads);
    expect(one!.threads).toBe(1);
    expect(Object.keys(one!.digests).length).toBeGreaterThan(10);
    expect(several!.digests).toEqual(one!.digests);
  }, 120_000);

  it('have a case for each size that their sources name', () => {
    expect(limits.forgotten.filter(name => !unrelated.includes(name))).toEqual([]);
  });
});
