import type {LayersModel} from '@tensorflow/tfjs-layers';

import {fileNotes} from '../models/conversion';
import {budgetFor} from '../models/io/budget';
import {buildModel, weightBytesOf} from '../models/io/build';
import {asDamage, failingAs} from '../models/io/errors';
import {kerasTopology} from '../models/io/topology';
import {resumeTraining} from '../models/io/training';
import {freeWeights} from '../models/layer_copy';
import {toBuiltIn} from '../models/to_built_in';
import {toExplicit} from '../models/to_explicit';
import {checkBoolean, checkChoice, checkOptions, show} from '../validate';
import type {Generation} from '../topology/dialect';
import {readFileBytes} from './files';
import {trainingFromKeras} from './from_training';
import {KerasFileError} from './hdf5';
import {withKerasFormula} from '../topology/optimizers';
import {resumeOptimizer} from './optimizer_state';
import {readArchive} from './read_archive';
import {readLegacy} from './read_legacy';
import type {KerasFile} from './read_archive';
import {setWeights} from './set_weights';
import {isZip} from './zip';

/** Options of {@link importKeras}. */
export interface ImportKerasOptions {
  /** Layers of this library (the default), or of tf.layers. */
  layers?: 'explicit' | 'builtIn';
  /** Whether the model is compiled as it was in Python; the default is true. */
  compile?: boolean;
}

/**
 * Reads a model that Keras 3 or tf_keras saved, `.keras` or `.h5`: layers, weights with batch norm's moving values, names,
 * trainable flags, and loss, metrics and optimizer with its gathered state. A loss from logits becomes
 * `losses.softmaxLoss`. What was left out or computes otherwise (random augmentation, float16) is in
 * `models.conversionReport(model).converted`, with a note. Needs the packages h5wasm and, for `.keras`, fflate.
 *
 * @param source in Node a path, or the bytes of the file
 * @returns the model, which owns its optimizer: `dispose()` frees both
 * @throws Naming the file, and the layer where it is one: on a file that is damaged or cut short, a layer or an argument
 * that tfjs does not have or computes otherwise, a loss, metric or optimizer that it does not have, an unknown option, a
 * package that is not installed. Nothing is left behind then.
 *
 * ```js
 * import {importKeras} from 'tfjs-explicit-layers/keras';
 * const model = await importKeras('net.keras');
 * ```
 */
export async function importKeras(
    source: string | Uint8Array | ArrayBuffer, options: ImportKerasOptions = {}): Promise<LayersModel> {
  const op = 'importKeras';
  checkOptions(op, options, ['layers', 'compile']);
  const kind = checkChoice(op, 'layers', options?.layers ?? 'explicit', ['explicit', 'builtIn'] as const);
  const compile = checkBoolean(op, 'compile', options?.compile ?? true);
  const {bytes, label} = await bytesOf(op, source);
  const file = await readFile(op, label, bytes);
  try {
    return await modelOf(label, file, kind, compile);
  } finally {
    file.close();
  }
}

async function modelOf(label: string, file: KerasFile, kind: 'explicit' | 'builtIn', compile: boolean): Promise<LayersModel> {
  const topology = kerasTopology(label, file.config, file.major);
  const training = compile && file.training ? trainingFromKeras(label, file.training) : null;
  const stored = [...file.weights.values()].flatMap(({values}) => values);
  const read = buildModel(label, topology, true, budgetFor(stored.reduce((sum, {bytes}) => sum + bytes, 0), true));
  let model = read;
  try {
    setWeights(label, read, file, topology.kerasClasses);
    // Layers of one kind may refuse what those of the other took.
    model = failingAs(`${label}: the layers do not make a model`, () =>
      (kind === 'explicit' ? toExplicit(read) : toBuiltIn(read, {ties: 'ignore'})));
    fileNotes(model, topology.notes);
    if (training) {
      await resumeTraining(label, model, withKerasFormula(training), [], {});
      resumeOptimizer(label, model, read, file.optimizer);
    }
    return model;
  } catch (error) {
    if (model !== read) {
      freeWeights(model.layers);
      (model.optimizer as LayersModel['optimizer'] | undefined)?.dispose();
    }
    throw asDamage(label.slice(0, label.indexOf(':')), label, error);
  } finally {
    freeWeights(read.layers);
  }
}

async function bytesOf(op: string, source: unknown): Promise<{bytes: Uint8Array, label: string}> {
  if (typeof source === 'string') return {bytes: await readFileBytes(op, source), label: `${op}: ${source}`};
  if (source instanceof ArrayBuffer) return {bytes: new Uint8Array(source), label: `${op}: the file`};
  if (source instanceof Uint8Array) return {bytes: source, label: `${op}: the file`};
  throw new Error(`${op}: the source must be a path or the bytes of a file (Uint8Array, ArrayBuffer). Got ${show(source)}. ` +
      'Pass one of these.');
}

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

async function readFile(op: string, label: string, bytes: Uint8Array): Promise<KerasFile> {
  const need = (config: unknown, major: Generation) => weightBytesOf(label, kerasTopology(label, config, major));
  if (isZip(bytes)) return readArchive(op, label, bytes, need);
  if (HDF5.every((byte, i) => bytes[i] === byte)) return readLegacy(op, label, bytes);
  throw new KerasFileError(`${label} is no Keras file: it begins neither as a zip (.keras) nor as HDF5 (.h5). Pass one that ` +
      'model.save wrote in Python.');
}
