import type {io} from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {tidy} from '../tidy';
import {checkBoolean, checkOptions} from '../validate';
import {budgetFor} from './io/budget';
import {fileNotes} from './conversion';
import {buildModel} from './io/build';
import {joinBuffers} from './io/buffers';
import {asDamage, asFailure} from './io/errors';
import type {NamedFunctions} from './io/functions';
import {freezeParts, splitExtras, tellParts} from './io/metadata';
import {loadHandler} from './io/place';
import type {ModelPlace, NamedHandler} from './io/place';
import {readTopology} from './io/topology';
import {plainTraining, resumeTraining} from './io/training';
import {checkBytes, setModelWeights} from './io/weights';
import {freeWeights} from './layer_copy';

/** Options of {@link load}: those of `tf.loadLayersModel`, and `functions`. */
export interface LoadOptions extends Pick<io.LoadOptions,
    'strict' | 'onProgress' | 'requestInit' | 'fetchFunc' | 'weightPathPrefix' | 'weightUrlConverter'> {
  /** Losses and metrics of your own that the model was compiled with, under the names they were saved by. */
  functions?: NamedFunctions;
  /** Whether the model is compiled as it was when it was saved; the default is true. */
  compile?: boolean;
}

const optionNames = [
  'strict', 'onProgress', 'requestInit', 'fetchFunc', 'weightPathPrefix', 'weightUrlConverter', 'functions',
  'compile',
] as const;

/**
 * Loads a model: one that {@link save} wrote, compiled and with its optimiser's state, so that training resumes as if
 * it had never stopped; one of `model.save`; or one that the official converter made from a Keras model (for Keras 3
 * its topology is repaired).
 *
 * The model owns the optimiser: `model.dispose()` frees it.
 *
 * @param source a URL or an IOHandler as `tf.loadLayersModel` takes it; in Node also a folder or the path of a
 * model.json
 * @param options `strict: false` accepts files with too many or too few weights, `compile: false` leaves out loss,
 * metrics and optimiser
 * @throws With the file and the layer: on a file that is damaged or cut short, weights of another shape, an unknown
 * layer, a loss that is not given in `functions`. Nothing is left behind then.
 *
 * ```js
 * const model = await models.load('runs/digits');
 * await model.fit(x, y);
 * ```
 */
export async function load(source: ModelPlace, options: LoadOptions = {}): Promise<LayersModel> {
  const op = 'models.load';
  checkOptions(op, options, optionNames);
  const strict = checkBoolean(op, 'strict', options?.strict ?? true);
  const compile = checkBoolean(op, 'compile', options?.compile ?? true);
  const {functions, compile: _, ...loadOptions} = options ?? {};
  const place = await loadHandler(op, source, loadOptions);
  const artifacts = await read(op, place);
  const label = `${op}: ${place.name}`;
  try {
    return await modelOf(label, artifacts, strict, compile ? functions ?? {} : null);
  } catch (error) {
    throw asDamage(op, label, error);
  }
}

async function modelOf(
    label: string, artifacts: io.ModelArtifacts, strict: boolean, functions: NamedFunctions | null): Promise<LayersModel> {
  const specs = artifacts.weightSpecs ?? [];
  const bytes = joinBuffers(artifacts.weightData);
  const {extras, own} = splitExtras(artifacts.userDefinedMetadata);
  await checkBytes(label, bytes, specs, extras?.digests ?? null);
  const hasWeights = artifacts.weightData != null;
  const tensors = tidy(() => tf.io.decodeWeights(bytes, specs));
  let model: LayersModel | null = null;
  try {
    const topology = readTopology(label, artifacts.modelTopology);
    const held = hasWeights ? 4 * specs.reduce((sum, {shape}) => sum + tf.util.sizeFromShape(shape), 0) : null;
    model = buildModel(label, topology, hasWeights && strict, budgetFor(held, strict));
    fileNotes(model, topology.notes);
    if (hasWeights) {
      const ofLayers = specs.filter(({group}) => group !== 'optimizer');
      setModelWeights(label, model, tensors, ofLayers, strict, topology.kerasClasses);
    }
    if (own) model.setUserDefinedMetadata(own);
    if (extras) freezeParts(model, extras.frozen);
    if (extras?.told) tellParts(model, extras.told);
    const state = specs.filter(({group}) => group === 'optimizer').map(({name}) => ({name, tensor: tensors[name]!}));
    if (!functions) return model;
    if (extras?.training) await resumeTraining(label, model, extras.training, state, functions);
    else if (artifacts.trainingConfig) {
      await resumeTraining(label, model, plainTraining(artifacts.trainingConfig), state, functions);
    }
    return model;
  } catch (error) {
    if (model) freeWeights(model.layers);
    throw error;
  } finally {
    tf.dispose(tensors);
  }
}

async function read(op: string, {handler, name}: NamedHandler): Promise<io.ModelArtifacts> {
  try {
    return await handler.load!();
  } catch (error) {
    throw asFailure(`${op}: ${name} could not be loaded`, error);
  }
}
