import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Where a model is saved to or loaded from, on any backend: a folder with model.json and weights.bin, as tfjs-node's
 * `file://` handler writes them.
 */
export function modelFolder(folder: string): tf.io.IOHandler {
  const topologyFile = path.join(folder, 'model.json');
  return {
    async save({weightData, weightSpecs, ...rest}) {
      mkdirSync(folder, {recursive: true});
      const weights = tf.io.concatenateArrayBuffers([weightData ?? []].flat());
      writeFileSync(path.join(folder, 'weights.bin'), new Uint8Array(weights));
      const manifest = [{paths: ['weights.bin'], weights: weightSpecs}];
      writeFileSync(topologyFile, JSON.stringify({...rest, weightsManifest: manifest}));
      return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
    },
    async load() {
      const json = JSON.parse(readFileSync(topologyFile, 'utf8')) as tf.io.ModelJSON;
      return tf.io.getModelArtifactsForJSON(json, async (manifest) => {
        const specs = manifest.flatMap(({weights}) => weights);
        const files = manifest.flatMap(({paths}) => paths).map((name) => readFileSync(path.join(folder, name)));
        return [specs, tf.io.concatenateArrayBuffers(files.map((file) => new Uint8Array(file).buffer))];
      });
    },
  };
}
