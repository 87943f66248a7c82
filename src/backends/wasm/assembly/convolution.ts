/**
 * Convolution as a product with patches that exist for a few positions at a time. The three products are
 *
 *     out = patches w        dw += patches^T dout        patches' = dout w^T, added back to where they came from
 *
 * Of filters and patches the smaller is packed as a whole, by all threads, and the larger read as it is.
 */
import {addTo, chunk, clear, copy} from './lanes';
import {limitPatches, movePatches, packPatches, packScratch, patchStride, positions} from './patches';
import {
  depth, edgeSize, pack, packedSize, packStrips, panelsFirst, roundUp, rowsFirst, stripsSize, takeEdge,
  tileColumns, tileRows, thinProduct, thinRows, width,
} from './product';
import {
  batch, channels, dilationY, inHeight, inWidth, kernelHeight, kernelWidth, outHeight, outWidth, strideY, top,
} from './window';

/** Positions worked off at a time in the forward and in the input gradient. */
export const positionsAtOnce: i32 = 40;
/** Positions added up at a time in the filter gradient. */
export const positionsSummed: i32 = 192;
/** Floats of scratch for the sums of slices in the filter gradient. */
const slicesSize: i32 = 1 << 21;
/** Into how many units the gradients are cut where they are large enough. */
const unitsWanted: i32 = 16;

// @ts-ignore: decorator
@inline function ceilDiv(n: i32, by: i32): i32 {
  return (n + by - 1) / by;
}

// @ts-ignore: decorator
@inline function lengthOf(groups: i32): i32 {
  return kernelHeight * kernelWidth * (channels / groups);
}

/**
 * Whether there are fewer patches than filters, so that these are not packed.
 * `npm run thresholds -- --backend wasm` measures both ways where there are about as many of each.
 */
export function fewPatches(filters: i32, groups: i32): i32 {
  return <i32>(positions() < filters / groups);
}

/** Floats of what is packed as a whole for the forward (0) or the input gradient (1). */
export function packedFloats(filters: i32, groups: i32, pass: i32): i32 {
  const length = lengthOf(groups), perGroup = filters / groups;
  if (fewPatches(filters, groups)) {
    return groups * (pass == 0 ? stripsSize(length, positions()) : positions() * length);
  }
  return groups * (pass == 0 ? packedSize(length, perGroup) : packedSize(perGroup, length));
}

/** Units of {@link packConvolution}: what is packed, panel by panel or strip by strip. */
export function packUnits(filters: i32, groups: i32, pass: i32): i32 {
  if (fewPatches(filters, groups)) return groups * ceilDiv(positions(), tileRows);
  return groups * ceilDiv(pass == 0 ? filters / groups : lengthOf(groups), tileColumns);
}

/** Floats of scratch that each thread asks for to pack, and to convolve forward. */
export function forwardScratch(filters: i32, groups: i32): i32 {
  const length = lengthOf(groups);
  const own = fewPatches(filters, groups) ? packedSize(min(length, depth), min(filters / groups, width)) :
      stripsSize(length, positionsAtOnce);
  return edgeSize + packScratch(channels / groups) + own;
}

/** Packs filters w, or patches of the image x where they are few. */
export function packConvolution(
    x: usize, w: usize, packed: usize, filters: i32, groups: i32, scratch: usize, from: i32, to: i32): void {
  const size = channels / groups, length = lengthOf(groups), perGroup = filters / groups;
  const few = fewPatches(filters, groups) != 0;
  const perGroupUnits = few ? ceilDiv(positions(), tileRows) : ceilDiv(perGroup, tileColumns);
  clear(scratch, size);
  for (let u = from; u < to; ++u) {
    const g = u / perGroupUnits, i = u % perGroupUnits;
    if (few) {
      const p = i * tileRows;
      packPatches(x, g * size, size, p, min(tileRows, positions() - p),
          packed + (<usize>g * stripsSize(length, positions()) + <usize>p * length) * 4, scratch);
    } else {
      packPanel(w + <usize>(g * perGroup) * 4, <usize>filters * 4, 4, length, perGroup, i,
          packed + <usize>g * packedSize(length, perGroup) * 4);
    }
  }
}

/** Packs w^T, [filters, (kh, kw, c)], for the input gradient. */
export function packTransposed(
    w: usize, packed: usize, filters: i32, groups: i32, scratch: usize, from: i32, to: i32): void {
  const length = lengthOf(groups), perGroup = filters / groups, panels = ceilDiv(length, tileColumns);
  for (let u = from; u < to; ++u) {
    const g = u / panels;
    packPanel(w + <usize>(g * perGroup) * 4, 4, <usize>filters * 4, perGroup, length, u % panels,
        packed + <usize>g * packedSize(perGroup, length) * 4);
  }
}

/** One panel of b [k, n], part by part of the inner dimension: all panels of the first part come before the second. */
function packPanel(b: usize, brs: usize, bcs: usize, k: i32, n: i32, panel: i32, packed: usize): void {
  const j = panel * tileColumns;
  for (let p = 0; p < k; p += depth) {
    const here = min(depth, k - p);
    pack(b + <usize>p * brs + <usize>j * bcs, brs, bcs, here, min(tileColumns, n - j),
        packed + (<usize>packedSize(p, n) + <usize>j * here) * 4);
  }
}

/** Units of {@link convForward}. */
export function forwardUnits(filters: i32, groups: i32): i32 {
  return fewPatches(filters, groups) ? groups * ceilDiv(filters / groups, tileColumns) :
      ceilDiv(positions(), positionsAtOnce);
}

/** out [N, Ho, Wo, K] = conv(x, w) + bias, which is absent when 0, from what {@link packConvolution} packed. */
export function convForward(
    x: usize, w: usize, bias: usize, out: usize, packed: usize, filters: i32, groups: i32, scratch: usize, from: i32,
    to: i32): void {
  scratch = takeEdge(scratch);
  if (fewPatches(filters, groups)) filterByFilter(packed, w, bias, out, filters, groups, scratch, from, to);
  else patchByPatch(x, packed, bias, out, filters, groups, scratch, from, to);
}

function patchByPatch(
    x: usize, packed: usize, bias: usize, out: usize, filters: i32, groups: i32, zeros: usize, from: i32,
    to: i32): void {
  const size = channels / groups, length = lengthOf(groups), perGroup = filters / groups;
  const ldo = <usize>filters * 4;
  const strips = zeros + <usize>packScratch(size) * 4;
  const end = min(positions(), to * positionsAtOnce);
  clear(zeros, size);
  for (let g = 0; g < groups; ++g) {
    const column = <usize>(g * perGroup) * 4;
    const panels = packed + <usize>g * packedSize(length, perGroup) * 4;
    for (let p = from * positionsAtOnce; p < end; p += positionsAtOnce) {
      const count = min(positionsAtOnce, end - p);
      packPatches(x, g * size, size, p, count, strips, zeros);
      const here = out + <usize>p * ldo + column;
      for (let k = 0; k < length; k += depth) {
        panelsFirst(strips + <usize>k * 20, 20, <usize>length * 20, panels + <usize>packedSize(k, perGroup) * 4, count,
            perGroup, min(depth, length - k), k > 0 ? here : bias ? bias + column : 0, k > 0 ? ldo : 0, here, ldo);
      }
    }
  }
}

function filterByFilter(
    packed: usize, w: usize, bias: usize, out: usize, filters: i32, groups: i32, scratch: usize, from: i32,
    to: i32): void {
  const length = lengthOf(groups), perGroup = filters / groups, perGroupUnits = ceilDiv(perGroup, tileColumns);
  const ldo = <usize>filters * 4, total = positions();
  for (let u = from; u < to;) {
    const g = u / perGroupUnits, first = u % perGroupUnits;
    const units = min(min(to - u, perGroupUnits - first), width / tileColumns);
    const j = first * tileColumns, columns = min(perGroup - j, units * tileColumns);
    const at = <usize>(g * perGroup + j) * 4;
    const strips = packed + <usize>g * stripsSize(length, total) * 4;
    if (total <= thinRows) {
      thinProduct(strips, 4, 20, w + at, ldo, bias ? bias + at : 0, out + at, ldo, total, columns, length, scratch, 0,
          units);
    } else {
      for (let k = 0; k < length; k += depth) {
        const here = min(depth, length - k);
        pack(w + <usize>k * ldo + at, ldo, 4, here, columns, scratch);
        panelsFirst(strips + <usize>k * 20, 20, <usize>length * 20, scratch, total, columns, here,
            k > 0 ? out + at : bias ? bias + at : 0, k > 0 ? ldo : 0, out + at, ldo);
      }
    }
    u += units;
  }
}

/** Into how many bands of rows each image is cut for the input gradient. */
function bands(): i32 {
  return max(1, min(ceilDiv(unitsWanted, batch), inHeight / (4 * kernelHeight * dilationY)));
}

/** Units of {@link convInputGrad} and of {@link addPatches}: bands of images. */
export function imageUnits(): i32 {
  return batch * bands();
}

/** Floats of scratch that each thread of {@link convInputGrad} asks for. */
export function inputGradScratch(filters: i32, groups: i32): i32 {
  return edgeSize + stripsSize(filters / groups, positionsAtOnce) +
      positionsAtOnce * <i32>(patchStride(lengthOf(groups)) >> 2);
}

// The band that a unit is about: its image, its rows of that, and the positions whose windows may reach them.
let image: i32 = 0;
let bandTop: i32 = 0;
let bandEnd: i32 = 0;
let bandFrom: i32 = 0;
let bandTo: i32 = 0;

function takeBand(u: i32): void {
  const count = bands();
  const band = u % count;
  image = u / count;
  bandTop = <i32>(<i64>inHeight * band / count);
  bandEnd = <i32>(<i64>inHeight * (band + 1) / count);
  const reach = (kernelHeight - 1) * dilationY;
  const first = max(0, bandTop + top - reach + strideY - 1) / strideY;
  const last = min(outHeight - 1, (bandEnd - 1 + top) / strideY);
  bandFrom = (image * outHeight + first) * outWidth;
  bandTo = (image * outHeight + max(first, last + 1)) * outWidth;
  limitPatches(0, kernelHeight, bandTop, bandEnd);
}

function clearBand(dx: usize): void {
  const row = inWidth * channels;
  clear(dx + <usize>(image * inHeight + bandTop) * row * 4, (bandEnd - bandTop) * row);
}

/** dx [N, H, W, C]: dout w^T, the gradient of each patch, added to the image. */
export function convInputGrad(
    dout: usize, packed: usize, dx: usize, filters: i32, groups: i32, scratch: usize, from: i32, to: i32): void {
  const size = channels / groups, length = lengthOf(groups), perGroup = filters / groups;
  const ld = patchStride(length), ldo = <usize>filters * 4;
  const strips = takeEdge(scratch);
  const rows = strips + <usize>stripsSize(perGroup, positionsAtOnce) * 4;
  for (let u = from; u < to; ++u) {
    takeBand(u);
    clearBand(dx);
    for (let g = 0; g < groups; ++g) {
      const panels = packed + <usize>g * packedSize(perGroup, length) * 4;
      for (let p = bandFrom; p < bandTo; p += positionsAtOnce) {
        const count = min(positionsAtOnce, bandTo - p);
        packStrips(dout + <usize>p * ldo + <usize>(g * perGroup) * 4, ldo, 4, count, perGroup, strips);
        for (let k = 0; k < perGroup; k += depth) {
          panelsFirst(strips + <usize>k * 20, 20, <usize>perGroup * 20, panels + <usize>packedSize(k, length) * 4,
              count, length, min(depth, perGroup - k), k > 0 ? rows : 0, ld, rows, ld);
        }
        movePatches(dx, g * size, size, p, count, rows, ld, true);
      }
    }
  }
}

/** dx from the gradients of all patches, [groups, positions, (kh, kw, c)]: where there are fewer than filters. */
export function addPatches(patches: usize, dx: usize, groups: i32, scratch: usize, from: i32, to: i32): void {
  const size = channels / groups, length = lengthOf(groups), ld = <usize>length * 4;
  for (let u = from; u < to; ++u) {
    takeBand(u);
    clearBand(dx);
    for (let g = 0; g < groups; ++g) {
      movePatches(dx, g * size, size, bandFrom, max(0, bandTo - bandFrom),
          patches + <usize>(g * positions() + bandFrom) * ld, ld, true);
    }
  }
}

/** Rows of the kernel that a unit of the filter gradient sums together: enough to pay for packing dout. */
function kernelRows(groups: i32): i32 {
  return min(kernelHeight, ceilDiv(96, kernelWidth * (channels / groups)));
}

/** Filters that such a unit sums. */
function filtersTogether(perGroup: i32): i32 {
  return perGroup < 256 ? perGroup : roundUp(ceilDiv(perGroup, min(4, perGroup / 128)), tileColumns);
}

/** Slices of the positions, each with sums of its own, [slices, kh, kw, C / groups, K]. */
export function filterGradSlices(filters: i32, groups: i32): i32 {
  const others = ceilDiv(kernelHeight, kernelRows(groups)) * ceilDiv(filters / groups, filtersTogether(filters / groups));
  const room = slicesSize / (lengthOf(groups) * filters);
  return max(1, min(min(ceilDiv(unitsWanted, others), room), positions() / (4 * positionsSummed)));
}

/** Units of {@link convFilterGrad}. */
export function filterGradUnits(filters: i32, groups: i32): i32 {
  const perGroup = filters / groups;
  return filterGradSlices(filters, groups) * ceilDiv(kernelHeight, kernelRows(groups)) *
      ceilDiv(perGroup, filtersTogether(perGroup));
}

/** Floats of scratch that each thread of {@link convFilterGrad} asks for. */
export function filterGradScratch(filters: i32, groups: i32): i32 {
  const length = kernelRows(groups) * kernelWidth * (channels / groups);
  return edgeSize + positionsSummed * <i32>(patchStride(length) >> 2) +
      packedSize(positionsSummed, filtersTogether(filters / groups)) + 4;
}

/** dw = patches^T dout, slice by slice of the positions; the sums of slice s are at dw + s * (floats of dw). */
export function convFilterGrad(
    x: usize, dout: usize, dw: usize, filters: i32, groups: i32, scratch: usize, from: i32, to: i32): void {
  const size = channels / groups, perGroup = filters / groups, ldo = <usize>filters * 4;
  const kys = kernelRows(groups), columns = filtersTogether(perGroup), slices = filterGradSlices(filters, groups);
  const kyParts = ceilDiv(kernelHeight, kys), columnParts = ceilDiv(perGroup, columns);
  const ld = patchStride(kys * kernelWidth * size);
  const rows = takeEdge(scratch);
  const panels = rows + <usize>positionsSummed * ld + 16;
  const total = positions();
  for (let u = from; u < to; ++u) {
    const s = u / (kyParts * columnParts), ky = u / columnParts % kyParts * kys, j = u % columnParts * columns;
    const n = min(columns, perGroup - j), endKy = min(kernelHeight, ky + kys);
    const length = (endKy - ky) * kernelWidth * size;
    const first = <i32>(<i64>total * s / slices), end = <i32>(<i64>total * (s + 1) / slices);
    limitPatches(ky, endKy, 0, inHeight);
    for (let g = 0; g < groups; ++g) {
      const column = <usize>(g * perGroup + j) * 4;
      const sums = dw + (<usize>s * lengthOf(groups) + <usize>(ky * kernelWidth * size)) * ldo + column;
      for (let p = first; p < end; p += positionsSummed) {
        const count = min(positionsSummed, end - p);
        movePatches(x, g * size, size, p, count, rows, ld, false);
        pack(dout + <usize>p * ldo + column, ldo, 4, count, n, panels);
        rowsFirst(rows, ld, 20, panels, length, n, count, p > first ? sums : 0, ldo, sums, ldo);
      }
    }
  }
}

/** sum [n] = parts [count, n] added up; a unit is a chunk of entries. */
export function sumParts(parts: usize, sum: usize, count: i32, n: i32, scratch: usize, from: i32, to: i32): void {
  const start = <usize>from * chunk * 4, entries = min(n, to * chunk) - from * chunk;
  sum += start;
  copy(sum, parts + start, entries);
  for (let s = 1; s < count; ++s) addTo(sum, parts + <usize>s * n * 4 + start, entries);
}

/** Floats of scratch that each thread of im2col and col2im asks for. */
export function columnsScratch(): i32 {
  return positionsAtOnce * <i32>(patchStride(kernelHeight * kernelWidth * channels) >> 2);
}

/** Row of patch entry (tap, channel) in the columns of im2col. */
// @ts-ignore: decorator
@inline function columnRow(tap: i32, channel: i32, channelsFirst: i32): i32 {
  return channelsFirst ? channel * kernelHeight * kernelWidth + tap : tap * channels + channel;
}

/** Patches as columns [kh kw c, positions], through patches as rows in scratch; a unit is a block of positions. */
export function im2col(x: usize, cols: usize, channelsFirst: i32, scratch: usize, from: i32, to: i32): void {
  limitPatches(0, kernelHeight, 0, inHeight);
  moveColumns(x, cols, channelsFirst, scratch, from * positionsAtOnce, min(positions(), to * positionsAtOnce), false);
}

/** The adjoint of {@link im2col}: columns added back to an image; a unit is a band of an image. */
export function col2im(cols: usize, x: usize, channelsFirst: i32, scratch: usize, from: i32, to: i32): void {
  for (let u = from; u < to; ++u) {
    takeBand(u);
    clearBand(x);
    moveColumns(x, cols, channelsFirst, scratch, bandFrom, bandTo, true);
  }
}

function moveColumns(
    x: usize, cols: usize, channelsFirst: i32, scratch: usize, first: i32, end: i32, back: bool): void {
  const taps = kernelHeight * kernelWidth;
  const ld = patchStride(taps * channels), total = positions();
  for (let p = first; p < end; p += positionsAtOnce) {
    const count = min(positionsAtOnce, end - p);
    if (!back) movePatches(x, 0, channels, p, count, scratch, ld, false);
    for (let tap = 0; tap < taps; ++tap) {
      for (let c = 0; c < channels; ++c) {
        let patch = scratch + <usize>(tap * channels + c) * 4;
        let col = cols + (<usize>columnRow(tap, c, channelsFirst) * total + p) * 4;
        for (let i = 0; i < count; ++i, patch += ld, col += 4) {
          if (back) store<f32>(patch, load<f32>(col));
          else store<f32>(col, load<f32>(patch));
        }
      }
    }
    if (back) movePatches(x, 0, channels, p, count, scratch, ld, true);
  }
}
