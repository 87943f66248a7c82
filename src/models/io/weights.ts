import type {io, NamedTensorMap} from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel, LayerVariable} from '@tensorflow/tfjs-layers';

import {fileGroups} from './tree';
import {showShape} from '../../validate';
import {allLayers, isModel, pathOf} from '../graph';
import {variablesOf} from '../layer_copy';
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
    throw new Error(`${label}: the weights have ${bytes.byteLength} bytes, but model.json says ${expected}. The two ` +
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
 * @param kerasClasses Keras's class by a layer's path, where the topology is Keras's
 * @throws If a weight is missing, has another shape or belongs to no layer; the last two only with `strict`.
 */
export function setModelWeights(
    label: string, model: LayersModel, tensors: NamedTensorMap, specs: Specs, strict: boolean,
    kerasClasses: ReadonlyMap<string, string>): void {
  const targets = targetsOf(model);
  const left = new Set(targets);
  const strangers: Specs[number][] = [];
  const places = kerasClasses.size > 0 && specs.some(({name}) => IN_ARCHIVE.test(name)) ? placesOf(model, kerasClasses) : null;
  const find = (name: string) => places ? targets.find((target) => left.has(target) && target.weight === places.get(name)) :
    targetFor(name.split('/'), [...left]);
  const chosen = specs.filter(({name}) => !isOther(name, places !== null)).flatMap((spec) => {
    const target = find(spec.name);
    if (!target) {
      strangers.push(spec);
      return [];
    }
    left.delete(target);
    const {weight, path} = target;
    if (!tf.util.arraysEqual(weight.shape as number[], spec.shape)) {
      throw new Error(`${label}: the weight '${spec.name}' of the layer '${path}' has the shape ${showShape(spec.shape)} ` +
          `where the layer needs ${showShape(weight.shape)}. ${APART}`);
    }
    return [{weight, values: tensors[spec.name]!}];
  });
  if (strict) checkAllFound(label, model, strangers, [...left], targets.length);
  // `write` would apply the constraint, which weights that were never trained may not meet yet.
  tf.tidy(() => chosen.forEach(({weight, values}) => (weight.read() as tf.Variable).assign(tf.cast(values, weight.dtype))));
}

const APART = 'The topology and the weights do not belong together; save the model again.';

/** How the official converter names the weights of a .keras file: by their place in it. */
const IN_ARCHIVE = /^(layers|metrics|optimizer)\/(.*\/)?vars\/\d+$/;

/** What is no weight of a layer: the state of random numbers, and in an archive those of metrics and optimizer. */
function isOther(name: string, isArchive: boolean): boolean {
  return name.endsWith('/seed_generator_state') || (isArchive && /^(metrics|optimizer)\/|\/seed_generator\//.test(name));
}

/** The weights by their places in a .keras file. */
function placesOf(model: LayersModel, kerasClasses: ReadonlyMap<string, string>): Map<string, LayerVariable> {
  // The converter calls every graph a Model.
  const classes = new Map([...kerasClasses].map(([path, name]) => [path, name === 'Model' ? 'Functional' : name]));
  return new Map(fileGroups(model, classes).flatMap(({layer, group}) =>
    variablesOf(layer).map((weight, i) => [`${group}/vars/${i}`, weight as LayerVariable] as const)));
}

function checkAllFound(
    label: string, model: LayersModel, strangers: readonly {name: string}[], left: readonly Target[], count: number): void {
  if (strangers.length === 0 && left.length === 0) return;
  const list = (items: string[]) => `${items.slice(0, 5).join(', ')}${items.length > 5 ? ', ...' : ''}`;
  const missing = left.length === 0 ? '' : `${left.length} of ${count} weights are missing: ` +
      `${list(left.map(({name, path}) => `'${name}' of the layer '${path}'`))}`;
  if (strangers.length === 0) {
    throw new Error(`${label}: ${missing}. Save the model again, with all its weights.`);
  }
  const [first] = strangers as [{name: string}];
  const stranger = `${describe(first)} belongs to no layer of '${model.name}'`;
  throw new Error(`${label}: ${stranger}. ${missing === '' ? 'Load with {strict: false} to leave it out.' :
    `Where it should, ${missing}. ${APART}`}`);
}

/** A weight of a model, with the words that a file may call it by. */
interface Target {
  weight: LayerVariable;
  /** Its name here, such as 'bidirectional/forward_lstm/kernel'. */
  name: string;
  /** The layer's path. */
  path: string;
  /** Names of what is around the weight, the outermost first. */
  around: string[];
  /** What Keras calls the weight in its layer. */
  words: string[];
}

function targetsOf(model: LayersModel): Target[] {
  const found = new Map<LayerVariable, Target>();
  for (const place of allLayers(model)) {
    const {layer} = place;
    if (isModel(layer)) continue;
    layer.weights.forEach((weight, i) => {
      const scope = weight.originalName.split('/');
      const last = scope.pop()!;
      const outer = [...place.around, layer].map(({name}) => name).filter((name) => !scope.includes(name));
      // Keras 3's DepthwiseConv2D calls its weight 'kernel', that of Keras 2 and tf.layers 'depthwise_kernel'.
      const more = last === 'depthwise_kernel' && layer.getClassName().endsWith('DepthwiseConv2D') ? ['kernel'] : [];
      const number = scope.at(-1) === layer.name ? [String(i)] : [];
      found.set(weight, {
        weight, name: weight.originalName, path: pathOf(place), around: [...outer, ...scope], words: [last, ...more, ...number],
      });
    });
  }
  return [...found.values()];
}

/**
 * The weight that a name in a file means. Converted Keras models name some by the layer twice ('conv/conv/kernel'), by the
 * model too ('net/conv/kernel'), by the cell of a recurrent layer ('lstm/lstm_cell/kernel'), or by a number ('conv/0'): the
 * names around a weight of ours come in it, in their order; where that is so of several, the one with the most of them is
 * meant.
 */
function targetFor(parts: string[], targets: readonly Target[]): Target | undefined {
  const exact = targets.find(({name}) => name === parts.join('/'));
  if (exact) return exact;
  const matches = targets.filter(({words}) => words.includes(parts.at(-1)!))
    .map((target) => ({target, score: scoreOf(target, parts)}));
  const best = Math.max(...matches.map(({score}) => score));
  const winners = matches.filter(({score}) => score === best && score > 0);
  return winners.length === 1 ? winners[0]!.target : undefined;
}

/** How many of the names around the weight come in the parts, the innermost among them; 0 where that is missing. */
function scoreOf({name, around}: Target, parts: readonly string[]): number {
  const own = name.split('/').slice(0, -1);
  const places = (names: readonly string[]) => {
    let from = 0;
    return names.filter((each) => {
      const found = parts.indexOf(each, from);
      if (found < 0 || found >= parts.length - 1) return false;
      from = found + 1;
      return true;
    }).length;
  };
  return places(own) === own.length ? 1 + places(around) : 0;
}
