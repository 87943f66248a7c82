import {models} from '@tensorflow/tfjs-layers';
import type {LayersModel} from '@tensorflow/tfjs-layers';

/** The same model of built-in layers, with the same weights; the caller disposes it. */
export async function builtInTwin(model: LayersModel): Promise<LayersModel> {
  const json = JSON.stringify(model.toJSON(null, false)).replace(/"class_name":"Explicit(\w+)"/g, '"class_name":"$1"')
      .replace(/"class_name":"ReLU"/g, '"class_name":"ReLU"');
  const twin = await models.modelFromJSON(JSON.parse(json));
  twin.setWeights(model.getWeights());
  return twin;
}
