import {array, convForward, maxPoolForward} from '../../../src/reference';
import type {Layer, Sizes} from './sizes';

/** What a size may be, so that the page stays readable. */
export const LIMITS: {[name in keyof Sizes]: [number, number]} = {
  width: [1, 9], depth: [1, 4], filters: [1, 4], kernel: [1, 7], stride: [1, 5], padding: [0, 3],
};

/** Height and width of the output, or what the library says against these sizes. */
export function outputSize(layer: Layer, sizes: Sizes, exactFit: boolean):
    {length: number, problem: null} | {length: null, problem: string | null} {
  const {width, kernel, stride, padding} = sizes;
  const x = array([1, 1, width, width], new Float64Array(width * width));
  try {
    const {out} = layer === 'pool' ? maxPoolForward(x, {poolHeight: kernel, poolWidth: kernel, stride, pad: padding}) :
      convForward(x, array([1, 1, kernel, kernel], new Float64Array(kernel * kernel)), null, {stride, pad: padding});
    const length = out.shape[2]!;
    return exactFit && length !== formula(sizes).value ? {length: null, problem: null} : {length, problem: null};
  } catch (error) {
    return {length: null, problem: (error as Error).message};
  }
}

/** The notes' formula with the numbers in, and what it comes to before any rounding. */
export function formula({width, kernel, stride, padding}: Sizes): {text: string, value: number} {
  return {
    text: `(W − F + 2P)/S + 1 = (${width} − ${kernel} + 2·${padding})/${stride} + 1`,
    value: (width - kernel + 2 * padding) / stride + 1,
  };
}

/** For each size the nearest value that would fit with the others as they are. */
export function suggestions(layer: Layer, sizes: Sizes): {name: keyof Sizes, value: number}[] {
  return (['width', 'kernel', 'stride', 'padding'] as const).flatMap((name) => {
    const [low, high] = LIMITS[name];
    const fitting = Array.from({length: high - low + 1}, (_, i) => low + i)
      .filter((value) => outputSize(layer, {...sizes, [name]: value}, true).length !== null)
      .sort((a, b) => Math.abs(a - sizes[name]) - Math.abs(b - sizes[name]));
    return fitting.slice(0, 1).map((value) => ({name, value}));
  });
}
