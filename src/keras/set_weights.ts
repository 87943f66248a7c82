import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {variablesOf} from '../models/layer_copy';
import {tidy} from '../tidy';
import {showShape} from '../validate';
import {damagedFile} from './hdf5';
import type {StoredValues} from './hdf5';
import type {KerasFile} from './read_archive';
import {fileGroups, legacyOrder} from '../models/io/tree';
import type {Variable} from '../models/io/tree';

/**
 * Gives a model the weights of a file.
 * @param kerasClasses Keras's class by a layer's path
 * @throws Naming the layer whose weights are missing, too many or of another shape.
 */
export function setWeights(
    label: string, model: LayersModel, file: KerasFile, kerasClasses: ReadonlyMap<string, string>): void {
  if (file.kind === 'legacy') {
    for (const layer of model.layers) {
      assign(label, layer.name, legacyOrder(layer, [model]), file.weights.get(layer.name)?.values ?? []);
    }
    return;
  }
  for (const {layer, path, group} of fileGroups(model, kerasClasses)) {
    assign(label, path, variablesOf(layer), file.weights.get(group)?.values ?? []);
  }
}

function assign(label: string, path: string, variables: Variable[], values: readonly StoredValues[]): void {
  if (variables.length !== values.length) {
    throw damagedFile(`${label}: the layer '${path}' needs ${variables.length} weights, the file has ${values.length}`);
  }
  tidy(() => variables.forEach((variable, i) => {
    const {shape, read} = values[i]!;
    if (!tf.util.arraysEqual(shape, variable.shape as number[])) {
      throw damagedFile(`${label}: the weight '${variable.originalName}' of the layer '${path}' has the shape ` +
          `${showShape(shape)} where the layer needs ${showShape(variable.shape)}`);
    }
    // `write` would apply the constraint again, which moves values in their last digits.
    (variable.read() as tf.Variable).assign(tf.tensor(read(), shape, 'float32'));
  }));
}
