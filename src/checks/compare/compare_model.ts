import type {Tensor} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {explicitRowOf} from '../../catalogue';
import {allLayers, isModel, pathOf} from '../../models/graph';
import {partOf} from '../../models/layer_copy';
import {differenceOf, largest, largestValue} from './difference';
import {disposePass, forwardOnly, passThrough, randomUpstream} from './pass';
import type {Pass} from './pass';
import {failure} from './reasons';
import type {Reason} from './reasons';
import {NOTHING} from './report';
import type {Differences} from './report';

/** Gradients smaller than the model's largest by this factor count as zero but for rounding. */
const NEGLIGIBLE = 1e-2;

/** Compares two models of the same topology and weights, forward and backward, from one input through all layers. */
export async function compareModels(
    ours: LayersModel, theirs: LayersModel, xs: Tensor[], {training, seed}: {training: boolean, seed: number},
): Promise<{differences: Differences, failure?: Reason}> {
  const douts = randomUpstream(ours, xs, seed);
  const passes: Pass[] = [];
  try {
    const a = passThrough(ours, xs, douts, training);
    passes.push(a);
    const b = passThrough(theirs, xs, douts, training);
    passes.push(b);
    return {differences: {
      output: largest(await differences(a.outputs, b.outputs)),
      inputGradient: largest(await differences(a.inputGradients, b.inputGradients, await cancelledBelow(ours, a, douts))),
      weightGradients: await weightDifferences([ours, a], [theirs, b]),
    }};
  } catch (error) {
    if (passes.length === 0) throw error;
    const forward = forwardOnly(theirs, xs, training);
    if (forward) passes.push(forward);
    const output = forward && largest(await differences(passes[0]!.outputs, forward.outputs));
    return {differences: {...NOTHING, output}, failure: failure(error, 'the built-in model')};
  } finally {
    passes.forEach(disposePass);
    douts.forEach((dout) => dout.dispose());
  }
}

/**
 * What the gradient of the input counts as at least. Where it comes through norms its terms may cancel, after maps of 1x1
 * say, and only rounding is left.
 */
async function cancelledBelow(model: LayersModel, {weightGradients}: Pass, douts: readonly Tensor[]): Promise<number> {
  if (!allLayers(model).some(({layer}) => explicitRowOf(layer)?.kind === 'norm')) return 0;
  const most = async (tensors: readonly (Tensor | null)[]) =>
    Math.max(0, ...await Promise.all(tensors.map(async (one) => one ? largestValue(await one.data()) : 0)));
  return NEGLIGIBLE * Math.min(await most(weightGradients), await most(douts));
}

async function differences(ours: (Tensor | null)[], theirs: (Tensor | null)[], floor = 0) {
  const pairs = ours.map((a, i) => [a, theirs[i]] as const).filter(([a, b]) => a && b) as [Tensor, Tensor][];
  return Promise.all(pairs.map(async ([a, b]) => differenceOf(await a.data(), await b.data(), undefined, floor)));
}

async function weightDifferences([ours, a]: [LayersModel, Pass], [theirs, b]: [LayersModel, Pass]) {
  const values = (pass: Pass) => Promise.all(pass.weightGradients.map((gradient) => gradient?.data()));
  const [p, q] = [await values(a), await values(b)];
  const scale = Math.max(0, ...q.map((gradient) => gradient ? largestValue(gradient) : 0));
  const found: Differences['weightGradients'] = {};
  const theirKeys = weightKeys(theirs);
  for (const [i, key] of weightKeys(ours).entries()) {
    const [u, v] = [p[i], q[theirKeys.indexOf(key)]];
    if (u && v) found[key] = differenceOf(u, v, undefined, NEGLIGIBLE * scale);
  }
  return found;
}

/** `conv2d_1/kernel` for each trainable weight: the layer's name, not the variable's, which tfjs makes unique. */
function weightKeys(model: LayersModel): string[] {
  const owners = new Map(allLayers(model).filter(({layer}) => !isModel(layer)).flatMap((place) =>
    place.layer.trainableWeights.map((weight) => [weight.id, pathOf(place)] as const)));
  return model.trainableWeights.map((weight) => `${owners.get(weight.id)}/${partOf(weight)}`);
}
