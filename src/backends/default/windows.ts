import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';

import {dilatedSize} from '../../geometry';
import type {WindowGeometry} from '../../geometry';

/** One entry of the window, by its row and column in the kernel. */
export type Tap = [number, number];

/** The entries of the window, row by row. */
export function taps(g: WindowGeometry): Tap[] {
  return Array.from({length: g.kernel[0] * g.kernel[1]},
      (_, i) => [Math.floor(i / g.kernel[1]), i % g.kernel[1]] as Tap);
}

/** What each window sees at one tap: [N, Ho, Wo, C]; `fill` is in the padding. */
export function takeTap(x: Tensor4D, tap: Tap, g: WindowGeometry, fill: number): Tensor4D {
  const padded = padInput(x, g, fill);
  const begin = tap.map((k, i) => k * g.dilation[i]!);
  const end = begin.map((start, i) => start + (g.outSize[i]! - 1) * g.strides[i]! + 1);
  return tf.stridedSlice(padded, [0, begin[0]!, begin[1]!, 0], [g.batch, end[0]!, end[1]!, g.channels],
      [1, ...g.strides, 1]) as Tensor4D;
}

/** The adjoint of {@link takeTap}: each window's entry back at its place, zeros elsewhere. */
export function placeTap(entries: Tensor4D, tap: Tap, g: WindowGeometry): Tensor4D {
  const spread = spreadOut(entries, g.strides);
  const place = tap.map((k, i) => {
    const before = k * g.dilation[i]!;
    const length = g.padding[i]![0] + g.inSize[i]! + g.padding[i]![1];
    return [before, length - before - spread.shape[i + 1]!] as [number, number];
  });
  const padded = tf.pad(spread, [[0, 0], place[0]!, place[1]!, [0, 0]]);
  return tf.slice(padded, [0, g.padding[0][0], g.padding[1][0], 0], [-1, ...g.inSize, -1]) as Tensor4D;
}

/** x with `strides` - 1 rows and columns of zeros between its own. */
export function spreadOut(x: Tensor4D, [sy, sx]: [number, number]): Tensor4D {
  if (sy === 1 && sx === 1) return x;
  const [n, h, w, c] = x.shape;
  const rows = tf.pad(tf.reshape(x, [n * h, 1, w * c]), [[0, 0], [0, sy - 1], [0, 0]]);
  const entries = tf.pad(tf.reshape(rows, [n * h * sy * w, 1, c]), [[0, 0], [0, sx - 1], [0, 0]]);
  const grown = tf.reshape(entries, [n, h * sy, w * sx, c]) as Tensor4D;
  return tf.slice(grown, 0, [n, (h - 1) * sy + 1, (w - 1) * sx + 1, c]);
}

/** x with the window's padding around it, filled with `fill`. */
export function padInput(x: Tensor4D, g: WindowGeometry, fill: number): Tensor4D {
  return g.padding.flat().every(p => p === 0) ? x : tf.pad(x, [[0, 0], ...g.padding, [0, 0]], fill);
}

/** Rows and columns of x that the windows reach when nothing is padded. */
export function reach(g: WindowGeometry): [number, number] {
  return [0, 1].map(i => (g.outSize[i]! - 1) * g.strides[i]! + dilatedSize(g.kernel[i]!, g.dilation[i]!)) as
      [number, number];
}
