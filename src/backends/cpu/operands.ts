import type {Operand} from './gemm';
import type {Patches} from './patches';
import {scratch} from './scratch';

/** A matrix whose rows are the lines: entry k of line i at data[offset + i * stride + k]. */
export function rowsOf(data: Float32Array, offset: number, stride: number): Operand {
  return {pack: (panels, first, count, start, depth) => {
    packRows(panels, data, offset + first * stride + start, stride, count, depth);
  }};
}

function packRows(
    panels: Float32Array, data: Float32Array, offset: number, stride: number, count: number, depth: number): void {
  for (let i = 0; i < count; i++) {
    let to = (i & ~3) * depth + (i & 3);
    const from = offset + i * stride;
    for (let k = from; k < from + depth; k++, to += 4) panels[to] = data[k]!;
  }
}

/** A matrix whose columns are the lines: entry k of line i at data[offset + k * stride + i]. */
export function columnsOf(data: Float32Array, offset: number, stride: number): Operand {
  return {pack: (panels, first, count, start, depth) => {
    packColumns(panels, data, offset + start * stride + first, stride, count, depth);
  }};
}

function packColumns(
    panels: Float32Array, data: Float32Array, offset: number, stride: number, count: number, depth: number): void {
  const whole = count & ~3;
  for (let i = 0; i < whole; i += 4) {
    let to = i * depth, from = offset + i;
    for (let k = 0; k < depth; k++, to += 4, from += stride) {
      panels[to] = data[from]!;
      panels[to + 1] = data[from + 1]!;
      panels[to + 2] = data[from + 2]!;
      panels[to + 3] = data[from + 3]!;
    }
  }
  for (let i = whole; i < count; i++) {
    let to = whole * depth + i - whole, from = offset + i;
    for (let k = 0; k < depth; k++, to += 4, from += stride) panels[to] = data[from]!;
  }
}

/** The patches of x as lines. */
export function patchRows(x: Float32Array, patches: Patches): Operand {
  return {pack: (panels, first, count, start, depth) => {
    for (let i = 0; i < count; i++) {
      patches.read(x, first + i, start, start + depth, panels, (i & ~3) * depth + (i & 3), 4);
    }
  }};
}

/** The entries of the patches as lines, their depth the positions. */
export function patchColumns(x: Float32Array, patches: Patches): Operand {
  return {pack: (panels, first, count, start, depth) => {
    const patch = scratch('patch', count + 3);  // read four at a time
    for (let k = 0; k < depth; k++) {
      patches.read(x, start + k, first, first + count, patch, 0, 1);
      spreadOverPanels(patch, panels, count, depth, k * 4);
    }
  }};
}

function spreadOverPanels(patch: Float32Array, panels: Float32Array, count: number, depth: number, at: number): void {
  for (let i = 0, to = at; i < count; i += 4, to += 4 * depth) {
    panels[to] = patch[i]!;
    panels[to + 1] = patch[i + 1]!;
    panels[to + 2] = patch[i + 2]!;
    panels[to + 3] = patch[i + 3]!;
  }
}
