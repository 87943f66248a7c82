import {fill} from '../../convolution/model/numbers';
import type {Numbers} from '../../convolution/model/numbers';
import {newProblem} from '../../convolution/model/problem';
import {FIRST, writeState} from '../../convolution/model/state';
import {addressOf} from '../../shared/address';
import type {Backprop, LayerPass} from '../engine/contract';
import {positionIn} from './number_picture';

/** What of a layer was clicked on. */
export type Part = 'out' | 'dout' | 'dw' | 'dx';

const PAD = 1;

/** Whether the numbers behind a layer's pixels can be opened on the page of the convolution. */
export function opens(name: string, part: Part): boolean {
  return name.startsWith('conv') || (name.startsWith('pool') && part !== 'dw');
}

/**
 * The address of the convolution (or pooling) that an entry is made by, with the net's own numbers: a crop of 5x5 of its input,
 * in which the entry is whole.
 */
export function linkTo(pass: Backprop, at: number, part: Part, index: number[], image: string): string {
  const layer = pass.layers[at]!;
  const before = at === 0 ? {name: 'the image', shape: [28, 28, 1], out: pass.image} : pass.layers[at - 1]!;
  const about = `${layer.name} after ${pass.step} steps, ${image}`;
  const state = layer.name.startsWith('pool') ? poolState(layer, before, part, index) :
    part === 'dx' ? gatherState(layer, index) : convState(layer, before, part, part === 'dw' ? largestOf(layer,
      index[3]!) : index);
  const page = new URL('./index.html', location.href).href;
  return addressOf(writeState({...FIRST, ...state, from: `${about}: ${state.from}`}), page);
}

type Input = Pick<LayerPass, 'name' | 'shape' | 'out'>;

/** An entry [i, j, k] of out or of dout: all channels of the input around it, filter k. */
function convState(layer: LayerPass, before: Input, part: Part, [i, j, k]: number[]) {
  const depth = before.shape[2]!;
  const filters = layer.shape[2]!;
  const kernel = layer.weights[0]!;
  const sizes = {width: 5, depth, filters: 1, kernel: 3, stride: 1, padding: 0};
  return {
    problem: {
      ...newProblem('conv', 1, sizes),
      x: crop(before.shape, before.out, i! - 1 - PAD, j! - 1 - PAD, 5),
      w: fill([3, 3, depth, 1], ([u, v, c]) => kernel.values[positionIn(kernel.shape, [u!, v!, c!, k!])]!),
      b: {shape: [1], data: [0]},
      dout: channel(crop(layer.shape, layer.dout, i! - 1, j! - 1, 3), k!),
    },
    view: part === 'out' ? 'forward' as const : 'backward' as const, step: 4,
    share: part === 'dw' ? 'all' as const : 'alone' as const,
    from: `filter ${k} of ${filters} (here w0), 5×5 of ${before.name}'s output around row ${i}, ` +
      `column ${j}; zeros beyond its edge`,
  };
}

/** An entry [h, w, c] of dx: the dout of all filters around it. */
function gatherState(layer: LayerPass, [h, w, c]: number[]) {
  const kernel = layer.weights[0]!;
  const filters = layer.shape[2]!;
  const sizes = {width: 5, depth: 1, filters, kernel: 3, stride: 1, padding: 0};
  return {
    problem: {
      ...newProblem('conv', 1, sizes),
      x: fill([5, 5, 1], () => 0),
      w: fill([3, 3, 1, filters], ([u, v, , k]) => kernel.values[positionIn(kernel.shape, [u!, v!, c!, k!])]!),
      b: fill([filters], () => 0),
      dout: crop(layer.shape, layer.dout, h! - 1, w! - 1, 3),
    },
    view: 'backward' as const, form: 'gather' as const, step: 12,
    from: `dx at row ${h}, column ${w}, channel ${c} is dx[2, 2, 0] here, with the dout of all ${filters} filters that reach it`,
  };
}

function poolState(layer: LayerPass, before: Input, part: Part, [i, j, c]: number[]) {
  const [row, column] = part === 'dx' ? [Math.floor(i! / 2), Math.floor(j! / 2)] : [i!, j!];
  const [top, left] = [row! - row! % 2, column! - column! % 2];
  const sizes = {width: 4, depth: 1, filters: 1, kernel: 2, stride: 2, padding: 0};
  return {
    problem: {
      ...newProblem('pool', 1, sizes),
      x: channel(crop(before.shape, before.out, 2 * top, 2 * left, 4), c!),
      dout: channel(crop(layer.shape, layer.dout, top, left, 2), c!),
    },
    view: part === 'out' ? 'forward' as const : 'backward' as const, step: 2 * (row! % 2) + column! % 2, share: 'alone' as const,
    from: `channel ${c} of ${before.name}'s output from row ${2 * top}, column ${2 * left} on`,
  };
}

/** A square of [H, W, C] values; beyond the edge there are zeros. */
function crop(shape: number[], values: Float32Array, top: number, left: number, size: number): Numbers {
  const [height, width, channels] = shape as [number, number, number];
  return fill([size, size, channels], ([i, j, c]) => {
    const [row, column] = [top + i!, left + j!];
    return row < 0 || column < 0 || row >= height || column >= width ? 0 : values[(row * width + column) * channels + c!]!;
  });
}

function channel({shape, data}: Numbers, c: number): Numbers {
  return {shape: [shape[0]!, shape[1]!, 1], data: data.filter((_, place) => place % (shape[2] ?? 1) === c)};
}

/** Where dout of a filter is largest: that adds most to its dw. */
function largestOf({shape, dout}: LayerPass, k: number): number[] {
  const [height, width, channels] = shape as [number, number, number];
  let best = 0;
  for (let place = 0; place < height * width; place++) {
    if (Math.abs(dout[place * channels + k]!) > Math.abs(dout[best * channels + k]!)) best = place;
  }
  return [Math.floor(best / width), best % width, k];
}
