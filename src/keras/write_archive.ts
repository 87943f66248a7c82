import type {Group} from 'h5wasm';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {variablesOf} from '../models/layer_copy';
import {kerasJson} from '../topology/dialect';
import {groupFor, writeHdf5, writeScalar, writeValues} from './hdf5';
import {modelToKeras} from './to_config';
import type {KerasState} from './optimizer_state';
import type {KerasTraining} from './to_training';
import {holdsWeights, layerGroups} from '../models/io/tree';
import type {Values} from './hdf5';
import type {Variable} from '../models/io/tree';
import {writeZip} from './zip';

/** The first Keras that reads what is written here. */
const KERAS_VERSION = '3.0.0';

/** The values of a variable. */
export type Read = (variable: Variable) => Values;

/** A model as a `.keras` file: a zip of its configuration and an HDF5 file with its weights. */
export async function writeArchive(
    op: string, model: LayersModel, training: KerasTraining | null, state: KerasState | null, read: Read): Promise<Uint8Array> {
  const inputShapes = model.inputs.map(({shape}) => shape);
  const config = {
    ...modelToKeras(op, model, 3),
    build_config: {input_shape: inputShapes.length === 1 ? inputShapes[0] : inputShapes},
    ...(training ? {compile_config: {...training, loss_weights: null, weighted_metrics: null}} : {}),
  };
  const weights = await writeHdf5(op, (file) => {
    namedGroup(file, 'vars', model.name);
    for (const {layer, group} of layerGroups(model)) {
      const vars = namedGroup(file, `${group}/vars`, layer.name);
      if (!holdsWeights(layer)) continue;
      variablesOf(layer).forEach((variable, i) => writeValues(vars, String(i), read(variable)));
    }
    if (state) {
      const vars = namedGroup(file, 'optimizer/vars', 'optimizer');
      writeScalar(vars, '0', BigInt(state.steps));
      writeScalar(vars, '1', state.learningRate);
      state.slots.forEach(({values}, i) => writeValues(vars, String(i + 2), values));
    }
  });
  const date = new Date().toISOString().slice(0, 19).replace('T', '@');
  return writeZip(op, {
    'metadata.json': json({keras_version: KERAS_VERSION, date_saved: date}),
    'config.json': json(config),
    'model.weights.h5': weights,
  });
}

/** Makes a group with those around it. */
function namedGroup(file: Group, path: string, name: string): Group {
  const group = groupFor(file, path.split('/'));
  group.create_attribute('name', name);
  return group;
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(kerasJson(value));
}
