import {existsSync, rmSync} from 'node:fs';
import path from 'node:path';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {UserError} from '../shared/run';

/** What makes a run the run it is: a resumed one must have the same. */
export type Settings = {[name: string]: string | number | boolean};

/** One epoch. */
export interface Epoch {
  /** Means over the epoch, while the net changed. */
  loss: number;
  accuracy: number;
  validationLoss: number;
  validationAccuracy: number;
}

/** How far a run has come; with the net and its optimiser, all that it needs to go on. */
export interface RunState {
  settings: Settings;
  epochs: Epoch[];
  /** Loss of each step since the beginning. */
  steps: number[];
}

/** The entry among the model's own metadata: net and state lie in one file, which replaces the old one in one step. */
const KEY = 'run';

/** Whether there is one. */
export function hasCheckpoint(folder: string): boolean {
  return existsSync(path.join(folder, 'model.json'));
}

export async function saveCheckpoint(folder: string, model: LayersModel, state: RunState): Promise<void> {
  model.setUserDefinedMetadata({[KEY]: state});
  await models.save(model, folder);
}

/**
 * Reads a checkpoint.
 * @param settings those of the run that wants to go on from it
 * @throws If there is none, it is damaged, or it belongs to a run with other settings.
 */
export async function loadCheckpoint(
    folder: string, settings: Settings): Promise<{model: LayersModel, state: RunState}> {
  if (!hasCheckpoint(folder)) {
    throw new UserError(
        `There is no checkpoint in ${folder}: it is written after the first epoch. Start without --resume.`);
  }
  const model = await models.load(folder).catch((error: Error) => {
    throw new UserError(`${error.message}\nStart without --resume.`);
  });
  const state = (model.getUserDefinedMetadata() as {[KEY]?: RunState} | undefined)?.[KEY];
  if (!state) throw new UserError(`The model in ${folder} is no checkpoint of this example. Give another --out.`);
  const changed = Object.keys(settings).filter((name) => settings[name] !== state.settings[name]);
  if (changed.length > 0) {
    const lines = changed.map((name) => `  ${name}: ${state.settings[name]} then, ${settings[name]} now`);
    throw new UserError(`The checkpoint in ${folder} belongs to a run with other settings:\n${lines.join('\n')}\n` +
        'Resume with the same, or start over without --resume.');
  }
  return {model, state};
}

/** Makes way for a new run: from here on the old one cannot be resumed by mistake. */
export function removeCheckpoint(folder: string): void {
  rmSync(folder, {recursive: true, force: true});
}
