import type {LayersModel} from '@tensorflow/tfjs-layers';

import {isInput, isSequential} from '../models/graph';
import {writeHdf5, writeNames, writeValues} from './hdf5';
import {numbered} from './names';
import {modelToKeras} from './to_config';
import type {KerasTraining} from './to_training';
import {legacyOrder} from './tree';
import type {Read} from './write_archive';

/** The Keras 2 whose configurations these are. */
const KERAS_VERSION = '2.15.0';

/** A model as a legacy `.h5` file, which tf_keras and Keras 3 read. */
export function writeLegacy(
    op: string, model: LayersModel, training: KerasTraining | null, read: Read): Promise<Uint8Array> {
  const config = JSON.stringify(modelToKeras(op, model, 2));
  const layers = model.layers.filter((layer) => !(isSequential(model) && isInput(layer)));
  return writeHdf5(op, (file) => {
    file.create_attribute('keras_version', KERAS_VERSION);
    file.create_attribute('backend', 'tensorflow');
    file.create_attribute('model_config', config);
    if (training) file.create_attribute('training_config', JSON.stringify(trainingConfig(training)));
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
  });
}

function trainingConfig({optimizer, loss, metrics}: KerasTraining): object {
  return {optimizer_config: optimizer, loss, metrics, weighted_metrics: null, loss_weights: null, sample_weight_mode: null};
}
