/** models.load on folders that the official converter 4.22 wrote, of files of Keras 3 and tf_keras: see keras/golden/make.py. */
import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import {unzipSync} from 'fflate';

import {models} from '../../src';
import {freeWeights} from '../../src/models/layer_copy';
import {goldenNames, goldenPath, goldenValues} from '../keras/support/files';
import {describeOnBackends} from '../support/backends';
import {expectClose, expectNoLeaks} from '../support/matchers';

const files = unzipSync(new Uint8Array(readFileSync(goldenPath('converted.zip'))));

/** What tf.loadLayersModel would fetch of a folder. */
function artifactsOf(folder: string): tf.io.ModelArtifacts {
  const {modelTopology, weightsManifest} = JSON.parse(new TextDecoder().decode(files[`${folder}/model.json`])) as {
    modelTopology: object, weightsManifest: {paths: string[], weights: tf.io.WeightsManifestEntry[]}[],
  };
  const parts = weightsManifest.flatMap(({paths}) => paths.map((path) => files[`${folder}/${path}`]!));
  return {
    modelTopology, weightSpecs: weightsManifest.flatMap(({weights}) => weights),
    weightData: Uint8Array.from(parts.flatMap((part) => [...part])).buffer,
  };
}

describeOnBackends('models.load of what the official converter writes', () => {
  for (const name of goldenNames) {
    it(`of ${name}: the outputs that Keras gives`, () => expectNoLeaks(async () => {
      const {inputs, outputs} = goldenValues(name);
      const model = await models.load({load: async () => artifactsOf(name)});
      const found = [model.predict(inputs.length === 1 ? inputs[0]! : inputs)].flat() as tf.Tensor[];
      expect(found.length).toBe(outputs.length);
      for (const [i, output] of found.entries()) await expectClose(output, outputs[i]!, {relative: 1e-5, absolute: 1e-5});
      freeWeights(model.layers);
      tf.dispose([inputs, outputs, found]);
    }));
  }

  it('leaves no weight at random: one that is missing is an error', async () => {
    const artifacts = artifactsOf('keras3_depthwise.keras');
    const [first, ...rest] = artifacts.weightSpecs!;
    const bytes = 4 * tf.util.sizeFromShape(first!.shape);
    await expectAsync(models.load({
      load: async () => ({...artifacts, weightSpecs: rest, weightData: (artifacts.weightData as ArrayBuffer).slice(bytes)}),
    })).toBeRejectedWithError(/1 of \d+ weights are missing/);
  });
});
