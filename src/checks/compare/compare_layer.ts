import * as tf from '@tensorflow/tfjs-core';
import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {explicitRowOf} from '../../catalogue';
import {isInput} from '../../models/graph';
import type {Layer} from '../../models/graph';
import {partOf} from '../../models/layer_copy';
import {builtInTwin, loneModel} from './copies';
import {differenceOf, largestValue} from './difference';
import type {CheckedOptions, Tolerances} from './options';
import {disposePass, forwardOnly, passThrough, randomUpstream, timePass} from './pass';
import type {Pass} from './pass';
import {explain, failure, noTwin} from './reasons';
import type {Config, Explanation, LayerInput, Reason} from './reasons';
import {NOTHING} from './report';
import type {Differences, LayerComparison, Milliseconds} from './report';
import {median} from './statistics';

/** One layer with its twin: models of that layer alone, with the same weights. */
interface Sides {
  layer: Layer;
  ours: LayersModel;
  theirs: LayersModel;
  x: Tensor;
  dout: Tensor;
}

/**
 * Compares a layer with its built-in twin on the same input and the same gradient from above, and times both.
 * @param path how the report calls it
 * @param partner the twin; by default made of the layer
 */
export async function compareLayer(
    path: string, layer: Layer, partner: Layer | null, x: Tensor, options: CheckedOptions): Promise<LayerComparison> {
  const made: Array<{dispose(): unknown}> = [];
  const own = <T extends {dispose(): unknown}>(thing: T): T => {
    made.push(thing);
    return thing;
  };
  try {
    const shape = x.shape.slice(1);
    const ours = own(loneModel(layer, shape));
    const dout = own(randomUpstream(ours, [x], options.seed)[0]!);
    const row = {name: path, className: layer.getClassName()};
    let theirs: LayersModel;
    try {
      theirs = own(partner ? loneModel(partner, shape) : builtInTwin(ours));
    } catch (error) {
      const milliseconds = await timeBoth({ours, theirs: null, x, dout}, options.repeats);
      return {...row, builtIn: null, milliseconds, ...NOTHING, whole: NOTHING, reasons: [noTwin(error)], passed: true};
    }
    const comparison = await compareValues({layer, ours, theirs, x, dout}, options.tolerances);
    const fails = comparison.reasons.some(({kind}) => kind === 'fails');
    const milliseconds = await timeBoth({ours, theirs: fails ? null : theirs, x, dout}, options.repeats);
    const builtIn = theirs.layers.filter((one) => !isInput(one)).map((one) => one.getClassName()).join(' + ');
    return {...row, builtIn, milliseconds, ...comparison};
  } finally {
    made.forEach((thing) => thing.dispose());
  }
}

type Values = Pick<LayerComparison, keyof Differences | 'whole' | 'reasons' | 'passed'>;

/** First everything; where that differs, once more without what the known reasons explain. */
async function compareValues(sides: Sides, tolerances: Tolerances): Promise<Values> {
  // A built-in batch norm moves its averages even when it is frozen.
  const weights = sides.theirs.getWeights().map((weight) => tf.clone(weight));
  try {
    return await compareTwice(sides, tolerances, () => sides.theirs.setWeights(weights));
  } finally {
    tf.dispose(weights);
  }
}

async function compareTwice(sides: Sides, tolerances: Tolerances, reset: () => void): Promise<Values> {
  const first = await differencesOf(sides, {training: true, explanations: []});
  const fails = first.failure ? [first.failure] : [];
  const passed = agree(first.differences, tolerances);
  const explanations = passed ? [] : await explanationsOf(sides);
  if (explanations.length === 0) return {...first.differences, whole: first.differences, reasons: fails, passed};
  reset();
  const changes = Object.assign({}, ...explanations.map(({config}) => config)) as serialization.ConfigDict;
  const aligned = loneModel(sides.layer, sides.x.shape.slice(1), changes);
  try {
    const training = !explanations.some(({inference}) => inference);
    const {differences} = await differencesOf({...sides, ours: aligned}, {training, explanations});
    const reasons = [...explanations.map(({kind, text, ties}): Reason => ({kind, text, ...(ties && {ties})})), ...fails];
    return {...differences, whole: first.differences, reasons, passed: agree(differences, tolerances)};
  } finally {
    aligned.dispose();
  }
}

async function explanationsOf({layer, theirs, x}: Sides): Promise<Explanation[]> {
  const input: LayerInput = {values: await x.data(), shape: x.shape};
  const builtIn = Object.assign({}, ...theirs.layers.map((one) => one.getConfig())) as Config;
  return explain(layer, input, builtIn);
}

function agree({output, inputGradient, weightGradients}: Differences, {outputs, gradients}: Tolerances): boolean {
  return (output?.relative ?? 0) <= outputs &&
      [inputGradient, ...Object.values(weightGradients)].every((one) => (one?.relative ?? 0) <= gradients);
}

/**
 * The gradient that comes through a norm is a difference of terms as large as what comes from above. Where these cancel, on
 * maps of 1x1 in a small batch say, only rounding is left: in parts of the terms, less than this counts as zero.
 */
const CANCELLED = 0.1;

async function differencesOf(
    {layer, ours, theirs, x, dout}: Sides,
    {training, explanations}: {training: boolean, explanations: Explanation[]},
): Promise<{differences: Differences, failure?: Reason}> {
  const a = passThrough(ours, [x], [dout], training);
  let b: Pass | null = null;
  let problem: Reason | undefined;
  try {
    try {
      b = passThrough(theirs, [x], [dout], training);
    } catch (error) {
      problem = failure(error, 'the built-in layer');
      b = forwardOnly(theirs, [x], training);
    }
    const byValue = explanations.map(({values}) => values).filter((test) => test !== undefined);
    const exemptDx = explanations.map(({inputGradient}) => inputGradient).filter((test) => test !== undefined);
    const terms = explicitRowOf(layer)?.kind === 'norm' ? largestValue(await dout.data()) : 0;
    const compare = async (u: Tensor | null | undefined, v: Tensor | null | undefined, isInput = false) => {
      if (!u || !v) return null;
      const [p, q] = [await u.data(), await v.data()];
      return differenceOf(p, q, (i) => byValue.some((test) => test(p[i]!, q[i]!)) ||
          (isInput && exemptDx.some((test) => test(i))), isInput ? CANCELLED * terms : 0);
    };
    const weightGradients: Differences['weightGradients'] = {};
    const theirNames = theirs.trainableWeights.map(partOf);
    for (const [i, weight] of ours.trainableWeights.entries()) {
      const name = partOf(weight);
      const difference = await compare(a.weightGradients[i], b?.weightGradients[theirNames.indexOf(name)]);
      if (difference) weightGradients[name] = difference;
    }
    return {
      differences: {
        output: await compare(a.outputs[0], b?.outputs[0]),
        inputGradient: await compare(a.inputGradients[0], b?.inputGradients[0], true),
        weightGradients,
      },
      failure: problem,
    };
  } finally {
    disposePass(a);
    if (b) disposePass(b);
  }
}

/** Medians of both sides, which take turns in going first; `theirs` is null where it cannot do it. */
async function timeBoth(
    {ours, theirs, x, dout}: Omit<Sides, 'layer' | 'theirs'> & {theirs: LayersModel | null},
    repeats: number): Promise<Milliseconds> {
  const times = {explicit: [] as number[], builtIn: [] as number[]};
  for (let i = 0; i < repeats; i++) {
    const turns = i % 2 === 0 ? ['explicit', 'builtIn'] as const : ['builtIn', 'explicit'] as const;
    for (const side of turns) {
      const model = side === 'explicit' ? ours : theirs;
      if (model) times[side].push(await timePass(model, [x], [dout]));
    }
  }
  return {explicit: median(times.explicit), builtIn: median(times.builtIn)};
}
