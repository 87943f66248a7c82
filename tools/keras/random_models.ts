/** Small random models from Python: each file predicts what Keras does on every backend, or is refused in words that help. */
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {startBackend} from '../../examples/shared/backend';
import type {NodeBackend} from '../../examples/shared/backend';
import {models} from '../../src';
import {importKeras} from '../../src/keras';
import {freeWeights} from '../../src/models/layer_copy';
import {run} from '../setup/run.mjs';
import {PythonError} from './python';

export const BACKENDS = ['cpu', 'wasm', 'tensorflow'] as const;
/** How many models Python writes at once. */
const BATCH = 20;
/** What comes out of half precision in Python is that exact. */
const HALF = 2e-2;

interface Values {
  shape: number[];
  values: number[];
}

/** What Python says of a model. */
interface About {
  library: string;
  policy: string;
  files: string[];
  layers: unknown[];
  inputs: Values[];
  outputs: Values[];
}

/** What became of one file. */
export interface RandomOutcome {
  /** The number of the model, which with the seed makes it again. */
  number: number;
  file: string;
  /** Keras's classes. */
  layers: string;
  /** Of half precision in Python. */
  isHalf: boolean;
  /** Why it was refused; null where it was read. */
  refusal: string | null;
  /** The largest difference by backend, in parts of the largest output. */
  differences: {[backend: string]: number};
  /** What must not be. */
  problems: string[];
}

interface Run {
  python: string;
  /** Where Python finds the official converter. */
  converter: string;
  signal: AbortSignal;
  seed: number;
  count: number;
  first: number;
  /** How far outputs may be from Python's, in parts of the largest. */
  close: number;
  onProgress: (done: number) => void;
}

/** @throws {PythonError} */
export async function compareRandomModels(options: Run): Promise<RandomOutcome[]> {
  const {count, first, signal, onProgress} = options;
  const outcomes: RandomOutcome[] = [];
  for (let done = 0; done < count && !signal.aborted; done += BATCH) {
    const folder = mkdtempSync(path.join(tmpdir(), 'keras-random-'));
    try {
      const size = Math.min(BATCH, count - done);
      await write(options, folder, first + done, size);
      for (let i = 0; i < size && !signal.aborted; i++) {
        outcomes.push(...await compare(path.join(folder, String(first + done + i)), first + done + i, options.close));
        onProgress(done + i + 1);
      }
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  }
  return outcomes;
}

async function write({python, converter, signal, seed}: Run, folder: string, first: number, count: number): Promise<void> {
  const script = fileURLToPath(new URL('random_models.py', import.meta.url));
  const args = [script, folder, ...[seed, first, count].map(String)];
  const {status, stderr} = await run(python, args, {env: {...process.env, PYTHONPATH: converter}, signal});
  if (status === 0 || signal.aborted) return;
  throw new PythonError(`Python could not write models:\n${stderr.trim().split('\n').slice(-8).join('\n')}`);
}

async function compare(folder: string, number: number, close: number): Promise<RandomOutcome[]> {
  if (!existsSync(folder)) return [];
  const about = JSON.parse(readFileSync(path.join(folder, 'about.json'), 'utf8')) as About;
  const outcomes = about.files.map((file): RandomOutcome => ({
    number, file, layers: JSON.stringify(about.layers).replaceAll('"', ''), isHalf: about.policy !== 'float32',
    refusal: null, differences: {}, problems: [],
  }));
  for (const backend of BACKENDS) {
    await startBackend(backend, () => undefined);
    for (const outcome of outcomes) {
      if (outcome.refusal === null) await compareFile(path.join(folder, outcome.file), about, backend, outcome, close);
    }
  }
  return outcomes;
}

async function compareFile(
    file: string, about: About, backend: NodeBackend, outcome: RandomOutcome, close: number): Promise<void> {
  const tensors = tf.memory().numTensors;
  const model = await read(file).catch((error: Error) => {
    outcome.refusal = error.message.replace(file, outcome.file);
    if (!saysWhatToDo(outcome.refusal)) outcome.problems.push(`the refusal names no layer or remedy: ${outcome.refusal}`);
    return null;
  });
  let kept = 0;
  if (model) {
    const before = tf.memory().numTensors;
    try {
      const allowed = outcome.isHalf ? HALF : close;
      const difference = differenceOf(model, about);
      outcome.differences[backend] = difference;
      if (!(difference <= allowed)) outcome.problems.push(`${backend}: outputs differ by ${difference.toExponential(1)}`);
      if (backend === 'wasm' && outcome.file.endsWith('_folder')) compareExplicit(model, about, outcome, allowed);
    } catch (error) {
      outcome.problems.push(`${backend}: read, but cannot predict: ${(error as Error).message}`);
    }
    kept = tf.memory().numTensors - before;  // masks of tf.layers' recurrent layers, until their next call
    freeWeights(model.layers);  // tfjs's dispose leaves those of shared and nested layers
    (model.optimizer as tf.Optimizer | undefined)?.dispose();
  }
  const left = tf.memory().numTensors - tensors - kept;
  if (left > 0) outcome.problems.push(`${backend}: ${left} tensors are left`);
}

/** Converted it predicts the same, and it trains unless the report says that a layer does not. */
function compareExplicit(model: LayersModel, about: About, {problems}: RandomOutcome, allowed: number): void {
  const converted = models.toExplicit(model);
  const difference = differenceOf(converted, about);
  if (!(difference <= allowed)) problems.push(`outputs of toExplicit differ by ${difference.toExponential(1)}`);
  const stuck = models.conversionReport(converted).kept.filter(({trains}) => !trains).map(({className}) => className);
  try {
    trainableGradients(converted, about);
    // Where no weight lies before it, such a layer stops nothing.
  } catch (error) {
    if (stuck.length === 0) problems.push(`conversionReport says that all layers train. ${(error as Error).message}`);
  }
  freeWeights(converted.layers);
}

function trainableGradients(model: LayersModel, {inputs}: About): void {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  if (variables.length === 0) return;
  tf.tidy(() => {
    const x = inputs.map(({values, shape}) => tf.tensor(values, shape, 'float32'));
    tf.variableGrads(() => tf.addN([model.apply(x.length === 1 ? x[0]! : x, {training: true})].flat().map((out) =>
      tf.sum(out as Tensor))), variables);
  });
}

/** As compiled in Python; where tfjs cannot, as the message says. */
async function read(file: string): Promise<LayersModel> {
  if (file.endsWith('_folder')) return models.load(path.join(file, 'model.json'));
  try {
    return await importKeras(file);
  } catch (error) {
    if (!(error as Error).message.includes('{compile: false}')) throw error;
    return importKeras(file, {compile: false});
  }
}

function differenceOf(model: LayersModel, {inputs, outputs}: About): number {
  return tf.tidy(() => {
    const x = inputs.map(({values, shape}) => tf.tensor(values, shape, 'float32'));
    const found = [model.predict(x.length === 1 ? x[0]! : x)].flat() as Tensor[];
    if (found.length !== outputs.length) return Infinity;
    return Math.max(...outputs.map(({values, shape}, i) => {
      if (!tf.util.arraysEqual(found[i]!.shape, shape)) return Infinity;
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const got = found[i]!.dataSync();
      return values.reduce((most, value, k) => {
        const difference = Math.abs(value - got[k]!) / largest;
        return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
      }, 0);
    }));
  });
}

/** A layer or an operation by its name, and a way out. */
export function saysWhatToDo(message: string): boolean {
  return /(layer|model|operation|^.*:) '[^']+'/.test(message) && /\b(in Python|Python first|Use|Leave|Make|Replace|Permute|Put)\b/.test(message);
}

/** Refusals of one kind: names and numbers taken out. */
export function kindsOfRefusals(outcomes: readonly RandomOutcome[]): [kind: string, count: number][] {
  const counts = new Map<string, number>();
  for (const {refusal, file} of outcomes) {
    if (refusal === null) continue;
    const kind = refusal.replaceAll(file, '').replace(/^.*?(layer|model|operation)? ?'[^']*' ?/, '').replace(/\d+(\.\d+)?/g, 'N');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}
