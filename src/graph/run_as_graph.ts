import './learning_rate';

import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {innerLayers, isSequential} from '../layers/parts';
import type {Layer} from '../layers/parts';
import {openModel} from '../tfjs_private';
import type {OpenModel} from '../tfjs_private';
import {Hooks} from './hooks';
import {tidy} from '../tidy';
import {reportOf} from './report';
import {StepFunction} from './step_function';
import type {GraphReport} from './types';

/** Which steps of a model run as graphs. */
export interface RunAsGraphOptions {
  /** `fit`, `fitDataset` and `trainOnBatch`; true by default. */
  train?: boolean;
  /** `predict`, `predictOnBatch`, `evaluate`, `evaluateDataset` and validation in `fit`; true by default. */
  predict?: boolean;
}

const graphs = new WeakMap<object, ModelGraphs>();

/**
 * Lets a model run its steps as TensorFlow graphs, as `graphFunction` does: `fit`, `fitDataset`, `trainOnBatch`,
 * `evaluate`, `evaluateDataset`, `predict` and `predictOnBatch`, with metrics, class weights, validation data and
 * callbacks. Before or after `compile`; it lasts through later calls of `compile`, `build` and `add`.
 *
 * @param model Any model of tfjs-layers.
 * @param options Which steps; `false` makes the model as it was and gives the graphs back, as `model.dispose()` does.
 * @returns The same model.
 * @throws If `model` is not a model, or an option is unknown.
 *
 * ```js
 * const model = tf.sequential({layers: [layers.dense({units: 1, inputShape: [3]})]});
 * models.runAsGraph(model).compile({optimizer: 'sgd', loss: 'meanSquaredError'});
 * await model.fit(tf.ones([8, 3]), tf.ones([8, 1]), {epochs: 4, batchSize: 4, verbose: 0});
 * console.log(`${models.graphReport(model)}`);
 * ```
 */
export function runAsGraph<M extends LayersModel>(model: M, options: RunAsGraphOptions | false = {}): M {
  const open = openedModel('runAsGraph', model);
  graphs.get(model)?.release();
  graphs.delete(model);
  if (options === false) return model;
  graphs.set(model, new ModelGraphs(open, checkedOptions(options), () => graphs.delete(model)));
  return model;
}

/**
 * How the steps of a model run that was given to {@link runAsGraph}: as graphs of how many ops, or op by op and why.
 * @throws If `model` is not a model.
 */
export function graphReport(model: LayersModel): GraphReport {
  openedModel('graphReport', model);
  return reportOf(graphs.get(model)?.steps() ?? []);
}

function openedModel(caller: string, model: LayersModel): OpenModel {
  const open = model !== null && typeof model === 'object' ? openModel(model) : null;
  if (!open) {
    throw new Error(`models.${caller}: expected a model of tfjs-layers. Got ${model === null ? 'null' : typeof model}. Pass ` +
        'one; await what loads it.');
  }
  return open;
}

function checkedOptions(options: RunAsGraphOptions): Required<RunAsGraphOptions> {
  if (options === null || typeof options !== 'object') {
    throw new Error(`models.runAsGraph: options must be {train, predict} or false. Got ${String(options)}. Pass one of these.`);
  }
  const given = {train: true, predict: true, ...options} as {[name: string]: unknown};
  for (const [name, value] of Object.entries(given)) {
    if (name !== 'train' && name !== 'predict') {
      throw new Error(`models.runAsGraph: unknown option ${name}. Known are train, predict. Check its spelling, or remove it.`);
    }
    if (value !== undefined && typeof value !== 'boolean') {
      throw new Error(`models.runAsGraph: ${name} must be true or false. Got ${String(value)}. Pass a boolean.`);
    }
  }
  return {train: options.train ?? true, predict: options.predict ?? true};
}

/** The hooks in one model, and the recordings of its steps. */
class ModelGraphs {
  private readonly outer = new Hooks();
  private inner = new Hooks();
  private readonly train = new StepFunction('train');
  private readonly evaluate = new StepFunction('evaluate');
  private readonly predict = new StepFunction('predict');
  private readonly functions = [this.train, this.evaluate, this.predict];

  constructor(model: OpenModel, private readonly options: Required<RunAsGraphOptions>, onDispose: () => void) {
    if (isSequential(model)) this.followInner(model);
    else this.hook(model);
    this.outer.replace(model, 'dispose', original => () => {
      this.release();
      onDispose();
      return original.call(model);
    });
  }

  steps() {
    return this.functions.flatMap(step => step.steps());
  }

  release(): void {
    this.inner.release();
    this.outer.release();
    this.giveBack();
  }

  private giveBack(): void {
    for (const step of this.functions) step.dispose();
  }

  /** A Sequential makes a new model inside itself at each `compile` and `build`. */
  private followInner(model: OpenModel): void {
    if (model.model) this.hook(model.model);
    this.outer.watch(model, 'model', {write: (next) => {
      this.inner.release();
      this.giveBack();
      if (next) this.hook(next);
    }});
  }

  private hook(model: OpenModel): void {
    const hooks = this.inner = new Hooks();
    if (this.options.train) {
      hooks.replace(model, 'makeTrainFunction', original => () => {
        const step = original.call(model);
        return data => this.train.call((...given) => step(given as Tensor[]), data, conditionsOf(model)) as Tensor[];
      });
    }
    if (!this.options.predict) return;
    hooks.replace(model, 'makeTestFunction', original => () => {
      original.call(model);
      const step = model.testFunction;
      model.testFunction = data =>
        this.evaluate.call((...given) => step(given as Tensor[]), data, conditionsOf(model)) as Tensor[];
    });
    hooks.replace(model, 'predictLoop', original => (inputs, batchSize = 32, verbose = false) =>
      this.predictBatches(model, original, inputs, batchSize, verbose));
  }

  /** The model's own loop works on one batch at a time here, the step of a graph. */
  private predictBatches(
      model: OpenModel, predictLoop: OpenModel['predictLoop'], inputs: Tensor | Tensor[], batchSize: number,
      verbose: boolean): Tensor | Tensor[] {
    const list = Array.isArray(inputs) ? inputs : [inputs];
    const count = list[0]?.shape[0];
    const isUniform = list.every(({shape}) => shape[0] === count);
    if (verbose || !count || !isUniform || !(batchSize > 0)) return predictLoop.call(model, inputs, batchSize, verbose);
    const step = (...batch: unknown[]) =>
      predictLoop.call(model, (Array.isArray(inputs) ? batch : batch[0]) as Tensor | Tensor[], count);
    const conditions = conditionsOf(model);
    return tidy(() => {
      const batches: Tensor[][] = [];
      for (let start = 0; start < count; start += batchSize) {
        const batch = count <= batchSize ? list : list.map(input => tf.slice(input, start, Math.min(batchSize, count - start)));
        const outputs = this.predict.call(step, batch, conditions) as Tensor | Tensor[];
        batches.push(Array.isArray(outputs) ? outputs : [outputs]);
      }
      const [first] = batches;
      const outputs = batches.length === 1 ? first! : first!.map((_, i) => tf.concat(batches.map(batch => batch[i]!), 0));
      return outputs.length === 1 ? outputs[0]! : outputs;
    });
  }
}

/** What the steps of a model depend on beside their data: `compile` and freezing change it. */
function conditionsOf(model: OpenModel): unknown[] {
  return [
    model, model.optimizer_, model.lossFunctions, model.metricsTensors, model.collectedTrainableWeights,
    ...trainableFlags(model.layers), ...model.weights.map(weight => weight.read())];
}

function trainableFlags(layers: readonly Layer[]): boolean[] {
  return layers.flatMap(layer => [layer.trainable, ...trainableFlags(innerLayers(layer))]);
}
