import type {KerasTrainingConfig} from './from_training';
import type {Generation, JsonObject} from '../topology/dialect';
import {isObject} from '../topology/dialect';
import {damagedFile, Datasets, groupAt, messageOf, openHdf5, textAttribute} from './hdf5';
import type {StoredValues} from './hdf5';
import {openZip} from './zip';

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
  /** What the optimizer has gathered. */
  optimizer: readonly StoredValues[];
  /** Frees the file; no weights can be read after. */
  close(): void;
}

/** The weights that belong together, in the order in which Keras wrote them. */
export interface StoredWeights {
  /** The layer's name, where the file says it. */
  name: string | null;
  values: StoredValues[];
}

/** Of a configuration in a `.keras` file; real ones have some hundred kilobytes. */
const MOST_JSON = 8 << 20;
/** Beside what the size of the file, or of the model, tells of its weights. */
const SLACK = 32 << 20;
const WEIGHTS = 'model.weights.h5';

/**
 * Reads a `.keras` file.
 * @param need how many bytes of weights a configuration asks for
 */
export async function readArchive(
    op: string, label: string, bytes: Uint8Array, need: (config: unknown, major: Generation) => number): Promise<KerasFile> {
  const zip = await openZip(op, label, bytes);
  const json = (name: string) => parseJson(label, name, zip.member(name, MOST_JSON, 'a configuration'));
  const metadata = json('metadata.json');
  const config = json('config.json');
  const major = majorOf(metadata['keras_version']);
  const part = zip.member(WEIGHTS, 2 * bytes.length + SLACK, null) ?? (() => {
    // So much is packed so tightly that the model is asked first whether it needs it, thrice with an optimizer's state.
    const needed = need(config, major);
    return zip.member(WEIGHTS, 3 * needed + SLACK, `weights for a model that needs ${needed} bytes`);
  })();
  const {found: weights, close} = await openHdf5(op, `${label}: its part ${WEIGHTS}`, part, (file) => {
    const datasets = new Datasets(label, part.length);
    const found = new Map<string, StoredWeights>();
    for (const path of file.paths().map((name) => name.replace(/^\//, '')).filter((name) => /(^|\/)vars$/.test(name))) {
      const group = groupAt(file, path);
      if (!group) continue;
      const count = group.keys().length;
      const values = Array.from({length: count}, (_, i) => datasets.at(group, String(i))).filter((value) => value !== null);
      found.set(path.replace(/\/?vars$/, ''), {name: textAttribute(group, 'name'), values});
    }
    return found;
  });
  const optimizer = weights.get('optimizer')?.values ?? [];
  const compiled = config['compile_config'];
  const training = isObject(compiled) && compiled['optimizer'] ? trainingOf(compiled, compiled['optimizer']) : null;
  return {config, major, optimizer, training, weights, kind: 'archive', close};
}

/** Keras 3 and later are one kind, everything before another. */
export function majorOf(version: unknown): Generation {
  return Number.parseInt(String(version), 10) >= 3 ? 3 : 2;
}

/** The settings of a file, which calls the optimizer by different names. */
export function trainingOf(
    {loss, metrics, loss_weights: lossWeights, weighted_metrics: weightedMetrics}: JsonObject,
    optimizer: unknown): KerasTrainingConfig {
  return {optimizer, loss, metrics, lossWeights, weightedMetrics};
}

/** @throws Naming the part that is not a JSON object. */
export function parseJson(label: string, part: string, data: Uint8Array | string): JsonObject {
  try {
    const value: unknown = JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data));
    if (isObject(value)) return value;
  } catch (error) {
    throw damagedFile(`${label} is damaged: its part ${part} is not JSON: ${messageOf(error)}`, error);
  }
  throw damagedFile(`${label} is damaged: its part ${part} is not a JSON object`);
}
