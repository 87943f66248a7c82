import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {checkModel} from '../models/graph';
import {show, showShape} from '../validate';
import {compareLayer} from './compare/compare_layer';
import {compareModels} from './compare/compare_model';
import {compareTraining} from './compare/compare_training';
import {builtInTwin, copyModel} from './compare/copies';
import {differenceOf} from './compare/difference';
import {formatReport} from './compare/format';
import {checkedOptions} from './compare/options';
import type {CheckedOptions, CompareOptions} from './compare/options';
import {asList} from './compare/pass';
import {noTwin} from './compare/reasons';
import type {Reason} from './compare/reasons';
import {NOTHING} from './compare/report';
import type {CompareReport, LayerComparison, ModelComparison} from './compare/report';
import {explicitLayersOf, randomLayersOf} from './compare/walk';
import type {FoundLayer} from './compare/walk';

export type {Difference} from './compare/difference';
export type {CompareOptions, Tolerances} from './compare/options';
export type {Reason, ReasonKind, TieCount} from './compare/reasons';
export type {CompareReport, Differences, LayerComparison, Milliseconds, ModelComparison} from './compare/report';

const NAME = 'compareWithBuiltIns';

/**
 * Compares a model of explicit layers with its built-in twin. First layer by layer: both sides get the same input (the
 * layer's input in the model) and the same random upstream gradient, so any difference comes from this layer. Then the
 * whole model, forward and backward. Then training steps of both, from the same weights on the same batches. Copies are
 * trained; the model itself is not changed.
 *
 * Differences with a known reason are explained: tied maxima, inputs on a kink of relu, another epsilon, a frozen batch
 * norm, NaN, random layers, a built-in layer that throws. Whatever the reason does not explain must still agree.
 *
 * @param model sequential or functional, built
 * @param x inputs of the model; layers are compared on the first `batchSize` examples
 * @param y targets of its loss
 * @returns differences, losses, milliseconds and reasons; `String(report)` is a table of 80 columns
 * @throws On unknown options, a model without explicit layers, x and y that do not fit it or each other.
 *
 * ```js
 * const report = await checks.compareWithBuiltIns(model, x, y, {steps: 20});
 * console.log(String(report));
 * if (!report.passed) process.exitCode = 1;
 * ```
 */
export async function compareWithBuiltIns(
    model: LayersModel, x: Tensor | Tensor[], y: Tensor | Tensor[],
    options?: CompareOptions): Promise<CompareReport> {
  checkBuilt(model);
  const checked = checkedOptions(model, options);
  const xs = checkData('x', x, model.inputs);
  const ys = checkData('y', y, model.outputs);
  if (xs[0]!.shape[0] !== ys[0]!.shape[0]) {
    throw new Error(`${NAME}: x has ${xs[0]!.shape[0]} examples, y has ${ys[0]!.shape[0]}. Give each x its y.`);
  }
  const made: LayersModel[] = [];
  const own = (copy: LayersModel) => {
    made.push(copy);
    return copy;
  };
  try {
    const ours = own(copyModel(model));
    let theirs: LayersModel | Reason;
    try {
      theirs = own(checked.builtIn ? copyModel(checked.builtIn) : builtInTwin(ours));
    } catch (error) {
      theirs = noTwin(error);
    }
    return await compare(ours, theirs, xs, ys, checked);
  } finally {
    made.forEach((copy) => copy.dispose());
  }
}

async function compare(
    ours: LayersModel, theirs: LayersModel | Reason, xs: Tensor[], ys: Tensor[],
    options: CheckedOptions): Promise<CompareReport> {
  const random = randomLayersOf(ours);
  const examples = Math.min(options.batchSize ?? xs[0]!.shape[0]!, xs[0]!.shape[0]!);
  const first = xs.map((x) => tf.slice(x, 0, examples));
  let found: FoundLayer[] = [];
  try {
    found = explicitLayersOf(ours, first, {training: random.length === 0});
    if (found.length === 0) {
      throw new Error(`${NAME}: ${ours.name} has no explicit layers to compare. Convert it with models.toExplicit.`);
    }
    const steps = ours.trainableWeights.length > 0 ? options.steps : 0;
    let done = 0;
    const advance = async () => {
      done += 1;
      options.onProgress?.(done, found.length + 1 + steps);
      await tf.nextFrame();  // the page draws, signals arrive
      options.signal?.throwIfAborted();
    };
    const layers: LayerComparison[] = [];
    for (const {path, layer, x} of found) {
      const partner = options.builtIn ? partnerOf(options.builtIn, path) : null;
      layers.push(await compareLayer(path, layer, partner, x, options));
      await advance();
    }
    const whole = 'kind' in theirs ? {differences: NOTHING, failure: theirs} :
        await compareModels(ours, theirs, first, {training: random.length === 0, seed: options.seed});
    await advance();
    const trained = whole.failure ? null : theirs as LayersModel;
    const training = await compareTraining(ours, trained, xs, ys, {...options, steps}, advance);
    const modelReport = summarize(whole, training, layers, random, options);
    const report = {
      backend: tf.getBackend(), passed: modelReport.passed && layers.every(({passed}) => passed), layers,
      model: modelReport, tolerances: options.tolerances,
    };
    return {...report, toString: () => formatReport(report)};
  } finally {
    tf.dispose([first, found.map(({x}) => x)]);
  }
}

/** The verdict on the whole model: what explains a layer's difference explains the model's. */
function summarize(
    whole: Awaited<ReturnType<typeof compareModels>>, training: Awaited<ReturnType<typeof compareTraining>>,
    layers: LayerComparison[], random: string[], {steps, tolerances}: CheckedOptions): ModelComparison {
  const {losses, milliseconds} = training;
  const {output, inputGradient, weightGradients} = whole.differences;
  const lossDifference = losses.builtIn ? differenceOf(losses.explicit, losses.builtIn) : null;
  const explained = layers.flatMap(({name, reasons}) => reasons
      .filter(({kind}) => kind !== 'fails' && kind !== 'no twin').map(({kind}): Reason => ({kind, text: `see ${name}`})));
  const isRandom = random.length > 0;
  const reasons = [...explained];
  if (isRandom) {
    reasons.push({kind: 'random', text: `${random.join(', ')} draw${random.length === 1 ? 's' : ''} at random in ` +
        'training: outputs and gradients are those of inference, losses differ by chance'});
  }
  if (steps > losses.explicit.length) {
    reasons.push({kind: 'untrainable', text: 'no weight of it is trainable: no training steps'});
  }
  if (whole.failure) reasons.push(whole.failure);
  const gradients = [inputGradient, ...Object.values(weightGradients)];
  const passed = explained.length > 0 ||
      (output?.norm ?? 0) <= tolerances.outputs &&
      gradients.every((gradient) => (gradient?.norm ?? 0) <= tolerances.modelGradients) &&
      (isRandom || (lossDifference?.relative ?? 0) <= tolerances.losses);
  return {output, inputGradient, weightGradients, milliseconds, losses, lossDifference, reasons, passed};
}

function partnerOf(theirs: LayersModel, path: string) {
  const names = path.split('/');
  let at: LayersModel = theirs;
  for (const name of names) {
    const next = at.layers.find((layer) => layer.name === name);
    if (!next) {
      throw new Error(`${NAME}: builtIn has no layer '${path}'. Its layers are ` +
          `${at.layers.map((layer) => layer.name).join(', ')}. Give them the names of the model's.`);
    }
    at = next as LayersModel;
  }
  return at;
}

function checkBuilt(model: unknown): asserts model is LayersModel {
  checkModel(NAME, model);
  if (!model.inputs?.length) {
    throw new Error(`${NAME}: model is not built yet. Give its first layer an inputShape, or call model.build.`);
  }
}

function checkData(name: 'x' | 'y', data: unknown, wanted: LayersModel['inputs']): Tensor[] {
  const tensors = asList<Tensor>(data);
  const shapes = wanted.map(({shape}) => showShape(shape)).join(', ');
  const fits = (tensor: Tensor, i: number) => tensor instanceof tf.Tensor &&
      (name === 'y' || (tensor.rank === wanted[i]!.shape.length &&
          wanted[i]!.shape.every((size, axis) => size === null || size === tensor.shape[axis])));
  if (tensors.length !== wanted.length || !tensors.every(fits)) {
    throw new Error(`${NAME}: ${name} must be ${tensors.length === 1 && wanted.length === 1 ? 'a tensor' :
        `${wanted.length} tensors`} for the shapes ${shapes} of the model. Got ${tensors.map(show).join(', ')}. ` +
        'Pass data of these shapes.');
  }
  if (tensors.some(({shape}) => shape[0] !== tensors[0]!.shape[0] || shape[0] === 0)) {
    throw new Error(`${NAME}: ${name} must hold the same number of examples everywhere, at least 1. ` +
        `Got ${tensors.map(show).join(', ')}. Pass batches of one size.`);
  }
  return tensors;
}
