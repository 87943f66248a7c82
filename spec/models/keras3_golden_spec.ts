/** models.load on what Keras 3 itself writes: see keras3/make.py. */
import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';

import {models} from '../../src';
import {describeOnBackends} from '../support/backends';
import {expectClose} from '../support/matchers';

interface Numbers {
  shape: number[];
  values: number[];
}

interface Golden {
  topology: object;
  weights: (Numbers & {name: string})[];
  inputs: Numbers[];
  outputs: Numbers[];
}

const tensor = ({shape, values}: Numbers) => tf.tensor(values, shape, 'float32');

/** The files that the official converter would make of it. */
async function artifactsOf({topology, weights}: Golden): Promise<tf.io.ModelArtifacts> {
  const named = weights.map((weight) => ({name: weight.name, tensor: tensor(weight)}));
  const {data, specs} = await tf.io.encodeWeights(named);
  return {modelTopology: topology, weightSpecs: specs, weightData: data, format: 'layers-model'};
}

describeOnBackends('models.load of Keras 3', () => {
  const explicit: {[name: string]: string[]} = {
    rectified: ['ExplicitConv2D', 'ExplicitReLU', 'ExplicitReLU'], branching: [], nested: [],
  };
  for (const [name, classes] of Object.entries(explicit)) {
    it(`${name}: the outputs that Keras gives`, async () => {
      const golden = JSON.parse(readFileSync(new URL(`keras3/${name}.json`, import.meta.url), 'utf8')) as Golden;
      const artifacts = await artifactsOf(golden);
      const model = await models.load({load: async () => artifacts});
      expect(model.layers.map((layer) => layer.getClassName()).filter((className) => className.startsWith('Explicit')))
        .toEqual(classes);
      const inputs = golden.inputs.map(tensor);
      for (const each of [model, models.toExplicit(model)]) {
        const outputs = [each.predict(inputs.length === 1 ? inputs[0]! : inputs)].flat() as tf.Tensor[];
        expect(outputs.length).toBe(golden.outputs.length);
        for (const [i, output] of golden.outputs.entries()) {
          await expectClose(outputs[i]!, tensor(output), {relative: 1e-5, absolute: 1e-5});
        }
      }
      await expectAsync(models.load({load: async () => ({...artifacts, weightData: new ArrayBuffer(8)})}))
        .toBeRejectedWithError(/cut short/);
    });
  }
});
