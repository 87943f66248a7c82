import type {Group} from 'h5wasm';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {isInput, isSequential} from '../models/graph';
import {kerasJson} from '../topology/dialect';
import {groupFor, writeHdf5, writeNames, writeScalar, writeValues} from './hdf5';
import {numbered} from '../topology/names';
import {modelToKeras} from './to_config';
import type {KerasState} from './optimizer_state';
import type {KerasTraining} from './to_training';
import {legacyOrder} from '../models/io/tree';
import type {Read} from './write_archive';

/** The Keras 2 whose configurations these are. */
const KERAS_VERSION = '2.15.0';

/** A model as a legacy `.h5` file, which tf_keras and Keras 3 read. */
export function writeLegacy(
    op: string, model: LayersModel, training: KerasTraining | null, state: KerasState | null, read: Read): Promise<Uint8Array> {
  const config = JSON.stringify(modelToKeras(op, model, 2));
  const layers = model.layers.filter((layer) => !(isSequential(model) && isInput(layer)));
  return writeHdf5(op, (file) => {
    file.create_attribute('keras_version', KERAS_VERSION);
    file.create_attribute('backend', 'tensorflow');
    file.create_attribute('model_config', config);
    if (training) file.create_attribute('training_config', kerasJson(trainingConfig(training, state !== null)));
    const weights = file.create_group('model_weights');
    weights.create_attribute('keras_version', KERAS_VERSION);
    weights.create_attribute('backend', 'tensorflow');
    writeNames(weights, 'layer_names', layers.map(({name}) => name));
    for (const layer of layers) {
      const group = weights.create_group(layer.name);
      const number = numbered();
      const variables = legacyOrder(layer, [model]).map((variable) =>
        ({variable, name: number(`${layer.name}/${variable.originalName.replaceAll('/', '.')}`)}));
      writeNames(group, 'weight_names', variables.map(({name}) => `${name}:0`));
      if (variables.length === 0) continue;
      const inner = group.create_group(layer.name);
      for (const {variable, name} of variables) writeValues(inner, `${name.slice(layer.name.length + 1)}:0`, read(variable));
    }
    if (training && state) writeState(file, String(training.optimizer['class_name']), state);
  });
}

/** As tf_keras does. Keras 3 goes on from no state in .h5 files, its own neither. */
function writeState(file: Group, optimizer: string, {steps, slots}: KerasState): void {
  const group = file.create_group('optimizer_weights');
  const named = slots.map(({name, values}) => ({name: `${optimizer}/${name}:0`, values}));
  writeNames(group, 'weight_names', ['iteration:0', ...named.map(({name}) => name)]);
  writeScalar(group, 'iteration:0', BigInt(steps));
  for (const {name, values} of named) {
    const [last, ...before] = name.split('/').reverse();
    writeValues(groupFor(group, before.reverse()), last!, values);
  }
}

/** tf_keras takes a plain name for its optimizers of before 2.11, which keep their state otherwise. */
function trainingConfig({optimizer, loss, metrics}: KerasTraining, hasState: boolean): object {
  const {class_name: name, config} = optimizer as {class_name: string, config: object};
  const optimizerConfig = hasState ? {class_name: `Custom>${name}`, config: {name, ...config}} : optimizer;
  return {optimizer_config: optimizerConfig, loss, metrics, weighted_metrics: null, loss_weights: null, sample_weight_mode: null};
}
