import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D} from '@tensorflow/tfjs-core';

import {tiles} from '../../geometry';
import type {WindowGeometry} from '../../geometry';
import type {TieRule} from '../kernels';
import {placeTap, reach, takeTap, taps} from './windows';

/** The pools of this set, by their names. */
export const pools = {maxPool, maxPoolScatter, maxPoolGather};

/** The maximum over the taps, one after the other; a window that holds NaN gives NaN. */
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
  return tf.addN(maxima(x, out, g, ties).map(([tap, mask]) => placeTap(keep(mask, share), tap, g)));
}

export function maxPoolGather(v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  const sum = tf.addN(maxima(x, out, g, ties).map(([tap, mask]) => keep(mask, takeTap(v, tap, g, 0))));
  return ties === 'split' ? tf.div(sum, maximaCount(x, out, g)) : sum;
}

/** For each tap, where it holds a maximum that counts under the rule. */
function maxima(x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Array<[[number, number], Tensor4D]> {
  let taken: Tensor | null = null;
  return taps(g).map(tap => {
    const isMaximum = logicalAnd(tf.equal(takeTap(x, tap, g, -Infinity), out), inside(tap, g));
    if (ties !== 'first') return [tap, isMaximum];
    const isFirst = logicalAnd(isMaximum, taken && tf.logicalNot(taken));
    taken = taken ? tf.logicalOr(taken, isMaximum) : isMaximum;
    return [tap, isFirst];
  });
}

/**
 * Where a tap sees the image and not the padding, [1, Ho, Wo, 1]; null without padding. Padding must not win a window
 * of -Infinity, and cannot be NaN: tfjs's wasm backend mixes up its padding kernels once one was asked for NaN.
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
  const count = tf.addN(maxima(x, out, g, 'all').map(([, mask]) => tf.cast(mask, 'float32') as Tensor4D));
  return tf.maximum(count, 1);  // a window that holds NaN has no maximum
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
      tf.slice(x, [0, 0, 0, 0], [-1, height, width, -1]);
  const windows = tf.reshape(cut, [g.batch * ho, fh, wo, fw, g.channels]);
  const perWindow = (t: Tensor) => tf.reshape(t, [g.batch * ho, 1, wo, 1, g.channels]);
  const mask = tf.equal(windows, perWindow(out));
  const spread = tf.broadcastTo(perWindow(dout), windows.shape);
  const dx = tf.reshape(tf.where(mask, spread, tf.zerosLike(spread)), [g.batch, height, width, g.channels]) as Tensor4D;
  return cut === x ? dx :
      tf.pad(dx, [[0, 0], [0, g.inSize[0] - height], [0, g.inSize[1] - width], [0, 0]]);
}
