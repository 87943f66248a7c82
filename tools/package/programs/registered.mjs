/** Only loads the library; a bundler must keep what registers the layers. */
import * as tf from '@tensorflow/tfjs';
import 'tfjs-explicit-layers';
import 'tfjs-explicit-layers/layers';

const config = {units: 1, batchInputShape: [null, 2], name: 'dense'};
const topology = {class_name: 'Sequential', config: {name: 'net', layers: [{class_name: 'ExplicitDense', config}]}};
const saved = {load: async () => ({modelTopology: topology, format: 'layers-model'})};
export const registered = async () => {
  const model = await tf.loadLayersModel(saved, {strict: false});
  return model.layers[0].getClassName();
};
