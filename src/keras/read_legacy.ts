import type {File} from 'h5wasm';

import {damagedFile, Datasets, groupAt, KerasFileError, namesAttribute, openHdf5, textAttribute} from './hdf5';
import type {StoredValues} from './hdf5';
import {majorOf, parseJson, trainingOf} from './read_archive';
import type {KerasFile, StoredWeights} from './read_archive';

/** Reads a legacy `.h5` file. */
export async function readLegacy(op: string, label: string, bytes: Uint8Array): Promise<KerasFile> {
  const {found, close} = await openHdf5(op, label, bytes, (file) => {
    const config = textAttribute(file, 'model_config');
    if (config === null) {
      throw new KerasFileError(`${label} has no model_config: it holds weights at most, no model. Save the whole model in ` +
          'Python: model.save(...).');
    }
    const text = textAttribute(file, 'training_config');
    const settings = text === null ? null : parseJson(label, 'training_config', text);
    const datasets = new Datasets(label, bytes.length);
    return {
      weights: weightsOf(label, file, datasets), config: parseJson(label, 'model_config', config),
      major: majorOf(textAttribute(file, 'keras_version')),
      training: settings && trainingOf(settings, settings['optimizer_config']),
      optimizer: optimizerOf(file, datasets), kind: 'legacy' as const,
    };
  });
  return {...found, close};
}

function optimizerOf(file: File, datasets: Datasets): StoredValues[] {
  const group = groupAt(file, 'optimizer_weights');
  if (!group) return [];
  const names = namesAttribute(group, 'weight_names');
  // Before 2.11, Keras 2 listed them in another order and by other names: training starts over then.
  if (names.some((name) => /^training\/|\/(m|v|vhat|rms|momentum|accumulator|accum_grad|accum_var):0$/.test(name))) return [];
  return names.map((name) => datasets.at(group, name)).filter((values) => values !== null);
}

function weightsOf(label: string, file: File, datasets: Datasets): Map<string, StoredWeights> {
  const weights = groupAt(file, 'model_weights');
  if (!weights) throw damagedFile(`${label} is damaged: it has no model_weights`);
  return new Map(namesAttribute(weights, 'layer_names').map((name) => {
    const group = groupAt(weights, name);
    if (!group) throw damagedFile(`${label} is damaged: it names the layer '${name}', whose weights are missing`);
    const values = namesAttribute(group, 'weight_names').map((weight) => {
      const found = datasets.at(group, weight);
      if (!found) throw damagedFile(`${label} is damaged: the weight '${weight}' of the layer '${name}' is missing`);
      return found;
    });
    return [name, {name, values}];
  }));
}
