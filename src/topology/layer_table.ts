import {catalogue} from '../catalogue';
import type {KerasEntry} from '../catalogue';
import {show} from '../validate';
import type {Generation, JsonObject} from './dialect';
import {snakeCase} from './names';

/** The layers that tf.layers and Keras both have and that compute the same, by tf.layers' names. */
export const layerTable: {readonly [className: string]: KerasEntry} = Object.fromEntries(Object.entries(catalogue).flatMap(
    ([className, {keras}]) => ('none' in keras ? [] : [[className, keras] as const])));

/** Our class of a layer that tf.layers lacks. */
export function classWithoutTwin(className: string): string | null {
  const explicit = catalogue[className]?.explicit;
  return explicit && 'none' in explicit.twin ? explicit.class.className : null;
}

/** What Keras calls an argument of tf.layers. */
export function kerasArg(className: string, arg: string, generation: Generation): string {
  const word = layerTable[className]?.spelling?.[arg];
  if (word !== undefined) return typeof word === 'string' ? word : word[generation];
  return snakeCase(arg);
}

/** Whether windows of padding 'same' leave entries of an axis out between them: tfjs cannot place these on every backend. */
export function skipsEntries(padding: unknown, window: unknown, strides: unknown): boolean {
  const [sizes, steps] = [window, strides ?? 1].map((given) => [given].flat().map(Number));
  return padding === 'same' && [0, 1, 2].some((i) => (steps![i] ?? steps![0]!) > (sizes![i] ?? sizes![0]!));
}

/**
 * Refuses values that tfjs takes as Keras does but computes otherwise.
 * @param config in tf.layers' words
 */
export function checkSameMeaning(label: string, className: string, config: JsonObject): void {
  if (className === 'UpSampling2D' && (config['interpolation'] ?? 'nearest') !== 'nearest') {
    throw new Error(`${label}: interpolation ${show(config['interpolation'])} takes other points in tfjs than in Keras. ` +
        "Use 'nearest', which gives the same values.");
  }
  if (className === 'Conv1D' && config['dataFormat'] === 'channelsFirst') {
    throw new Error(`${label}: with its channels first, tf.layers' Conv1D takes the channels first and gives them last, which ` +
        'no layer of Keras does. Permute before a channels-last layer.');
  }
  const window = config['kernelSize'] ?? config['poolSize'];
  const has3d = className === 'Conv3D' || className === 'AveragePooling3D';
  if (has3d && skipsEntries(config['padding'], window, config['strides'] ?? window)) {
    throw new Error(`${label}: padding 'same' with strides ${show(config['strides'])} larger than the window ${show(window)} ` +
        "gives other values in tfjs on cpu and wasm. Use padding='valid' in Python, or strides up to the window.");
  }
  if (className === 'GRU' && config['resetAfter']) {
    throw new Error(`${label}: reset_after is true, tfjs's GRU resets before the product. Make it ` +
        'GRU(..., reset_after=False) in Python.');
  }
}
