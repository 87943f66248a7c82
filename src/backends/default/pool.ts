import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';

import {tiles} from '../../geometry';
import type {WindowGeometry} from '../../geometry';
import type {TieRule} from '../kernels';
import {placeTap, reach, takeTap, taps} from './windows';

/** The pools of this set, by their names. */
export const pools = {averagePool, averagePoolGrad, maxPool, maxPoolScatter, maxPoolGather};

/** The maximum over the taps, one after the other; a window that contains NaN gives NaN. */
export function maxPool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  return taps(g).map(tap => takeTap(x, tap, g, -Infinity)).reduce((best, entry) => {
    const isBetter = tf.logicalOr(tf.greater(entry, best), tf.isNaN(entry));
    return tf.where(isBetter, entry, best);
  });
}

export function maxPoolScatter(
    dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  if (ties === 'all' && tiles(g)) return scatterTiles(dout, x, out, g);
  const share = ties === 'split' ? tf.div(dout, maximaCount(x, out, g)) as Tensor4D : dout;
  return tf.addN(maxima(x, out, g, ties === 'first').map(([tap, mask]) => placeTap(keep(mask, share), tap, g)));
}

export function maxPoolGather(v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  const sum = tf.addN(maxima(x, out, g, ties === 'first').map(([tap, mask]) => keep(mask, takeTap(v, tap, g, 0))));
  return ties === 'split' ? tf.div(sum, maximaCount(x, out, g)) : sum;
}

/** The sum over a window is one over its columns of the sums over its rows: few passes, and rounded rarely. */
export function averagePool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  return tf.div(sumAlong(1, sumAlong(0, x, g), {...g, inSize: [g.outSize[0], g.inSize[1]]}), cellsOf(g));
}

export function averagePoolGrad(dout: Tensor4D, g: WindowGeometry): Tensor4D {
  const shares = tf.div(dout, cellsOf(g)) as Tensor4D;
  return spreadAlong(0, spreadAlong(1, shares, {...g, inSize: [g.outSize[0], g.inSize[1]]}), g);
}

/** How many cells of each window lie in the image, [1, Ho, Wo, 1]; 1 where none does: the sum is 0 there. */
export function cellsOf(g: WindowGeometry): Tensor4D {
  const [rows, columns] = ([0, 1] as const).map(axis => Array.from({length: g.outSize[axis]}, (_, window) => {
    const start = window * g.strides[axis] - g.padding[axis][0];
    const last = start + (g.kernel[axis] - 1) * g.dilation[axis];
    const before = Math.ceil(Math.max(0, -start) / g.dilation[axis]);
    const after = Math.ceil(Math.max(0, last - g.inSize[axis] + 1) / g.dilation[axis]);
    return Math.max(0, g.kernel[axis] - before - after);
  })) as [number[], number[]];
  const cells = rows.flatMap(height => columns.map(width => Math.max(1, height * width)));
  return tf.tensor4d(cells, [1, ...g.outSize, 1], 'float32');
}

/** The same window along one axis; along the other it is a single cell. */
function along(axis: 0 | 1, g: WindowGeometry): WindowGeometry {
  const only = <T>(pair: [T, T], other: T): [T, T] => (axis === 0 ? [pair[0], other] : [other, pair[1]]);
  const outSize = only(g.outSize, g.inSize[1 - axis]!);
  return {...g, kernel: only(g.kernel, 1), strides: only(g.strides, 1), dilation: only(g.dilation, 1),
    padding: only(g.padding, [0, 0]), outSize};
}

/** Whether the window is the whole axis. */
function isWhole(axis: 0 | 1, {kernel, inSize, padding}: WindowGeometry): boolean {
  return kernel[axis] === inSize[axis] && padding[axis].every(p => p === 0);
}

function sumAlong(axis: 0 | 1, x: Tensor4D, g: WindowGeometry): Tensor4D {
  if (isWhole(axis, g)) return tf.sum(x, axis + 1, true);
  const one = along(axis, g);
  return tf.addN(taps(one).map(tap => takeTap(x, tap, one, 0)));
}

function spreadAlong(axis: 0 | 1, shares: Tensor4D, g: WindowGeometry): Tensor4D {
  const one = along(axis, g);
  if (isWhole(axis, g)) return tf.tile(shares, axis === 0 ? [1, g.inSize[0], 1, 1] : [1, 1, g.inSize[1], 1]);
  return tf.addN(taps(one).map(tap => placeTap(shares, tap, one)));
}

/** For each tap, where it holds a maximum: each, or the first of a window alone. */
function maxima(x: Tensor4D, out: Tensor4D, g: WindowGeometry, firstOnly: boolean): Array<[[number, number], Tensor4D]> {
  let taken: Tensor | null = null;
  return taps(g).map(tap => {
    const isMaximum = logicalAnd(tf.equal(takeTap(x, tap, g, 0), out), inside(tap, g));
    if (!firstOnly) return [tap, isMaximum];
    const isFirst = logicalAnd(isMaximum, taken && tf.logicalNot(taken));
    taken = taken ? tf.logicalOr(taken, isMaximum) : isMaximum;
    return [tap, isFirst];
  });
}

/**
 * Where a tap sees the image and not the padding, [1, Ho, Wo, 1]; null without padding, which must win no window and cannot
 * be NaN: tfjs's wasm backend mixes up its padding kernels once one was asked for NaN.
 */
function inside(tap: [number, number], g: WindowGeometry): Tensor | null {
  if (g.padding.flat().every(p => p === 0)) return null;
  const image = tf.ones([1, ...g.inSize, 1]) as Tensor4D;
  return tf.cast(takeTap(image, tap, {...g, batch: 1, channels: 1}, 0), 'bool');
}

function logicalAnd(mask: Tensor, other: Tensor | null): Tensor4D {
  return (other ? tf.logicalAnd(mask, other) : mask) as Tensor4D;
}

function maximaCount(x: Tensor4D, out: Tensor4D, g: WindowGeometry): Tensor4D {
  const count = tf.addN(maxima(x, out, g, false).map(([, mask]) => tf.cast(mask, 'float32') as Tensor4D));
  return tf.maximum(count, 1);  // a window that contains NaN has no maximum
}

/** Not a product: what is masked out is 0 whatever stands there. */
function keep(mask: Tensor4D, values: Tensor4D): Tensor4D {
  return tf.where(mask, values, tf.zerosLike(values));
}

/** Windows that neither overlap nor leave gaps: one comparison over all of them. */
function scatterTiles(dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry): Tensor4D {
  const [height, width] = reach(g);
  const [fh, fw] = g.kernel;
  const [ho, wo] = g.outSize;
  const cut = height === g.inSize[0] && width === g.inSize[1] ? x :
      tf.slice(x, 0, [-1, height, width, -1]);
  const windows = tf.reshape(cut, [g.batch * ho, fh, wo, fw, g.channels]);
  const perWindow = (t: Tensor) => tf.reshape(t, [g.batch * ho, 1, wo, 1, g.channels]);
  const image: Tensor4D['shape'] = [g.batch, height, width, g.channels];  // webgl and webgpu choose along four axes at most
  const mask: Tensor4D = tf.reshape(tf.equal(windows, perWindow(out)), image);
  const dx = keep(mask, tf.reshape(tf.broadcastTo(perWindow(dout), windows.shape), image));
  return cut === x ? dx :
      tf.pad(dx, [[0, 0], [0, g.inSize[0] - height], [0, g.inSize[1] - width], [0, 0]]);
}
