import type {Group} from 'h5wasm';

import {writeHdf5} from '../../../src/keras/hdf5';

/** A legacy `.h5` of one Dense layer with so many inputs; its kernel is what `addKernel` makes of the layer's group. */
export function oneDense(inputs: number, addKernel: (group: Group) => void): Promise<Uint8Array> {
  const config = {class_name: 'Sequential', config: {name: 's', layers: [
    {class_name: 'Dense', config: {name: 'd', units: 1, use_bias: false, batch_input_shape: [null, inputs]}}]}};
  return writeHdf5('spec', (file) => {
    file.create_attribute('keras_version', '2.15.0');
    file.create_attribute('model_config', JSON.stringify(config));
    const weights = file.create_group('model_weights');
    weights.create_attribute('layer_names', ['d'], [1]);
    const group = weights.create_group('d');
    group.create_attribute('weight_names', ['kernel'], [1]);
    addKernel(group);
  });
}
