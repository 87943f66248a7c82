import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor1D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry} from '../../geometry';
import {columnSum} from './dense';
import {placeTap, takeTap, taps} from './windows';

/** out = b + sum over the taps of what each sees, times its filters: a product of each channel with M numbers. */
export function depthwiseConv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  const wide = asWide(g);
  const spread = spreadChannels(x, g);
  const products = taps(g).map((tap, i) => tf.mul(takeTap(spread, tap, wide, 0), filterOf(w, i, g)) as Tensor4D);
  const out = tf.addN(products);
  return b ? tf.add(out, b) : out;
}

export function depthwiseConv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  const wide = asWide(g);
  const dx = tf.addN(taps(g).map((tap, i) => placeTap(tf.mul(dout, filterOf(w, i, g)), tap, wide)));
  const shape = [g.batch, ...g.inSize, g.channels];
  return (multiplierOf(g) === 1 ? dx : tf.sum(tf.reshape(dx, [...shape, multiplierOf(g)]), 4)) as Tensor4D;
}

export function depthwiseConv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry, sum = columnSum): Tensor4D {
  const wide = asWide(g);
  const spread = spreadChannels(x, g);
  const rows = taps(g).map(tap => sum(tf.reshape(tf.mul(takeTap(spread, tap, wide, 0), dout), [-1, g.filters])));
  return tf.reshape(tf.stack(rows), [...g.kernel, g.channels, multiplierOf(g)]);
}

/** M, the filters of each channel. */
export function multiplierOf(g: ConvGeometry): number {
  return g.filters / g.channels;
}

/** The same windows over images with a channel for each filter. */
function asWide(g: ConvGeometry): ConvGeometry {
  return {...g, channels: g.filters};
}

/** Every channel M times in a row. */
function spreadChannels(x: Tensor4D, g: ConvGeometry): Tensor4D {
  const multiplier = multiplierOf(g);
  if (multiplier === 1) return x;
  const columns: Tensor = tf.reshape(x, [-1, 1]);
  return tf.reshape(tf.tile(columns, [1, multiplier]), [g.batch, ...g.inSize, g.filters]);
}

/** The numbers at one tap, [C * M]. */
function filterOf(w: Tensor4D, tap: number, g: ConvGeometry): Tensor1D {
  return tf.reshape(tf.slice(tf.reshape(w, [-1, g.filters]), [tap, 0], [1, -1]), [g.filters]);
}
