import type {LayersModel} from '@tensorflow/tfjs-layers';

import {axesOf} from '../geometry';
import type {DataFormat} from '../geometry';
import {layerFields} from '../tfjs_private';
import {checkCount, checkOptions, show, showShape} from '../validate';
import {toMarkdown, toText} from './describe/format';
import {
  fitsOf, formatOf, hyperparametersOf, multiplyAddsOf, parametersFormula, parametersOf, viewAfter, windowOfLayer,
} from './describe/measure';
import type {View} from './describe/measure';
import {nearestFits} from './describe/fit';
import {stepsOf} from './describe/steps';
import type {Step, Steps} from './describe/steps';
import type {Description, LayerDescription, Misfit} from './describe/types';
import {isModel} from './graph';
import type {Layer} from './graph';
import {asDamage, textOf} from './io/errors';
import type {Sizes} from './rebuild';

/** Options of {@link describe}. */
export interface DescribeOptions {
  /** For how many examples the activations are counted; the default is 1. */
  batchSize?: number;
  /** Where the table goes: `console.log` by default, null for nowhere. */
  print?: ((text: string) => void) | null;
}

/**
 * Describes a model layer by layer and prints a table of 80 columns: volumes (W x H x D), K, F, S and P, parameters,
 * multiply-adds forward and backward, bytes of activations, receptive fields, totals, and how each size came about:
 * (W - F + 2P)/S + 1 with the numbers filled in.
 *
 * It needs no weights, so it also takes layers in a row that are in no model yet, or a topology (a model.json), and then
 * names the first layer whose hyperparameters do not fit, with the nearest ones that do.
 *
 * @param model a model, a list of layers, or a topology as `model.toJSON` or a model.json has it
 * @param inputShape sizes of one example, without the batch, where the model leaves them open or to try others
 * @returns the description as data; `String(description)`, `description.toMarkdown()` and `JSON.stringify(description)`
 * are the three forms
 * @throws If the input's shape is unknown, or an option is.
 *
 * Source: the course notes (docs/from_the_notes.md), on spatial arrangement, layer sizing and case studies.
 *
 * ```js
 * const {totals} = models.describe(model, undefined, {batchSize: 64, print: null});
 * models.describe([layers.conv2d({filters: 96, kernelSize: 11, strides: 4})], [227, 227, 3]);  // 55 x 55 x 96
 * ```
 */
export function describe(
    model: LayersModel | readonly Layer[] | object, inputShape?: readonly (number | null)[] | null,
    options: DescribeOptions = {}): Description {
  const op = 'describe';
  checkOptions(op, options, ['batchSize', 'print']);
  const batchSize = checkCount(op, 'batchSize', options?.batchSize ?? 1);
  const print = options?.print === undefined ? console.log : options.print;
  if (print !== null && typeof print !== 'function') {
    throw new Error(`${op}: print must be a function or null. Got ${show(print)}. Pass null to print nothing.`);
  }
  const facts = factsOf(op, model, inputShape ?? null, batchSize);
  const description: Description = {...facts, toString: () => toText(facts), toMarkdown: () => toMarkdown(facts)};
  print?.(String(description));
  return description;
}

function factsOf(op: string, model: object, inputShape: unknown, batchSize: number): ReturnType<Measurement['facts']> {
  try {
    const steps = stepsOf(op, model);
    return new Measurement(steps, givenShapes(op, steps, inputShape), batchSize).facts(nameOf(model));
  } catch (error) {
    const isTopology = model instanceof Object && !Array.isArray(model) && !isModel(model as Layer);
    throw isTopology ? asDamage(op, `${op}: the topology`, error) : error;
  }
}

function nameOf(model: object): string {
  const {name, config, modelTopology} = model as {name?: string, config?: {name?: string}, modelTopology?: object};
  return name ?? config?.name ?? (modelTopology ? nameOf(modelTopology) : 'layers');
}

function givenShapes(op: string, {inputs}: Steps, wanted: unknown): Sizes[] {
  if (wanted !== null) {
    const good = Array.isArray(wanted) && wanted.every((size) => size === null || (Number.isInteger(size) && size > 0));
    if (!good || inputs.length !== 1) {
      throw new Error(`${op}: inputShape must list the sizes of an example of the model's only input. Got ${show(wanted)} ` +
          `for ${inputs.length} input${inputs.length === 1 ? '' : 's'}. Write it as in [32, 32, 3], or leave it out.`);
    }
    return [[null, ...checkRank(op, inputs[0]!, wanted as (number | null)[])]];
  }
  return inputs.map(({name, shape}) => {
    if (!shape) throw new Error(`${op}: the shape of the input '${name}' is not known. Give inputShape, as in [32, 32, 3].`);
    return shape;
  });
}

/** Sizes that the model leaves open or has may be changed, but not how many there are. */
function checkRank(op: string, {name, shape}: Steps['inputs'][number], wanted: (number | null)[]): (number | null)[] {
  if (shape && shape.length !== wanted.length + 1) {
    throw new Error(`${op}: inputShape must have ${shape.length - 1} sizes, as the input '${name}' has: ` +
        `${showShape(shape.slice(1))}. Got ${showShape(wanted)}. Pass that many.`);
  }
  return wanted;
}

class Measurement {
  private readonly shapes = new Map<number, Sizes>();
  private readonly views = new Map<number, View | null>();
  /** Values that depend on something trainable, so that their gradient is needed. */
  private readonly trained = new Set<number>();
  private readonly format: DataFormat;
  private misfit: Misfit | null = null;

  constructor(private readonly plan: Steps, private readonly given: Sizes[], private readonly batchSize: number) {
    plan.inputs.forEach(({value}, i) => {
      this.shapes.set(value, given[i]!);
      this.views.set(value, given[i]!.length === 4 ? {size: [1, 1], step: [1, 1]} : null);
    });
    this.format = plan.steps.map(({layer}) => formatOf(layer)).find((format) => format !== null) ?? 'channelsLast';
  }

  facts(name: string): Omit<Description, 'toString' | 'toMarkdown'> {
    const layers: LayerDescription[] = [];
    for (const step of this.plan.steps) {
      const described = this.step(step);
      if (!described) break;
      layers.push(described);
    }
    const sum = (of: (layer: LayerDescription) => number | null) => total(layers.map(of));
    return {
      name, batchSize: this.batchSize,
      inputs: this.plan.inputs.map((input, i) => ({name: input.name, shape: this.given[i]!.slice(1)})),
      layers, misfit: this.misfit,
      totals: {
        parameters: sum(({parameters}) => parameters)!, trainableParameters: sum(({trainableParameters}) => trainableParameters)!,
        multiplyAddsForward: sum(({multiplyAddsForward}) => multiplyAddsForward),
        multiplyAddsBackward: sum(({multiplyAddsBackward}) => multiplyAddsBackward),
        activationBytes: total([
          ...this.given.map((shape) => this.bytes(shape)), ...layers.map((layer) => layer.activationBytes),
        ]),
      },
    };
  }

  /** Describes one use of a layer; null, and a misfit, where it has no output. */
  private step(step: Step): LayerDescription | null {
    const {layer, path, from} = step;
    const inputs = from.map((value) => this.shapes.get(value)!);
    const input = inputs[0]!;
    const window = input.length === 4 ? windowOfLayer(layer) : null;
    const fits = window ? fitsOf(window, input) : [];
    const known = [...fits].reverse().filter((fit) => fit !== null);
    const wrong = known.filter(({result}) => result !== 'fits');
    const fatal = wrong.some(({result}) => result === 'too large');
    if (wrong.length > 0) this.report(path, fatal, wrong.map(({formula}) => formula).join('; '), nearestFits(known));
    if (fatal) return null;
    const outputs = this.outputsOf(step, inputs);
    if (!outputs) return null;
    const [output] = outputs as [Sizes];
    const weights = parametersOf(layer, inputs);
    const {all, trainable} = step.again ? {all: 0, trainable: 0} : weights;
    const view = viewAfter(layer, from.map((value) => this.views.get(value)!), input, output);
    const needsDx = from.some((value) => this.trained.has(value));
    const needsDw = weights.trainable > 0;
    step.to.forEach((value, i) => {
      this.shapes.set(value, outputs[i] ?? output);
      this.views.set(value, view);
      if (needsDx || needsDw) this.trained.add(value);
    });
    const forward = multiplyAddsOf(layer, input, output);
    return {
      name: path, className: layer.getClassName(), input: input.slice(1), output: output.slice(1),
      volumeIn: inputs.length > 1 ? `${inputs.length} inputs` : this.volume(input), volumeOut: this.volume(output),
      hyperparameters: window && hyperparametersOf(layer, window, fits, output),
      sizes: sizesOf(fits), parameters: all, trainableParameters: trainable,
      parametersFormula: parametersFormula(layer, input), multiplyAddsForward: forward,
      multiplyAddsBackward: forward === null ? null : forward * (Number(needsDx) + Number(needsDw)),
      activationBytes: total(outputs.map((shape) => this.bytes(shape))),
      receptiveField: view?.size ?? null,
    };
  }

  /** Asks the layer itself, which may find that its input does not fit. */
  private outputsOf({layer, path}: Step, inputs: Sizes[]): Sizes[] | null {
    try {
      checkInputRank(layer, inputs[0]!);
      checkWeights(layer, inputs[0]!);
      const shape = layer.computeOutputShape(inputs.length === 1 ? inputs[0]! : inputs);
      const shapes = (Array.isArray(shape[0]) ? shape : [shape]) as Sizes[];
      const bad = shapes.find((sizes) => sizes.slice(1).some((size) => size !== null && !(size > 0)));
      if (bad) {
        throw new Error(`its output would be ${showShape(bad)} for the input ${showShape(inputs[0]!)}. Give a larger ` +
            'inputShape, or change the layer.');
      }
      return shapes;
    } catch (error) {
      this.report(path, true, textOf(error), []);
      return null;
    }
  }

  private report(name: string, fatal: boolean, why: string, nearest: string[]): void {
    if (this.misfit && !fatal) return;
    const advice = nearest.length > 0 ? ` What fits, one of these changed: ${nearest.join(', ')}.` : '';
    const stop = why.endsWith('.') ? '' : '.';
    this.misfit = {name, fatal, nearest, message: `The layer '${name}' does not fit: ${why}${stop}${advice}`};
  }

  private volume(shape: Sizes): string {
    const sizes = shape.slice(1).map((size) => size ?? '?');
    if (shape.length !== 4) return sizes.length === 1 ? `1x1x${sizes[0]}` : sizes.join('x');
    const {height, width, channels} = axesOf(this.format);
    return [width, height, channels].map((axis) => sizes[axis - 1]).join('x');
  }

  private bytes(shape: Sizes): number | null {
    const sizes = shape.slice(1);
    return sizes.includes(null) ? null : (sizes as number[]).reduce((n, size) => n * size, 4 * this.batchSize);
  }
}

function total(values: (number | null)[]): number | null {
  return values.reduce((all, value) => (all === null || value === null ? null : all + value), 0);
}

function sizesOf([height, width]: ReturnType<typeof fitsOf> | never[]): string[] {
  const lines = [width, height].filter((fit) => fit != null).map(({formula}) => formula);
  const alike = lines.length === 2 && lines[0]!.slice(1) === lines[1]!.slice(1);
  return alike ? [lines[0]!] : lines;
}

/** A layer of tf.layers looks at the rank in `apply` only, and makes NaN of one that does not fit. */
function checkInputRank(layer: Layer, input: Sizes): void {
  const {rank} = layerFields(layer);  // of a convolution, which has an inputSpec only once it is built
  const [ndim] = [...(layer.inputSpec ?? []).map((spec) => spec.ndim), rank === undefined ? null : rank + 2]
    .filter((known) => known != null);
  if (ndim != null && ndim !== input.length) {
    throw new Error(`its input must have ${ndim - 1} sizes beside the batch. Got ${showShape(input.slice(1))}. ` +
        'Give another inputShape, or put tf.layers.reshape before the layer.');
  }
}

/** A layer with weights takes inputs of the size that these were made for. */
function checkWeights(layer: Layer, input: Sizes): void {
  for (const {axes} of layer.built ? layer.inputSpec ?? [] : []) {
    for (const [axis, size] of Object.entries(axes ?? {})) {
      const got = input.at(Number(axis));
      if (got != null && size != null && got !== size) {
        throw new Error(`its weights are made for ${size} entries on axis ${axis}. Got ${showShape(input)}. Give an ` +
            `inputShape that leads to ${size}${input.length === 2 ? ', or use models.toFullyConvolutional' : ''}.`);
      }
    }
  }
}
