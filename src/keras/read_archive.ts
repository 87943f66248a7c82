import type {KerasTrainingConfig} from './from_training';
import type {Generation, JsonObject} from './dialect';
import {isObject} from './dialect';
import {groupAt, KerasFileError, messageOf, readHdf5, textAttribute, valuesAt} from './hdf5';
import type {Values} from './hdf5';
import {readZip} from './zip';

/** What a Keras file holds. */
export interface KerasFile {
  /** The model's class and configuration. */
  config: unknown;
  /** The version of Keras that wrote it: 2 for tf_keras too. */
  major: Generation;
  training: KerasTrainingConfig | null;
  /** Weights by group (`.keras`), or by layer of the outermost model (`.h5`). */
  weights: Map<string, StoredWeights>;
  kind: 'archive' | 'legacy';
}

/** The weights that belong together, in the order in which Keras wrote them. */
export interface StoredWeights {
  /** The layer's name, where the file says it. */
  name: string | null;
  values: Values[];
}

/** Reads a `.keras` file. */
export async function readArchive(op: string, label: string, bytes: Uint8Array): Promise<KerasFile> {
  const members = await readZip(op, label, bytes);
  const part = (name: string): Uint8Array => {
    const data = members[name];
    if (!data) throw new KerasFileError(`${label} has no ${name}: it is no model that Keras saved, or damaged.`);
    return data;
  };
  const metadata = parseJson(label, 'metadata.json', part('metadata.json'));
  const config = parseJson(label, 'config.json', part('config.json'));
  const weights = await readHdf5(op, `${label}: its part model.weights.h5`, part('model.weights.h5'), (file) => {
    const found = new Map<string, StoredWeights>();
    for (const path of file.paths().filter((name) => /(^|\/)vars$/.test(name.replace(/^\//, '')))) {
      const group = groupAt(file, path.replace(/^\//, ''));
      if (!group) continue;
      const count = group.keys().length;
      const values = Array.from({length: count}, (_, i) => valuesAt(group, String(i))).filter((value) => value !== null);
      found.set(path.replace(/^\//, '').replace(/\/?vars$/, ''), {name: textAttribute(group, 'name'), values});
    }
    return found;
  });
  return {config, major: majorOf(metadata['keras_version']), training: trainingOf(config), weights, kind: 'archive'};
}

/** Keras 3 and later are one kind, everything before another. */
export function majorOf(version: unknown): Generation {
  return Number.parseInt(String(version), 10) >= 3 ? 3 : 2;
}

function trainingOf({compile_config: config}: JsonObject): KerasTrainingConfig | null {
  if (!isObject(config) || !config['optimizer']) return null;
  return {
    optimizer: config['optimizer'], loss: config['loss'], metrics: config['metrics'],
    lossWeights: config['loss_weights'], weightedMetrics: config['weighted_metrics'],
  };
}

/** @throws Naming the part that is no JSON object. */
export function parseJson(label: string, part: string, data: Uint8Array | string): JsonObject {
  try {
    const value: unknown = JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data));
    if (isObject(value)) return value;
  } catch (error) {
    throw new KerasFileError(`${label} is damaged: its part ${part} is no JSON: ${messageOf(error)}.`, error);
  }
  throw new KerasFileError(`${label} is damaged: its part ${part} is no JSON object.`);
}
