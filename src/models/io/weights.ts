import type {io, NamedTensorMap} from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {showShape} from '../../validate';
import {allLayers, isModel, pathOf} from '../graph';
import {digests as digestsOf, slices} from './buffers';

type Specs = readonly io.WeightsManifestEntry[];

/**
 * Checks the bytes of the weights before anything is made of them.
 * @param digests what they were when they were saved; null where the file does not say
 * @throws If there are too few or too many, or they are not what was saved.
 */
export async function checkBytes(label: string, bytes: ArrayBuffer, specs: Specs, digests: string[] | null): Promise<void> {
  const places = slices(specs);
  const expected = places.at(-1)?.end ?? 0;
  if (Number.isNaN(expected)) return;
  if (bytes.byteLength < expected) {
    const first = places.findIndex(({end}) => end > bytes.byteLength);
    throw new Error(`${label}: the weights are cut short: ${bytes.byteLength} of ${expected} bytes. They end in ` +
        `${describe(specs[first]!)}. Copy the file again.`);
  }
  if (bytes.byteLength > expected) {
    throw new Error(`${label}: the weights have ${bytes.byteLength} bytes where model.json tells of ${expected}. The two ` +
        'files do not belong together; copy both again.');
  }
  const found = digests && await digestsOf(bytes, specs);
  const damaged = found?.findIndex((digest, i) => digest !== digests![i]) ?? -1;
  if (damaged >= 0) {
    throw new Error(`${label}: the weights are damaged: ${describe(specs[damaged]!)} is not what was saved. ` +
        'Copy the file again.');
  }
}

function describe({name}: {name: string}): string {
  const parts = name.split('/');
  return `the layer '${parts.slice(0, -1).join('/') || name}' (weight '${name}')`;
}

/**
 * Sets the weights of a model by their names.
 * @throws If a weight is missing, has another shape or belongs to no layer; the last two only with `strict`.
 */
export function setModelWeights(
    label: string, model: LayersModel, tensors: NamedTensorMap, specs: Specs, strict: boolean): void {
  const targets = new Map(allLayers(model).filter(({layer}) => !isModel(layer)).flatMap((place) =>
    place.layer.weights.map((weight) => [weight.originalName, {weight, path: pathOf(place)}] as const)));
  const left = new Set(targets.keys());
  const chosen = specs.flatMap((spec) => {
    const name = namesFor(spec.name, model).find((candidate) => left.has(candidate));
    if (name === undefined) {
      if (!strict) return [];
      throw new Error(`${label}: ${describe(spec)} belongs to no layer of '${model.name}'. Load with {strict: false} to ` +
          'leave it out.');
    }
    left.delete(name);
    const {weight, path} = targets.get(name)!;
    if (!tf.util.arraysEqual(weight.shape as number[], spec.shape)) {
      throw new Error(`${label}: the weight '${spec.name}' of the layer '${path}' has the shape ${showShape(spec.shape)} ` +
          `where the layer needs ${showShape(weight.shape)}.`);
    }
    return [{weight, values: tensors[spec.name]!}];
  });
  if (strict && left.size > 0) {
    const missing = [...left].map((name) => `'${name}' of the layer '${targets.get(name)!.path}'`);
    throw new Error(`${label}: ${missing.length} of ${targets.size} weights are missing: ${missing.slice(0, 5).join(', ')}` +
        `${missing.length > 5 ? ', ...' : ''}. Load with {strict: false} to leave them at their initial values.`);
  }
  tf.tidy(() => chosen.forEach(({weight, values}) => { weight.write(values); }));
}

/**
 * By which names of ours a file can mean a weight. Converted Keras models name some by the layer twice
 * ('conv/conv/kernel'), by the model too ('net/conv/kernel'), or by a number ('layers/conv/vars/0').
 */
function namesFor(name: string, model: LayersModel): string[] {
  const parts = name.split('/');
  const last = parts.at(-1)!;
  const names = [name, [...parts.slice(0, -2), last].join('/'), parts.slice(-2).join('/')];
  if (!/^\d+$/.test(last)) return names;
  const owner = parts.slice(0, -1).filter((part) => part !== 'vars').at(-1);
  const layer = allLayers(model).find((place) => place.layer.name === owner && !isModel(place.layer))?.layer;
  const weight = layer?.weights[Number(last)];
  return weight ? [...names, weight.originalName] : names;
}
