import type {LayersModel} from '@tensorflow/tfjs-layers';

import {ownTrainable} from '../layers/keep_frozen';
import {allLayers, checkModel, pathOf} from '../models/graph';
import type {LayerPlace} from '../models/graph';
import {freeWeights, variablesOf} from '../models/layer_copy';
import {toKerasLayers} from '../models/to_built_in';
import type {ToBuiltInOptions} from '../models/to_built_in';
import {checkBoolean, checkChoice, checkOptions, show} from '../validate';
import {writeFileWhole} from './files';
import type {Values} from './hdf5';
import {optimizerState} from './optimizer_state';
import {trainingToKeras} from './to_training';
import {holdsWeights, layerGroups} from '../models/io/tree';
import type {Variable} from '../models/io/tree';
import {writeArchive} from './write_archive';
import {writeLegacy} from './write_legacy';

/** `.keras` (Keras 3) or the legacy `.h5`, which tf_keras reads too. */
export type KerasFormat = 'keras' | 'h5';

/** Options of {@link exportKeras}. */
export interface ExportKerasOptions extends ToBuiltInOptions {
  /** Of the file; by default what the path ends with, 'keras' without a path. */
  format?: KerasFormat;
  /** Whether loss, metrics and optimizer with settings and state are written, if the model is compiled; the default is true. */
  compile?: boolean;
}

/**
 * Writes a model as a file that Keras in Python loads without this library, `keras.models.load_model('net.keras')`:
 * layers, weights with batch norm's moving values, names, trainable flags, and loss, metrics and optimizer with
 * its gathered state. Explicit layers go through `models.toBuiltIn`, but for what
 * Keras has and tf.layers lacks: groups, dilation, `outputPadding`, causal padding, group normalisation.
 *
 * `.keras` is for Keras 3, `.h5` for tf_keras and Keras 3 (which does not read models within functional models from .h5).
 * Needs the packages h5wasm and, for `.keras`, fflate.
 *
 * @param model Sequential or functional, built
 * @param target in Node a path, `.keras`, `.h5` or `.hdf5`, written whole or not at all; or the options, for the bytes
 * @returns the bytes of the file
 * @throws Naming layer, loss, metric or optimizer, before anything is written, on what the format cannot hold; on unknown
 * options, a path that cannot be written, a package that is not installed.
 *
 * ```js
 * import {exportKeras} from 'tfjs-explicit-layers/keras';
 * await exportKeras(model, 'net.keras');
 * const bytes = await exportKeras(model, {format: 'h5'});
 * ```
 */
export async function exportKeras(
    model: LayersModel, target?: string | ExportKerasOptions, options?: ExportKerasOptions): Promise<Uint8Array> {
  const op = 'exportKeras';
  const path = typeof target === 'string' ? target : null;
  const given = path === null ? target as ExportKerasOptions | undefined : options;
  checkOptions(op, given, ['format', 'compile', 'ties']);
  if (path === '') throw new Error(`${op}: the path is empty. Give one that ends in .keras or .h5.`);
  const format = formatOf(op, path, given?.format);
  const compile = checkBoolean(op, 'compile', given?.compile ?? true);
  checkModel(op, model);
  allLayers(model).forEach((place) => checkWholeLayer(op, place));
  const bytes = await write(op, model, format, compile, given?.ties == null ? {} : {ties: given.ties});
  if (path !== null) await writeFileWhole(op, path, bytes);
  return bytes;
}

/** Keras freezes layers, not weights. */
function checkWholeLayer(op: string, place: LayerPlace): void {
  const weights = ownTrainable(place.layer);
  const frozen = weights.filter(({trainable}) => !trainable);
  if (place.layer.trainable && frozen.length > 0 && frozen.length < weights.length) {
    throw new Error(`${op}: layer '${pathOf(place)}': only ${frozen.map(({originalName}) => `'${originalName}'`).join(', ')} ` +
        'of its weights is frozen. Keras freezes whole layers: set layer.trainable.');
  }
}

async function write(
    op: string, model: LayersModel, format: KerasFormat, compile: boolean, options: ToBuiltInOptions): Promise<Uint8Array> {
  const training = compile ? trainingToKeras(op, model, format === 'keras' ? 3 : 2) : null;
  const builtIn = toKerasLayers(op, model, options);
  try {
    const values = await readAll(builtIn);
    const read = (variable: Variable) => values.get(variable)!;
    const state = training ? await optimizerState(op, model, builtIn) : null;
    return await (format === 'keras' ? writeArchive : writeLegacy)(op, builtIn, training, state, read);
  } finally {
    freeWeights(builtIn.layers);
  }
}

async function readAll(model: LayersModel): Promise<Map<Variable, Values>> {
  const variables = layerGroups(model).filter(({layer}) => holdsWeights(layer)).flatMap(({layer}) => variablesOf(layer));
  const values = new Map<Variable, Values>();
  for (const variable of variables) {
    const data = await variable.read().data();
    values.set(variable, {shape: variable.shape as number[], data: Float32Array.from(data)});
  }
  return values;
}

function formatOf(op: string, path: string | null, format: unknown): KerasFormat {
  if (format !== undefined && format !== null) return checkChoice(op, 'format', format, ['keras', 'h5'] as const);
  if (path === null || /\.keras$/i.test(path)) return 'keras';
  if (/\.(h5|hdf5)$/i.test(path)) return 'h5';
  throw new Error(`${op}: the path must end in .keras, .h5 or .hdf5, or the option format say which. Got ${show(path)}. ` +
      'Pass one of these.');
}
