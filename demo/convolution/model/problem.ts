import type {Ties as TieRule} from '../../../src/reference';
import {seeded} from '../../../src/checks/grad_check/random';
import {outputSize} from './fit';
import {fill, resized} from './numbers';
import type {Numbers} from './numbers';
import type {Layer, Sizes} from './sizes';

export type {Layer, Sizes} from './sizes';

/** All numbers that the visitor can see and change. */
export interface Problem {
  layer: Layer;
  sizes: Sizes;
  /** Refuse sizes that do not divide, as the notes do; otherwise round down. */
  exactFit: boolean;
  ties: TieRule;
  /** [W, W, D] */
  x: Numbers;
  /** [F, F, D, K] */
  w: Numbers;
  /** [K] */
  b: Numbers;
  /** The gradient that comes from above, in the shape of the output. */
  dout: Numbers;
}

const FIRST: {[layer in Layer]: Sizes} = {
  conv: {width: 5, depth: 3, filters: 2, kernel: 3, stride: 2, padding: 1},
  pool: {width: 4, depth: 2, filters: 2, kernel: 2, stride: 2, padding: 0},
};

/** A few small whole numbers, so that sums can be followed and pooling windows have ties. */
const CHOICES = {x: [0, 1, 2], w: [-1, 0, 1], b: [0, 1], dout: [1, 2, -1]};

/** The convolution of the notes, or a pooling, with numbers drawn from this seed. */
export function newProblem(layer: Layer, seed: number, sizes = FIRST[layer], exactFit = true): Problem {
  const nothing = {shape: [0], data: []};
  const numbers = {x: nothing, w: nothing, b: nothing, dout: nothing};
  return withSizes({layer, sizes, exactFit, ties: 'all', ...numbers}, sizes, seed);
}

/** The same problem in other sizes: numbers that have a place keep it, others are drawn. */
export function withSizes(problem: Problem, sizes: Sizes, seed = 1): Problem {
  const {width, depth, filters, kernel} = sizes;
  const random = seeded(seed);
  const part = (name: keyof typeof CHOICES, shape: number[]) => {
    const old = problem[name].shape.length === shape.length ? problem[name] : fill(shape.map(() => 0), () => 0);
    return resized(old, shape, () => CHOICES[name][Math.floor(random() * CHOICES[name].length)]!);
  };
  const {length} = outputSize(problem.layer, sizes, problem.exactFit);
  return {
    ...problem,
    sizes,
    x: part('x', [width, width, depth]),
    w: part('w', [kernel, kernel, depth, filters]),
    b: part('b', [filters]),
    dout: length === null ? problem.dout : part('dout', [length, length, problem.layer === 'conv' ? filters : depth]),
  };
}
