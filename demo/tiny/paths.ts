import {indexOf, originOf, positionOf} from '../../tools/homework/origins.mjs';
import type {Cell, Origin} from '../../tools/homework/origins.mjs';
import * as reference from '../../src/reference';
import type {PieceName} from '../vite/source_lines';
import type {ArrayName, Norm, Run} from './net';

/** An entry of an array of the net, or of the gradient of the loss by it. */
export interface Spot {
  array: ArrayName;
  isGradient: boolean;
  index: number[];
}

/** How an entry came about. */
export interface Story {
  spot: Spot;
  value: number;
  /** Null for what is given: the image, the weights. */
  origin: Origin | null;
  /** The entries that it was made of directly. */
  sources: Spot[];
  piece: PieceName | null;
}

/** How each array is made: the function of the reference, its result, and the arrays of the net that its parameters are. */
interface Maker {
  name: string;
  result: string;
  piece: PieceName;
  inputs: {[parameter: string]: [array: ArrayName, isGradient?: true]};
}

/** The makers of values and of gradients, in a net with these layers. */
function makersOf(norm: Norm): {values: {[name in ArrayName]?: Maker}, gradients: {[name in ArrayName]?: Maker}} {
  const beforeRelu: ArrayName = norm === 'off' ? 'conv' : 'norm';
  const conv = {x: ['x'], w: ['w'], b: ['b'], dout: ['conv', true]} satisfies Maker['inputs'];
  const batch = {x: ['conv'], gamma: ['gamma'], beta: ['beta'], dout: ['norm', true]} satisfies Maker['inputs'];
  const relu = {x: [beforeRelu], dout: ['relu', true]} satisfies Maker['inputs'];
  const pool = {x: ['relu'], out: ['pool'], dout: ['pool', true]} satisfies Maker['inputs'];
  const affine = {x: ['pool'], w: ['v'], b: ['c'], dout: ['scores', true]} satisfies Maker['inputs'];
  const softmax = {x: ['scores']} satisfies Maker['inputs'];
  const make = (name: string, result: string, piece: PieceName, inputs: Maker['inputs']): Maker => ({name, result, piece,
    inputs});
  const normBack = norm === 'staged' ? 'norm_staged' : 'norm_simplified';
  return {
    values: {
      conv: make('convForward', 'out', 'conv_out', conv),
      norm: make('batchNormForward', 'out', 'norm_out', batch),
      relu: make('reluForward', 'out', 'relu_out', relu),
      pool: make('maxPoolForward', 'out', 'pool_out', pool),
      scores: make('affineForward', 'out', 'affine_out', affine),
      P: make('softmaxLoss', 'dx', 'softmax_back', softmax),
    },
    gradients: {
      scores: make('softmaxLoss', 'dx', 'softmax_back', softmax),
      pool: make('affineBackward', 'dx', 'affine_back', affine),
      v: make('affineBackward', 'dw', 'affine_back', affine),
      c: make('affineBackward', 'db', 'affine_back', affine),
      relu: make('maxPoolBackward', 'dx', 'pool_back', pool),
      [beforeRelu]: make('reluBackward', 'dx', 'relu_back', relu),
      ...norm === 'off' ? {} : {
        conv: make('batchNormBackward', 'dx', normBack, batch),
        gamma: make('batchNormBackward', 'dgamma', 'norm_parameters', batch),
        beta: make('batchNormBackward', 'dbeta', 'norm_parameters', batch),
      },
      x: make('convBackward', 'dx', 'conv_back', conv),
      w: make('convBackward', 'dw', 'conv_back', conv),
      b: make('convBackward', 'db', 'conv_bias', conv),
    },
  };
}

/** The entry's value, the sum that made it, the entries in it, and the source that computes it. */
export function storyOf(spot: Spot, net: Run, label: number, norm: Norm): Story {
  const from = spot.isGradient ? net.gradients : net.values;
  const values = from[spot.array]!;
  const value = values.data[positionOf(values.shape, spot.index)]!;
  const maker = makersOf(norm)[spot.isGradient ? 'gradients' : 'values'][spot.array];
  if (!maker) return {spot, value, origin: null, sources: [], piece: null};
  const call: {[name: string]: unknown} = {
    options: spot.array === 'pool' || maker.name.startsWith('maxPool') ? net.options.pool :
      maker.name.startsWith('conv') ? net.options.conv : {mode: 'train'},
    cache: net.cache, y: [label], reference, results: {dx: net.gradients.scores},
  };
  for (const [parameter, [array, isGradient]] of Object.entries(maker.inputs)) {
    call[parameter] = (isGradient ? net.gradients : net.values)[array];
  }
  const made = originOf(maker.name, maker.result, call, spot.index);
  const origin = spot.array === 'P' ? probability(made, spot.index) : made;
  const cells = [...origin.terms.flatMap((term) => (origin.by === 'max' && term.value !== value ? [] : term.cells)),
    ...origin.from ?? []];
  return {spot, value, origin, sources: cells.flatMap((cell) => spotOf(cell, maker)), piece: maker.piece};
}

/** Of what softmaxLoss's gradient is made of, P alone. */
function probability(origin: Origin, index: number[]): Origin {
  const cells = origin.terms[0]!.cells.slice(0, 1);
  return {
    ...origin, by: 'sum', formula: 'P = exp(score) / the sum of exp(score) over the classes', facts: undefined,
    terms: [{cells: cells.map((cell) => ({...cell, index})), value: cells[0]!.value}],
  };
}

function spotOf({array, index, padding}: Cell, {inputs}: Maker): Spot[] {
  if (array === 'xHat') return spotOf({array: 'x', index, value: 0}, {inputs} as Maker);
  const input = inputs[array];
  return input && !padding ? [{array: input[0], isGradient: input[1] ?? false, index}] : [];
}

/** The name of an entry on the page: without the axis of the only image. */
export function nameOf({array, isGradient, index}: Spot): string {
  const shown = ['x', 'conv', 'norm', 'relu', 'pool', 'scores', 'P'].includes(array) ? index.slice(1) : index;
  // One channel in, one image: its place is always 0.
  const short = array === 'x' ? shown.slice(1) : array === 'w' ? [shown[0], ...shown.slice(2)] : shown;
  return `${isGradient ? 'd' : ''}${array}[${short.join(', ')}]`;
}

export const keyOf = (spot: Spot) => nameOf(spot).replaceAll(' ', '');

/** The entries that an entry came through, forward from the image or backward from the loss; without those it is made of. */
export function pathOf(story: Story, net: Run, label: number, norm: Norm): Spot[] {
  const seen = new Map<string, Spot>();
  const waiting = [...story.sources];
  while (waiting.length > 0) {
    const spot = waiting.pop()!;
    const key = keyOf(spot);
    // A gradient comes through gradients; the values that it is multiplied with have a story of their own.
    if (seen.has(key) || spot.isGradient !== story.spot.isGradient) continue;
    seen.set(key, spot);
    waiting.push(...storyOf(spot, net, label, norm).sources);
  }
  return [...seen.values()];
}

/** Reads back what {@link keyOf} wrote. */
export function spotOfKey(key: string, net: Run): Spot | null {
  const found = /^(d?)(\w+)\[([\d,]+)\]$/.exec(key);
  if (!found) return null;
  const names = Object.keys(net.values) as ArrayName[];
  // No array's name begins with d but by being a gradient.
  const array = names.find((name) => name === found[2]);
  if (!array) return null;
  const isGradient = found[1] === 'd';
  const values = (isGradient ? net.gradients : net.values)[array];
  if (!values) return null;
  const position = Array.from(values.data, (_, i) => i).find((i) =>
    keyOf({array, isGradient, index: indexOf(values.shape, i)}) === key);
  return position === undefined ? null : {array, isGradient, index: indexOf(values.shape, position)};
}
