/** The state of optimizers, from Python and to it: three steps there and three here are six in either. */
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {exportKeras, importKeras} from '../../src/keras';
import {run} from '../setup/run.mjs';
import {ENDINGS, LIBRARIES} from './application';
import {PythonError} from './python';

interface Values {
  shape: number[];
  values: number[];
}

/** What Python says: the batch, and the losses of six steps of each library's optimizers. */
interface About {
  inputs: Values;
  outputs: Values;
  losses: {[name: string]: number[]};
}

/** Keras 3 goes on from no state in its own .h5 files, and tf_keras reads no .keras file of Keras 3. */
const WRITTEN_AS = {keras3: 'keras', tf_keras: 'h5'} as const;

/** One optimizer in one library: the largest relative difference of the six losses, in either direction. */
export interface OptimizerOutcome {
  name: string;
  /** Three steps in Python, then three here. */
  toHere: number;
  /** Three steps here, then three in Python. */
  toPython: number;
}

/** @throws {PythonError} */
export async function compareOptimizers(python: string, signal: AbortSignal): Promise<OptimizerOutcome[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'keras-optimizers-'));
  try {
    await runScript(python, signal, 'write', folder);
    const about = JSON.parse(readFileSync(path.join(folder, 'optimizers.json'), 'utf8')) as About;
    const ours = path.join(folder, 'ours');
    mkdirSync(ours);
    const outcomes: OptimizerOutcome[] = [];
    for (const [name, losses] of Object.entries(about.losses)) {
      const library = LIBRARIES.find((each) => name.startsWith(each))!;
      let toHere = 0;
      for (const ending of ENDINGS) {
        const after = await importKeras(path.join(folder, `${name}_after.${ending}`));
        toHere = Math.max(toHere, difference(await train(after, about), losses.slice(3)));
        after.dispose();
      }
      const before = await importKeras(path.join(folder, `${name}_before.${WRITTEN_AS[library]}`));
      const first = difference(await train(before, about), losses.slice(0, 3));
      writeFileSync(path.join(ours, `${name}.${WRITTEN_AS[library]}`),
          await exportKeras(before, {format: WRITTEN_AS[library], ties: 'ignore'}));
      before.dispose();
      outcomes.push({name, toHere, toPython: first});
    }
    const after = JSON.parse(await runScript(python, signal, 'go_on', ours)) as {[file: string]: number[]};
    for (const [file, found] of Object.entries(after)) {
      const outcome = outcomes.find(({name}) => name === path.parse(file).name)!;
      outcome.toPython = Math.max(outcome.toPython, difference(found, about.losses[outcome.name]!.slice(3)));
    }
    return outcomes;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

async function runScript(python: string, signal: AbortSignal, task: string, folder: string): Promise<string> {
  const script = fileURLToPath(new URL('optimizers.py', import.meta.url));
  const {status, stderr, stdout} = await run(python, [script, task, folder], {env: process.env, signal});
  if (status === 0) return stdout.trim().split('\n').at(-1)!;
  throw new PythonError(`Python could not ${task} the optimizers:\n${stderr.trim().split('\n').slice(-8).join('\n')}`);
}

async function train(model: LayersModel, {inputs, outputs}: About): Promise<number[]> {
  const [x, y] = [inputs, outputs].map(({values, shape}) => tf.tensor(values, shape));
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) losses.push(await model.trainOnBatch(x!, y!) as number);
  tf.dispose([x, y]);
  return losses;
}

function difference(found: number[], expected: number[]): number {
  return Math.max(...expected.map((loss, i) => {
    const relative = Math.abs(found[i]! - loss) / loss;
    return Number.isNaN(relative) ? Infinity : relative;
  }));
}
