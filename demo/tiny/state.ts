import {array} from '../../src/reference';
import type {Hidden} from '../convolution/model/state';
import {readNumbers, writeNumbers} from '../shared/numbers_in_url';
import {firstParameters, SHAPES} from './net';
import type {Norm, Parameter, Parameters} from './net';

/** All that the page shows; the whole of it goes into the address. */
export interface State {
  parameters: Parameters;
  label: number;
  norm: Norm;
  /** How many training steps went into the numbers. */
  steps: number;
  /** The entry that is explained. */
  chosen: string;
  hidden: Hidden;
}

export const firstState = (): State =>
  ({parameters: firstParameters(), label: 0, norm: 'off', steps: 0, chosen: 'conv[0,1,1]', hidden: 'nothing'});

const NAMES = Object.keys(SHAPES) as Parameter[];

export function writeState({parameters, label, norm, steps, chosen, hidden}: State): URLSearchParams {
  return new URLSearchParams([
    ['label', String(label)], ['norm', norm], ['steps', String(steps)], ['at', chosen],
    ...hidden === 'nothing' ? [] : [['hide', hidden]],
    ...NAMES.map((name): [string, string] => [name, writeNumbers([...parameters[name].data])]),
  ]);
}

export function readState(address: URLSearchParams): State {
  const first = firstState();
  const parameters = Object.fromEntries(NAMES.map((name) => [name, readArray(name,
    address.get(name)) ?? first.parameters[name]]));
  const norm = address.get('norm');
  const hidden = address.get('hide');
  return {
    parameters: parameters as unknown as Parameters,
    label: [0, 1, 2].find((label) => String(label) === address.get('label')) ?? first.label,
    norm: norm === 'staged' || norm === 'simplified' ? norm : 'off',
    steps: Math.max(0, Math.floor(Number(address.get('steps')) || 0)),
    chosen: address.get('at') ?? first.chosen,
    hidden: hidden === 'dx' || hidden === 'dw' ? hidden : 'nothing',
  };
}

function readArray(name: Parameter, text: string | null) {
  try {
    const shape: number[] = [...SHAPES[name]];
    return text === null ? null : array(shape, readNumbers(text, shape.reduce((product, size) => product * size, 1)));
  } catch {
    return null;
  }
}
