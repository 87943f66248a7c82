import type {Tensor1D, Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry, WindowGeometry} from '../../geometry';
import {areFinite, fillRows, read, sizeOf, wrap} from './arrays';
import {addFilterGrad, addForward, addInputGrad, isThin} from './direct';
import {multiplyAdd} from './gemm';
import {columnsOf, patchColumns, patchRows, rowsOf} from './operands';
import {Patches} from './patches';
import {scratch} from './scratch';

/** One group of a convolution: its patches, and its filters by the first and their number. */
interface Group {
  patches: Patches;
  firstChannel: number;
  firstFilter: number;
  filters: number;
}

function groupsOf(g: ConvGeometry): Group[] {
  const [channels, filters] = [g.channels / g.groups, g.filters / g.groups];
  return Array.from({length: g.groups}, (_, i) => ({
    patches: new Patches(g, i * channels, channels), firstChannel: i * channels, firstFilter: i * filters, filters,
  }));
}

/** True where each position's patch is one pixel of x, in order: patches are then the rows of x. */
function isPointwise(g: ConvGeometry): boolean {
  return [0, 1].every(i => g.kernel[i] === 1 && g.strides[i] === 1 && g.padding[i]!.every(p => p === 0));
}

/** out = patches @ filters + b */
export function conv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  const [xs, ws] = [read(x), read(w)];
  const shape = [g.batch, ...g.outSize, g.filters];
  const out = new Float32Array(sizeOf(shape));
  if (b) fillRows(out, read(b));
  // The direct loops skip the padding, whose zeros make NaN of a NaN or an Infinity: these go the other way.
  if (isThin(g) && areFinite(ws)) {
    addForward(xs, ws, out, g);
    return wrap(out, shape);
  }
  for (const {patches, firstChannel, firstFilter, filters} of groupsOf(g)) {
    const lines = isPointwise(g) ? rowsOf(xs, firstChannel, g.channels) : patchRows(xs, patches);
    multiplyAdd(lines, columnsOf(ws, firstFilter, g.filters), out, patches.positions, filters, patches.length,
        firstFilter, g.filters);
  }
  return wrap(out, shape);
}

/** How many numbers the patches' gradients may take while they wait to be added to dx. */
const waiting = 1 << 18;

/** Gradients of the patches = dout @ filters transposed, each then added to where the patch was read. */
export function conv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  const [douts, ws] = [read(dout), read(w)];
  const shape = [g.batch, ...g.inSize, g.channels];
  const dx = new Float32Array(sizeOf(shape));
  if (isThin(g)) {
    addInputGrad(douts, ws, dx, g);
    return wrap(dx, shape);
  }
  for (const {patches, firstChannel, firstFilter, filters} of groupsOf(g)) {
    const {positions, length} = patches;
    const right = rowsOf(ws, firstFilter, g.filters);
    if (isPointwise(g)) {
      multiplyAdd(rowsOf(douts, firstFilter, g.filters), right, dx, positions, length, filters, firstChannel,
          g.channels);
      continue;
    }
    const block = Math.min(positions, Math.max(1, Math.floor(waiting / length)));
    const columns = scratch('columns', block * length);
    for (let first = 0; first < positions; first += block) {
      const count = Math.min(block, positions - first);
      columns.fill(0, 0, count * length);
      multiplyAdd(rowsOf(douts, first * g.filters + firstFilter, g.filters), right, columns, count, length, filters, 0,
          length);
      for (let i = 0; i < count; i++) patches.add(dx, first + i, columns, i * length);
    }
  }
  return wrap(dx, shape);
}

/** dw = patches transposed @ dout */
export function conv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  const [xs, douts] = [read(x), read(dout)];
  const shape = [...g.kernel, g.channels / g.groups, g.filters];
  if (isThin(g) && areFinite(douts)) {
    const sums = new Float64Array(sizeOf(shape));
    addFilterGrad(xs, douts, sums, g);
    return wrap(Float32Array.from(sums), shape);
  }
  const dw = new Float32Array(sizeOf(shape));
  for (const {patches, firstChannel, firstFilter, filters} of groupsOf(g)) {
    const lines = isPointwise(g) ? columnsOf(xs, firstChannel, g.channels) : patchColumns(xs, patches);
    multiplyAdd(lines, columnsOf(douts, firstFilter, g.filters), dw, patches.length, filters, patches.positions,
        firstFilter, g.filters);
  }
  return wrap(dw, shape);
}

/** Row r of the columns is entry r of the patches; `channelsFirst` orders the entries (c, kh, kw). */
export function im2col(x: Tensor4D, g: WindowGeometry, channelsFirst: boolean): Tensor2D {
  const xs = read(x);
  const patches = new Patches(g, 0, g.channels);
  const {positions, length} = patches;
  const cols = new Float32Array(length * positions);
  const rows = rowOrder(g, channelsFirst);
  const patch = scratch('patch', length);
  for (let i = 0; i < positions; i++) {
    patches.read(xs, i, 0, length, patch, 0, 1);
    for (let r = 0; r < length; r++) cols[rows[r]! * positions + i] = patch[r]!;
  }
  return wrap(cols, [length, positions]);
}

export function col2im(cols: Tensor2D, g: WindowGeometry, channelsFirst: boolean): Tensor4D {
  const values = read(cols);
  const patches = new Patches(g, 0, g.channels);
  const {positions, length} = patches;
  const shape = [g.batch, ...g.inSize, g.channels];
  const dx = new Float32Array(sizeOf(shape));
  const rows = rowOrder(g, channelsFirst);
  const patch = scratch('patch', length);
  for (let i = 0; i < positions; i++) {
    for (let r = 0; r < length; r++) patch[r] = values[rows[r]! * positions + i]!;
    patches.add(dx, i, patch, 0);
  }
  return wrap(dx, shape);
}

/** The row of each entry of a patch, whose own order is (kh, kw, c). */
function rowOrder(g: WindowGeometry, channelsFirst: boolean): Int32Array {
  const taps = g.kernel[0] * g.kernel[1];
  return Int32Array.from({length: taps * g.channels}, (_, e) => {
    const channel = e % g.channels;
    return channelsFirst ? channel * taps + (e - channel) / g.channels : e;
  });
}
