import * as tf from '@tensorflow/tfjs-core';
import type {Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import {dilatedSize} from '../../geometry';
import type {ConvGeometry, WindowGeometry} from '../../geometry';
import {hasKernel} from '../probe';
import {placeTap, reach, spreadOut, takeTap, taps} from './windows';

export type Sides = [[number, number], [number, number]];

/** A backend's convolution: any strides, dilation and padding, no groups. */
export type Convolve =
    (x: Tensor4D, w: Tensor4D, strides: [number, number], dilations: [number, number], padding: Sides) => Tensor4D;

/** One call of tfjs's kernel, which takes what core's own conv2d refuses. */
export const convolve: Convolve = (x, w, strides, dilations, padding) => {
  const only = withoutIdleStrides(x, w, strides, dilations, padding);
  return tf.engine().runKernel('Conv2D', {x: only.x, filter: w}, {
    strides: only.strides, dilations, pad: [[0, 0], ...only.padding, [0, 0]], dataFormat: 'NHWC',
    dimRoundingMode: undefined,
  } as unknown as tf.NamedAttrMap) as Tensor4D;
};

/**
 * The same convolution with stride 1 along an axis where there is a single output: TensorFlow 2.21 with oneDNN is wrong
 * for strides [1, s] and one column of outputs (several images of one channel). What that window does not see is cut.
 */
export function withoutIdleStrides(
    x: Tensor4D, w: Tensor4D, strides: number[], dilations: number[], padding: Sides):
    {x: Tensor4D, strides: number[], padding: Sides} {
  const extent = [0, 1].map(i => dilatedSize(w.shape[i]!, dilations[i]!));
  const room = [0, 1].map(i => x.shape[i + 1]! + padding[i]![0] + padding[i]![1] - extent[i]!);
  const idle = room.map((r, i) => r < strides[i]! && padding[i]![0] < extent[i]!);
  const cut = room.map((r, i) => (idle[i] ? Math.max(0, r - padding[i]![1]) : 0));
  const size = cut.map((c, i) => x.shape[i + 1]! - c);
  return {
    x: cut.every(c => c === 0) ? x : tf.slice(x, 0, [-1, size[0]!, size[1]!, -1]),
    strides: strides.map((s, i) => (idle[i] ? 1 : s)),
    padding: padding.map(([before, after], i) => [before, idle[i] ? after - (room[i]! - cut[i]!) : after]) as Sides,
  };
}

/** Runs a convolution group by group and puts the results side by side. */
export function byGroup(g: ConvGeometry, f: (part: number, g: ConvGeometry) => Tensor4D): Tensor4D {
  if (g.groups === 1) return f(0, g);
  const one = {...g, groups: 1, channels: g.channels / g.groups, filters: g.filters / g.groups};
  return tf.concat(Array.from({length: g.groups}, (_, i) => f(i, one)), 3) as Tensor4D;
}

/** The i-th of equal parts along the last axis. */
export function part(x: Tensor4D, i: number, groups: number): Tensor4D {
  if (groups === 1) return x;
  const size = x.shape[3] / groups;
  return tf.slice(x, [0, 0, 0, i * size], [-1, -1, -1, size]);
}

export function conv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  const out = byGroup(g, i => convolve(
      part(x, i, g.groups), part(w, i, g.groups), g.strides, g.dilation, g.padding));
  return b ? tf.add(out, b) : out;
}

export function conv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  return byGroup(g, (i, one) => {
    const [douti, wi] = [part(dout, i, g.groups), part(w, i, g.groups)];
    if (!isPlain(g) || !hasKernel('Conv2DBackpropInput')) return inputGradAsConv(douti, wi, one);
    const padded = g.inSize.map((n, axis) => n + sum(g.padding[axis]!)) as [number, number];
    const dx = tf.engine().runKernel('Conv2DBackpropInput', {dy: douti, filter: wi}, {
      ...validAttrs(g), inputShape: [g.batch, ...padded, one.channels],
    } as unknown as tf.NamedAttrMap) as Tensor4D;
    return isPadded(g) ? tf.slice(dx, [0, g.padding[0][0], g.padding[1][0], 0], [-1, ...g.inSize, -1]) : dx;
  });
}

export function conv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  const plain = isPlain(g) && hasKernel('Conv2DBackpropFilter');
  const padded = plain && isPadded(g) ? tf.pad(x, [[0, 0], ...g.padding, [0, 0]]) : x;
  return byGroup(g, (i, one) => {
    const [xi, douti] = [part(padded, i, g.groups), part(dout, i, g.groups)];
    if (!plain) return filterGradAsConv(xi, douti, one);
    return tf.engine().runKernel('Conv2DBackpropFilter', {x: xi, dy: douti}, {
      ...validAttrs(g), filterShape: [...g.kernel, one.channels, one.filters],
    } as unknown as tf.NamedAttrMap) as Tensor4D;
  });
}

/** What the gradient kernels of tfjs know: they ignore dilation. */
function isPlain(g: ConvGeometry): boolean {
  return g.dilation[0] === 1 && g.dilation[1] === 1;
}

/** The gradient kernels work on padded images: tfjs-node's refuse any padding but 'same' and 'valid'. */
function validAttrs(g: ConvGeometry): object {
  return {strides: g.strides, pad: 'valid', dataFormat: 'NHWC', dimRoundingMode: undefined};
}

function isPadded(g: ConvGeometry): boolean {
  return g.padding.flat().some(p => p > 0);
}

function sum([before, after]: [number, number]): number {
  return before + after;
}

/**
 * dx[p] = sum_k dout[(p + P - D k) / S] w[k]: dout with S - 1 zeros between its entries, convolved with the filter
 * flipped and transposed, D apart.
 */
export function inputGradAsConv(
    dout: Tensor4D, w: Tensor4D, g: ConvGeometry, conv: Convolve = convolve): Tensor4D {
  const spread = spreadOut(dout, g.strides);
  const turned = tf.transpose(tf.reverse(w, [0, 1]), [0, 1, 3, 2]);
  const full = g.kernel.map((k, i) => [dilatedSize(k, g.dilation[i]!) - 1, dilatedSize(k, g.dilation[i]!) - 1]) as Sides;
  return window(conv(spread, turned, [1, 1], g.dilation, full),
      [g.padding[0][0], g.padding[1][0]], g.inSize);
}

/**
 * dw[k] = sum_o x[S o + D k - P] dout[o]: a convolution whose filter is dout, S apart, and whose stride is D; the
 * channels of x are its images and the images its channels.
 */
export function filterGradAsConv(
    x: Tensor4D, dout: Tensor4D, g: ConvGeometry, conv: Convolve = convolve): Tensor4D {
  const need = reach(g);
  const after = need.map((n, i) => n - g.inSize[i]! - g.padding[i]![0]);
  if (need.some((n, i) => n <= g.padding[i]![0])) return tf.zeros([...g.kernel, g.channels, g.filters]);  // padding alone
  const used = after.some(a => a < 0) ?
      tf.slice(x, 0, [-1, ...g.inSize.map((n, i) => n + Math.min(0, after[i]!)), -1]) : x;
  const sides = after.map((a, i) => [g.padding[i]![0], Math.max(0, a)]) as Sides;
  const dw = conv(tf.transpose(used, [3, 1, 2, 0]), tf.transpose(dout, [1, 2, 0, 3]), g.dilation, g.strides, sides);
  return tf.transpose(dw, [1, 2, 0, 3]);
}

/** The part of x from `begin` with this size; zeros where x ends before. */
function window(x: Tensor4D, begin: [number, number], size: [number, number]): Tensor4D {
  const have = size.map((n, i) => Math.max(0, Math.min(n, x.shape[i + 1]! - begin[i]!)));
  if (have.some(n => n === 0)) return tf.zeros([x.shape[0], ...size, x.shape[3]]);
  const inner = tf.slice(x, [0, ...begin, 0], [-1, ...have, -1]) as Tensor4D;
  const missing = size.map((n, i) => n - have[i]!);
  return missing.every(m => m === 0) ? inner :
      tf.pad(inner, [[0, 0], [0, missing[0]!], [0, missing[1]!], [0, 0]]);
}

/** The columns of one image after the other; each column a patch. */
export function im2col(x: Tensor4D, g: WindowGeometry, channelsFirst: boolean): Tensor2D {
  const positions = g.batch * g.outSize[0] * g.outSize[1];
  const patches = taps(g).map(tap => tf.reshape(takeTap(x, tap, g, 0), [positions, g.channels]));
  const rows = tf.stack(patches, channelsFirst ? 2 : 1);  // [positions, taps, c] or [positions, c, taps]
  return tf.transpose(tf.reshape(rows, [positions, patches.length * g.channels]));
}

export function col2im(cols: Tensor2D, g: WindowGeometry, channelsFirst: boolean): Tensor4D {
  const all = taps(g);
  const grouped = channelsFirst ? [g.channels, all.length, -1] : [all.length, g.channels, -1];
  const byTap = tf.transpose(tf.reshape(cols, grouped), channelsFirst ? [1, 2, 0] : [0, 2, 1]);
  const images = tf.unstack(byTap).map(t => tf.reshape(t, [g.batch, ...g.outSize, g.channels]) as Tensor4D);
  return tf.addN(all.map((tap, i) => placeTap(images[i]!, tap, g)));
}
