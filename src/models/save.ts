import * as tf from '@tensorflow/tfjs-core';
import type {io} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {trainingConfigOf} from '../tfjs_private';
import {checkBoolean, checkOptions} from '../validate';
import {checkModel} from './graph';
import {digests, joinBuffers} from './io/buffers';
import {asFailure} from './io/errors';
import type {NamedFunctions} from './io/functions';
import {inTurn} from './io/folder';
import {frozenPartsOf, toldPartsOf, withExtras} from './io/metadata';
import {isFolder, saveHandler} from './io/place';
import type {ModelPlace} from './io/place';
import {trainingOf} from './io/training';
import type {TrainingState} from './io/training';

/** Options of {@link save}. */
export interface SaveOptions {
  /** Whether loss, metrics and optimiser with its state are kept; the default is true. */
  includeOptimizer?: boolean;
  /** Losses and metrics of your own, under the names that the file gets: `{functions: {myLoss}}`. */
  functions?: NamedFunctions;
}

/**
 * Saves a model so that {@link load} brings all of it back: topology and weights, as `model.save` does, and how it was
 * compiled, with the state of the optimiser and losses and metrics that are functions of ours (tfjs keeps strings only).
 * Training resumes as if it had never stopped. `tf.loadLayersModel` reads the file too.
 *
 * In Node, on any backend, a path is a folder that gets model.json and weights.bin. An interrupted save leaves the
 * previous model intact.
 *
 * @param model Sequential or functional
 * @param target a URL or an IOHandler as `model.save` takes it; in Node also a folder
 * @returns what the handler says about it
 * @throws On an optimiser without readable state (adamax), a loss or metric that is a function of your own and not
 * named in `functions`, two weights of one name, an unknown option, a place that cannot be written.
 *
 * ```js
 * await models.save(model, 'runs/digits');
 * const again = await models.load('runs/digits');
 * ```
 */
export async function save(model: LayersModel, target: ModelPlace, options: SaveOptions = {}): Promise<io.SaveResult> {
  const op = 'models.save';
  checkModel(op, model);
  checkOptions(op, options, ['includeOptimizer', 'functions']);
  const includeOptimizer = checkBoolean(op, 'includeOptimizer', options?.includeOptimizer ?? true);
  checkNames(op, model);
  const ready = (async () => {
    const {handler, name} = await saveHandler(op, target);
    const training = includeOptimizer ? await trainingOf(op, model, options?.functions ?? {}) : null;
    return {handler, name, artifacts: await artifactsOf(model, training)};
  })();
  ready.catch(() => null);  // it is waited for in its turn
  const write = async () => {
    const {handler, name, artifacts} = await ready;
    try {
      return await handler.save!(artifacts);
    } catch (error) {
      throw asFailure(`${op}: '${model.name}' could not be saved to ${name}`, error);
    }
  };
  return isFolder(target) ? inTurn(write) : write();
}

async function artifactsOf(model: LayersModel, training: TrainingState | null): Promise<io.ModelArtifacts> {
  let plain: io.ModelArtifacts = {};
  await model.save(tf.io.withSaveHandler(async (artifacts) => {
    plain = artifacts;
    return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
  }));
  const weightSpecs = [...plain.weightSpecs!, ...training?.specs ?? []];
  const weightData = tf.io.CompositeArrayBuffer.join([joinBuffers(plain.weightData), ...training ? [training.data] : []]);
  const extras = {
    version: 1 as const, digests: await digests(weightData, weightSpecs), frozen: frozenPartsOf(model),
    training: training?.saved ?? null, told: toldPartsOf(model),
  };
  const userDefinedMetadata = withExtras(plain.userDefinedMetadata, extras);
  const trainingConfig = training && plainConfig(model, training);
  return {...plain, weightSpecs, weightData, userDefinedMetadata, ...(trainingConfig ? {trainingConfig} : {})};
}

/** What tfjs's own loader takes; only where loss and metrics are words. */
function plainConfig(model: LayersModel, {saved}: TrainingState): io.TrainingConfig | null {
  const isWord = (value: unknown) => typeof value === 'string';
  const words = isWord(saved.loss) && (saved.metrics === null || (Array.isArray(saved.metrics) && saved.metrics.every(isWord)));
  return words ? trainingConfigOf(model) : null;
}

/** Files know weights by their names alone. */
function checkNames(op: string, model: LayersModel): void {
  const names = model.weights.map(({originalName}) => originalName);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new Error(`${op}: '${model.name}' has two weights called '${twice}', of which a file could keep one. ` +
        'Give the layers names of their own.');
  }
}
