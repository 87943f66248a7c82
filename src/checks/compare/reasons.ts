import * as tf from '@tensorflow/tfjs-core';

import {explicitRowOf} from '../../catalogue';
import type {Layer} from '../../catalogue';
import {checkWindow, placeWindow} from '../../geometry';
import type {WindowGeometry, WindowOptions} from '../../geometry';
import {isFrozen} from '../../layers/keep_frozen';
import type {TieRule} from '../../ops';
import type {Exempt} from './difference';

/** Why a layer and its built-in twin may differ, other than by rounding. */
export type ReasonKind =
    'ties' | 'kink' | 'epsilon' | 'frozen' | 'NaN' | 'defect' | 'random' | 'untrainable' | 'fails' | 'no twin';

/** A known reason, found to be at work on this input. */
export interface Reason {
  kind: ReasonKind;
  /** A sentence, with numbers. */
  text: string;
  /** Of 'ties'. */
  ties?: TieCount;
}

/** A reason and what it explains; everything else must agree still. */
export interface Explanation extends Reason {
  /** Whether a value of the two sides is left out of the comparison of outputs and of weights' gradients. */
  values?: (ours: number, theirs: number) => boolean;
  /** Entries of the input's gradient that are left out. */
  inputGradient?: Exempt;
  /** What our side does like the built-in one when this is put into its config. */
  config?: Config;
  /** Both sides agree in inference mode. */
  inference?: boolean;
}

/** The values and the shape of a layer's input. */
export interface LayerInput {
  values: ArrayLike<number>;
  shape: number[];
}

/** The windows of a pool with more than one maximum. */
export interface TieCount {
  windows: number;
  tied: number;
  /** Tied windows whose maximum is above zero: those that hold more than what relu cut off. */
  tiedAboveZero: number;
}

/** A layer's config. */
export type Config = {[key: string]: unknown};

/**
 * What is known to make a layer and its built-in twin differ on this input.
 * @param builtIn the config of the twin
 */
export function explain(layer: Layer, input: LayerInput, builtIn: Config): Explanation[] {
  const row = explicitRowOf(layer);
  const config: Config = layer.getConfig();
  const differs = row?.explicit.differs ?? [];
  return [
    explainNaN(input, config, row?.kind === 'pool'),
    differs.includes('ties') ? explainTies(input, config) : null,
    differs.includes('ties') && tf.getBackend() === 'wasm' ? explainLostMaxima(input, config) : null,
    differs.includes('borders') && tf.getBackend() !== 'tensorflow' ? explainBorders(input, config) : null,
    differs.includes('kinks') ? explainKinks(input, config) : null,
    explainEpsilon(config, builtIn),
    differs.includes('frozen') && isFrozen(layer) ? FROZEN : null,
    row?.kind === 'noise' ? RANDOM : null,
  ].filter((explanation) => explanation !== null);
}

/** A side that throws, mostly for lack of a kernel. */
export function failure(error: unknown, side: string): Reason {
  return {kind: 'fails', text: `${side} throws: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]}`};
}

/** A layer, or a model with a layer, that has no built-in form. */
export function noTwin(error: unknown): Reason {
  return {kind: 'no twin', text: `nothing to compare with: ${error instanceof Error ? error.message : String(error)}`};
}

const FROZEN: Explanation = {
  kind: 'frozen',
  text: 'frozen: it normalises with the moving values, as Keras does; the built-in one with those of the batch',
  inference: true,
};

const RANDOM: Explanation = {
  kind: 'random', text: 'it draws at random in training, other values than the built-in one: compared in inference',
  inference: true,
};

function explainEpsilon(config: Config, builtIn: Config): Explanation | null {
  const [ours, theirs] = [config['epsilon'], builtIn['epsilon']];
  if (typeof ours !== 'number' || typeof theirs !== 'number' || ours === theirs) return null;
  return {kind: 'epsilon', text: `epsilon is ${ours} here and ${theirs} there`, config: {epsilon: theirs}};
}

/** What can make the two sides of a max-pooling layer differ on this input. */
function explainTies(input: LayerInput, config: Config): Explanation | null {
  let tiedAboveZero = 0;
  const {found: tied, windows, ...explained} = windowsWhere(input, config, (entries) => {
    const values = entries.map((entry) => input.values[entry]!);
    const maximum = values.reduce((most, value) => (value > most ? value : most), -Infinity);
    if (values.filter((value) => value === maximum).length < 2) return false;
    if (maximum > 0) tiedAboveZero += 1;
    return true;
  });
  if (tied === 0) return null;
  return {
    kind: 'ties', ties: {windows, tied, tiedAboveZero}, ...explained,
    text: `${count(tied, 'pooling window')} of ${windows} have tied maxima (${tiedAboveZero} above zero): ` +
        `ties: '${config['ties'] as TieRule}' here, while the built-in layer picks one`,
  };
}

/** tfjs-backend-wasm 4.22 looks for a window's maximum among positive values only. */
function explainLostMaxima(input: LayerInput, config: Config): Explanation | null {
  return defectWhere(input, config, (entries) => !entries.some((i) => input.values[i]! > 0),
      'hold nothing above zero: the built-in kernel of wasm passes no gradient to them');
}

/** tfjs 4.22 divides by all cells of a window in the gradient of a mean that was taken over those inside the image. */
function explainBorders(input: LayerInput, config: Config): Explanation | null {
  return defectWhere(input, config, (entries, cells) => entries.length < cells,
      `reach over the border: the built-in gradient of ${tf.getBackend()} divides by cells of padding too`);
}

/** A fault of the built-in layer in the gradients of such windows. */
function defectWhere(input: LayerInput, config: Config, holds: WindowTest, text: string): Explanation | null {
  const {found, windows, ...explained} = windowsWhere(input, config, holds);
  if (found === 0) return null;
  return {kind: 'defect', ...explained, text: `${count(found, 'pooling window')} of ${windows} ${text}`};
}

/** Inputs on a kink of relu, where the derivative is a matter of choice. */
function explainKinks({values}: LayerInput, config: Config): Explanation | null {
  const kinks = [config['threshold'] ?? 0, config['maxValue']].filter((value) => typeof value === 'number');
  const at = (i: number) => kinks.includes(values[i]);
  const found = countWhere(values.length, at);
  if (found === 0) return null;
  return {
    kind: 'kink',
    text: `${count(found, 'input')} of ${values.length} lie on a kink (${kinks.join(', ')}), where the derivative is ` +
        'a matter of choice',
    inputGradient: at,
  };
}

/** NaN among the inputs, which the kernels of some backends drop or turn into something else. */
function explainNaN(input: LayerInput, config: Config, isPool: boolean): Explanation | null {
  const found = countWhere(input.values.length, (i) => Number.isNaN(input.values[i]));
  if (found === 0) return null;
  const inPool = isPool ?
    windowsWhere(input, config, (entries) => entries.some((entry) => Number.isNaN(input.values[entry]))).inputGradient : null;
  return {
    kind: 'NaN',
    text: `${count(found, 'input')} of ${input.values.length} are NaN: kernels treat them differently`,
    values: (ours, theirs) => !Number.isFinite(ours) || !Number.isFinite(theirs),
    inputGradient: (i) => inPool?.(i) || Number.isNaN(input.values[i]),
  };
}

/** Tells of a window by the indices of x under it, and its cells, padding too. */
type WindowTest = (entries: number[], cells: number) => boolean;

/** The windows for which something holds, how many there are of all, and the entries of x under them. */
function windowsWhere(input: LayerInput, config: Config, holds: WindowTest):
    {found: number, windows: number, inputGradient: Exempt} {
  const concerned = new Uint8Array(input.values.length);
  let found = 0;
  const windows = visitWindows(input, config, (entries, cells) => {
    if (!holds(entries, cells)) return;
    found += 1;
    for (const entry of entries) concerned[entry] = 1;
  });
  return {found, windows, inputGradient: (i) => concerned[i] === 1};
}

/** Calls back with the indices of x under each window, and its cells, padding too; returns how many windows there are. */
function visitWindows({shape}: LayerInput, config: Config, visit: (entries: number[], cells: number) => void): number {
  const window = checkWindow('compareWithBuiltIns', 'poolSize', config['poolSize'], config as WindowOptions);
  const g = placeWindow('compareWithBuiltIns', window, shape);
  const index = indexer(g);
  const taps = (axis: 0 | 1, position: number) => Array.from({length: g.kernel[axis]},
      (_, k) => position * g.strides[axis] - g.padding[axis][0] + k * g.dilation[axis])
      .filter((at) => at >= 0 && at < g.inSize[axis]);
  const rows = Array.from({length: g.outSize[0]}, (_, i) => taps(0, i));
  const columns = Array.from({length: g.outSize[1]}, (_, i) => taps(1, i));
  for (let n = 0; n < g.batch; n++) {
    for (const ys of rows) {
      for (const xs of columns) {
        for (let c = 0; c < g.channels; c++) {
          visit(ys.flatMap((y) => xs.map((x) => index(n, y, x, c))), g.kernel[0] * g.kernel[1]);
        }
      }
    }
  }
  return g.batch * g.outSize[0] * g.outSize[1] * g.channels;
}

function indexer({inSize: [height, width], channels, dataFormat}: WindowGeometry) {
  return dataFormat === 'channelsLast' ?
      (n: number, y: number, x: number, c: number) => ((n * height + y) * width + x) * channels + c :
      (n: number, y: number, x: number, c: number) => ((n * channels + c) * height + y) * width + x;
}

function countWhere(length: number, holds: (i: number) => boolean): number {
  let found = 0;
  for (let i = 0; i < length; i++) if (holds(i)) found += 1;
  return found;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
