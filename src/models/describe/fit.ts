import {dilatedSize, sidePadding} from '../../geometry';
import type {AxisWindow} from '../../geometry';

/** How the output size of one axis comes about, and whether it does. */
export interface AxisFit {
  /** 'W: (227 - 11 + 2*0)/4 + 1 = 55' */
  formula: string;
  /** Zeros before and after. */
  padding: [number, number];
  /** 'fits'; 'floored': S does not divide, what is left over is not seen; 'too large': no output at all. */
  result: 'fits' | 'floored' | 'too large';
  letter: 'W' | 'H';
  size: number;
  window: AxisWindow;
}

/** The document's formula with the numbers filled in. */
export function axisFit(letter: 'W' | 'H', size: number, window: AxisWindow): AxisFit {
  const {kernel, stride, dilation} = window;
  const padding = sidePadding(window.padding, size, kernel, stride, dilation);
  const [before, after] = padding;
  const extent = dilatedSize(kernel, dilation);
  const room = size - extent + before + after;
  const sum = before === after ? `2*${before}` : `${before} + ${after}`;
  const text = `${letter}: (${size} - ${extent} + ${sum})/${stride} + 1`;
  const exact = room / stride + 1;
  const fit = {letter, size, window, padding};
  if (room < 0) return {...fit, formula: `${text} is below 1`, result: 'too large'};
  const shown = Number.isInteger(exact) ? `${exact}` : `${Number(exact.toFixed(3))}, floored ${Math.floor(exact)}`;
  const fits = window.padding === 'same' || Number.isInteger(exact);
  return {...fit, formula: `${text} = ${shown}`, result: fits ? 'fits' : 'floored'};
}

/**
 * The nearest below and above of each number that make whole sizes along every axis, the other numbers kept: 'S=1',
 * 'F=2', 'F=4', 'P=1', 'W=9'. Where the axes differ in a number, those of each axis that does not fit.
 */
export function nearestFits(axes: readonly AxisFit[]): string[] {
  const wrong = axes.filter(({result}) => result !== 'fits');
  const both = [axes] as const;
  const alone = wrong.map((axis) => [axis]);
  const alike = (of: (axis: AxisFit) => number) => axes.every((axis) => of(axis) === of(axes[0]!));
  const suggest = (name: string, of: (axis: AxisFit) => number, low: number, change: (value: number) => Partial<Numbers>) =>
    (alike(of) ? both : alone).flatMap((group) => {
      const holds = (value: number) => group.every((axis) => fits({...numbers(axis), ...change(value)}));
      return neighbours(of(group[0]!), low, reachOf(group[0]!), holds)
          .map((value) => `${name}${alike(of) ? '' : group[0]!.letter}=${value}`);
    });
  const isEven = axes.every(({padding: [before, after]}) => before === after);
  return [
    ...suggest('S', ({window}) => window.stride, 1, (stride) => ({stride})),
    ...suggest('F', ({window}) => window.kernel, 1, (kernel) => ({kernel})),
    ...(isEven ? suggest('P', ({padding}) => padding[0], 0, (p) => ({pad: 2 * p})) : []),
    ...wrong.flatMap((axis) => neighbours(axis.size, 1, reachOf(axis), (size) => fits({...numbers(axis), size}))
        .map((size) => `${axis.letter}=${size}`)),
  ];
}

type Numbers = ReturnType<typeof numbers>;

function numbers({size, window: {kernel, stride, dilation}, padding: [before, after]}: AxisFit) {
  return {size, kernel, stride, dilation, pad: before + after};
}

function fits({size, kernel, stride, dilation, pad}: Numbers): boolean {
  const room = size - dilatedSize(kernel, dilation) + pad;
  return room >= 0 && room % stride === 0;
}

function reachOf(axis: AxisFit): number {
  const {size, kernel, stride, dilation, pad} = numbers(axis);
  return size + pad + kernel * dilation + stride;
}

/** The next whole numbers below and above for which something holds. */
function neighbours(from: number, low: number, reach: number, holds: (value: number) => boolean): number[] {
  return [-1, 1].flatMap((step) => {
    for (let value = from + step; value >= low && Math.abs(value - from) <= reach; value += step) {
      if (holds(value)) return [value];
    }
    return [];
  });
}
