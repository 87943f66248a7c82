import * as tf from '@tensorflow/tfjs-core';
import type {Tensor, Tensor4D, Tensor5D} from '@tensorflow/tfjs-core';

import type {WindowGeometry} from '../../geometry';
import * as composed from '../default/pool';
import type {TieRule} from '../kernels';
import {allFinite, bool, execute, ints, paddingAttributes, paddingKind, text} from './execute';

/** MaxPool drops NaN and gives -3.4e38 for a window of -Infinity: such inputs take the exact way. */
export function maxPool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  if (isDilated(g) || !allFinite(x)) return composed.maxPool(x, g);
  return execute('MaxPool', [...windowAttributes(g), ...paddingAttributes(g)], [x]);
}

export function maxPoolScatter(
    dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  if (ties === 'first' && !isDilated(g) && paddingKind(g) !== 'EXPLICIT' && allFinite(out) && allFinite(dout)) {
    return execute('MaxPoolGrad', [...windowAttributes(g), ...paddingAttributes(g)], [x, out, dout]);
  }
  return ties === 'all' && !isDilated(g) ? scatterByShift(dout, x, out, g) :
      composed.maxPoolScatter(dout, x, out, g, ties);
}

export function maxPoolGather(v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  return ties === 'all' && !isDilated(g) ? gatherByShift(v, x, out, g) : composed.maxPoolGather(v, x, out, g, ties);
}

function windowAttributes(g: WindowGeometry) {
  return [ints('ksize', [1, ...g.kernel, 1]), ints('strides', [1, ...g.strides, 1]), text('data_format', 'NHWC')];
}

function isDilated(g: WindowGeometry): boolean {
  return g.dilation[0] > 1 || g.dilation[1] > 1;
}

/**
 * Cuts x into blocks of one stride, [N * Qy, Sy, Qx, Sx, C]. Window o covers block o and, where windows overlap, parts
 * of the blocks o + m after it: for each shift m one broadcast comparison of these parts with the outputs, whatever
 * the number of entries in them.
 */
function scatterByShift(dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry): Tensor4D {
  const cut = blocksOf(g);
  const {shape} = cut;
  const x5 = inBlocks(x, cut, NaN);
  const outAt = shifted(out, cut, NaN);
  const doutAt = shifted(dout, cut, 0);
  const zero = tf.scalar(0);
  const terms = shiftsOf(g, cut).map(({shift: [my, mx], height, width, isWhole}) => {
    const covered = isWhole ? x5 : tf.slice(x5, [0, 0, 0, 0, 0], [-1, height, -1, width, -1]);
    const share = execute('SelectV2', [], [equal(covered, outAt(my, mx)), doutAt(my, mx), zero]);
    return isWhole ? share :
        tf.pad(share, [[0, 0], [0, shape[1] - height], [0, 0], [0, shape[3] - width], [0, 0]]);
  });
  const dx = tf.reshape(sumOf(terms), [g.batch, ...cut.size, g.channels]) as Tensor4D;
  return shiftTo(dx, cut.before.map(p => -p), g.inSize, 0);
}

/** The adjoint of {@link scatterByShift}: what stands at the maxima in each block is summed for the window m before. */
function gatherByShift(v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry): Tensor4D {
  const cut = blocksOf(g);
  const {shape, blocks} = cut;
  const [x5, v5] = [inBlocks(x, cut, NaN), inBlocks(v, cut, 0)];
  const outAt = shifted(out, cut, NaN);
  const zero = tf.scalar(0);
  const terms = shiftsOf(g, cut).map(({shift: [my, mx], height, width, isWhole}) => {
    const part = (t: Tensor): Tensor => (isWhole ? t : tf.slice(t, [0, 0, 0, 0, 0], [-1, height, -1, width, -1]));
    const chosen = execute('SelectV2', [], [equal(part(x5), outAt(my, mx)), part(v5), zero]);
    const perBlock = tf.reshape(sumOf(entriesOf(chosen, height, width)), [shape[0] * shape[2], shape[4]]);
    const back = my * shape[2] + mx;
    return back === 0 ? perBlock : tf.pad(tf.slice(perBlock, [back, 0]), [[0, back], [0, 0]]);
  });
  const sums = tf.reshape(sumOf(terms), [g.batch, ...blocks, g.channels]) as Tensor4D;
  return shiftTo(sums, [0, 0], g.outSize, 0);
}

/** The entries of each block one by one, [N * Qy, 1, Qx, 1, C]: TensorFlow adds them faster than it sums two axes. */
function entriesOf(t: Tensor, height: number, width: number): Tensor[] {
  if (height === 1 && width === 1) return [t];
  return Array.from({length: height * width}, (_, i) =>
    tf.slice(t, [0, Math.floor(i / width), 0, i % width, 0], [-1, 1, -1, 1, -1]));
}

function equal(a: Tensor, b: Tensor): Tensor {
  return execute('Equal', [bool('incompatible_shape_error', true)], [a, b]);
}

function sumOf(terms: Tensor[]): Tensor {
  return terms.length === 1 ? terms[0]! : tf.addN(terms);
}

/** How x is cut into blocks of one stride. */
interface Blocks {
  /** Over how many blocks a window reaches. */
  shifts: Pair;
  /** [Qy, Qx] */
  blocks: Pair;
  /** The image that the blocks make up. */
  size: Pair;
  /** Padding before the image. */
  before: number[];
  /** [N * Qy, Sy, Qx, Sx, C] */
  shape: Shape5D;
}

function blocksOf(g: WindowGeometry): Blocks {
  const shifts = g.kernel.map((f, i) => Math.ceil(f / g.strides[i]!)) as Pair;
  const blocks = shifts.map((m, i) => g.outSize[i]! + m - 1) as Pair;
  const size = blocks.map((q, i) => q * g.strides[i]!) as Pair;
  const shape: Shape5D = [g.batch * blocks[0], g.strides[0], blocks[1], g.strides[1], g.channels];
  return {shifts, blocks, size, before: g.padding.map(sides => sides[0]), shape};
}

function inBlocks(x: Tensor4D, {before, size, shape}: Blocks, fill: number): Tensor5D {
  return tf.reshape(shiftTo(x, before, size, fill), shape) as Tensor5D;
}

/** Each shift, and how much of a block a window covers there. */
function shiftsOf(g: WindowGeometry, {shifts, shape}: Blocks) {
  return Array.from({length: shifts[0] * shifts[1]}, (_, i) => {
    const shift: Pair = [Math.floor(i / shifts[1]), i % shifts[1]];
    const [height, width] = shift.map((m, axis) =>
      Math.min(g.strides[axis]!, g.kernel[axis]! - g.strides[axis]! * m)) as Pair;
    return {shift, height, width, isWhole: height === shape[1] && width === shape[3]};
  });
}

type Pair = [number, number];
type Shape5D = [number, number, number, number, number];

/**
 * Gives what each block sees of the window (my, mx) blocks before it, [N * Qy, 1, Qx, 1, C]. With the rows and columns
 * that are missing after the last window filled in, a shift is one along the flat list of blocks: it wraps into
 * `fill`, and TensorFlow cuts such a list without a copy.
 */
function shifted(t: Tensor4D, {shifts, blocks, shape}: Blocks, fill: number): (my: number, mx: number) => Tensor {
  const count = shape[0] * shape[2];
  const furthest = (shifts[0] - 1) * shape[2] + shifts[1] - 1;
  const list = tf.reshape(shiftTo(t, [0, 0], blocks, fill), [count, shape[4]]);
  const lead = furthest === 0 ? list : tf.concat([tf.fill([furthest, shape[4]], fill), list]);
  return (my, mx) => {
    const begin = furthest - my * shape[2] - mx;
    const part = furthest === 0 ? lead : tf.slice(lead, [begin, 0], [count, -1]);
    return tf.reshape(part, [shape[0], 1, shape[2], 1, shape[4]]);
  };
}

/** x moved down and right by `offset` entries into an image of this size; `fill` where x does not reach. */
function shiftTo(x: Tensor4D, offset: number[], size: number[], fill: number): Tensor4D {
  const first = offset.map(o => Math.max(0, -o));
  const count = offset.map((o, i) => Math.min(x.shape[i + 1]! - first[i]!, size[i]! - Math.max(0, o)));
  const whole = count.every((n, i) => n === x.shape[i + 1]);
  const inner = whole ? x : tf.slice(x, [0, first[0]!, first[1]!, 0], [-1, count[0]!, count[1]!, -1]);
  const sides = offset.map((o, i) => [Math.max(0, o), size[i]! - count[i]! - Math.max(0, o)] as [number, number]);
  return sides.flat().every(p => p === 0) ? inner : tf.pad(inner, [[0, 0], ...sides, [0, 0]] as [number, number][], fill);
}
