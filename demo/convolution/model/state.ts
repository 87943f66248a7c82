import {readNumbers, writeNumbers} from '../../shared/numbers_in_url';
import type {Share} from './compute';
import {newProblem} from './problem';
import type {Problem, Sizes} from './problem';
import type {Numbers} from './numbers';

export type View = 'forward' | 'im2col' | 'backward';

/** dx as every dout adding to its window, or as one convolution of dout. */
export type Form = 'scatter' | 'gather';

/** What the worksheet hides. */
export type Hidden = 'nothing' | 'dx' | 'dw';

/** All that the page shows; the whole of it goes into the address. */
export interface State {
  problem: Problem;
  view: View;
  step: number;
  share: Share;
  form: Form;
  hidden: Hidden;
  /** Where the numbers come from, where that is a net: in words. */
  from: string | null;
}

const SIZES: [letter: string, name: keyof Sizes, most: number][] = [
  ['W', 'width', 16], ['D', 'depth', 16], ['K', 'filters', 16], ['F', 'kernel', 7], ['S', 'stride', 5], ['P', 'padding', 3]];
const ARRAYS = ['x', 'w', 'b', 'dout'] as const;

export const FIRST: State = {
  problem: newProblem('conv', 1), view: 'forward', step: 0, share: 'all', form: 'scatter', hidden: 'nothing', from: null};

export function writeState({problem, view, step, share, form, hidden, from}: State): URLSearchParams {
  const {layer, sizes, exactFit, ties} = problem;
  return new URLSearchParams([
    ['layer', layer], ...SIZES.map(([letter, name]): [string, string] => [letter, String(sizes[name])]),
    ['exact', exactFit ? '1' : '0'], ...layer === 'pool' ? [['ties', ties]] : [],
    ['view', view], ['step', String(step)],
    ...view === 'backward' ? [['share', share], ['form', form]] : [],
    ...hidden === 'nothing' ? [] : [['hide', hidden]],
    ...ARRAYS.map((name): [string, string] => [name, writeNumbers(problem[name].data)]),
    ...from === null ? [] : [['from', from]],
  ]);
}

/** What an address says; what it leaves out, or says wrongly, is as at first. */
export function readState(address: URLSearchParams): State {
  const layer = one(address.get('layer'), ['conv', 'pool'], 'conv');
  const first = newProblem(layer, 1);
  const sizes = Object.fromEntries(SIZES.map(([letter, name, most]) =>
    [name, whole(address.get(letter), name === 'padding' ? 0 : 1, most) ?? first.sizes[name]])) as unknown as Sizes;
  const problem = newProblem(layer, 1, sizes, address.get('exact') !== '0');
  const numbers = (name: typeof ARRAYS[number]): Numbers => {
    const text = address.get(name);
    try {
      return text === null ? problem[name] : {...problem[name], data: readNumbers(text, problem[name].data.length)};
    } catch {
      return problem[name];
    }
  };
  return {
    problem: {
      ...problem, ties: one(address.get('ties'), ['all', 'first', 'split'], 'all'),
      x: numbers('x'), w: numbers('w'), b: numbers('b'), dout: numbers('dout'),
    },
    view: one(address.get('view'), ['forward', 'im2col', 'backward'], 'forward'),
    step: whole(address.get('step'), 0, 1e6) ?? 0,
    share: one(address.get('share'), ['all', 'so far', 'alone'], 'all'),
    form: one(address.get('form'), ['scatter', 'gather'], 'scatter'),
    hidden: one(address.get('hide'), ['nothing', 'dx', 'dw'], 'nothing'),
    from: address.get('from'),
  };
}

function one<T extends string>(text: string | null, choices: readonly T[], otherwise: T): T {
  return choices.find((choice) => choice === text) ?? otherwise;
}

function whole(text: string | null, low: number, high: number): number | null {
  const value = Number(text);
  return text !== null && Number.isInteger(value) && value >= low && value <= high ? value : null;
}
