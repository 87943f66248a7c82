/** Files that are not models: whatever stands in them, an error that says so, or a model; nothing is left behind. */
import * as fc from 'fast-check';
import * as tf from '@tensorflow/tfjs-core';
import type {io} from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {memory, net} from '../models/support/saving';
import {backendNames} from '../support/backends';
import {anyJson, placesIn, replaced} from '../support/json_edits';
import type {Json} from '../support/json_edits';
import {expectProperty, propertyTimeout} from '../support/random';

const handlerOf = (artifacts: object): io.IOHandler => ({load: async () => artifacts as io.ModelArtifacts});

/** What `save` writes for a small net. */
async function saved(save: (model: LayersModel, handler: io.IOHandler) => Promise<unknown>) {
  const model = net();
  const handler = memory();
  await save(model, handler);
  model.dispose();
  return await handler.load!();
}

/** Loads, frees what was loaded; throws if something is left behind, or what was thrown is no error of models.load. */
async function attempt(artifacts: object): Promise<'loaded' | 'refused'> {
  const before = tf.memory().numTensors;
  const model = await models.load(handlerOf(artifacts)).catch((error: unknown) => {
    if (!(error instanceof Error) || !error.message.startsWith('models.load')) throw error;
    return null;
  });
  model?.dispose();
  const left = tf.memory().numTensors - before;
  if (left !== 0) throw new Error(`${left} tensors are left behind`);
  return model ? 'loaded' : 'refused';
}

describe('hostile files', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));
  afterEach(() => tf.disposeVariables());

  it('random bytes for weights are refused', async () => {
    const artifacts = await saved((model, handler) => models.save(model, handler));
    const size = (artifacts.weightData as ArrayBuffer).byteLength;
    const bytes = fc.oneof(fc.uint8Array({minLength: size, maxLength: size}), fc.uint8Array({maxLength: 2 * size}));
    await expectProperty(bytes, async data => {
      if (await attempt({...artifacts, weightData: data.slice().buffer}) !== 'refused') throw new Error('was loaded');
    });
  }, propertyTimeout);

  it('random bytes of the right length are weights where the file keeps no digest; of another length they are refused',
      async () => {
        const artifacts = await saved((model, handler) => model.save(handler));
        const size = (artifacts.weightData as ArrayBuffer).byteLength;
        await expectProperty(fc.uint8Array({maxLength: 2 * size}), async data => {
          const found = await attempt({...artifacts, weightData: data.slice().buffer});
          if (found !== (data.length === size ? 'loaded' : 'refused')) throw new Error(`${data.length} bytes: ${found}`);
        });
        const values = new Float32Array(size / 4).fill(NaN);
        expect(await attempt({...artifacts, weightData: values.buffer})).toBe('loaded');
      }, propertyTimeout);

  it('random JSON for a topology is refused', async () => {
    const artifacts = await saved((model, handler) => models.save(model, handler));
    await expectProperty(anyJson, async modelTopology => {
      if (await attempt({...artifacts, modelTopology}) !== 'refused') throw new Error('was loaded');
    });
  }, propertyTimeout);

  for (const part of ['modelTopology', 'weightSpecs', 'userDefinedMetadata'] as const) {
    it(`${part} with one value replaced is refused or loads`, async () => {
      const artifacts = await saved((model, handler) => models.save(model, handler));
      const json = JSON.parse(JSON.stringify(artifacts[part])) as Json;
      const change = fc.tuple(fc.constantFrom(...placesIn(json)), anyJson);
      await expectProperty(change, async ([path, by]) => {
        await attempt({...artifacts, [part]: replaced(json, path, by)});
      });
    }, propertyTimeout);
  }

  it('a layer of 1e9 units is refused, not tried', async () => {
    const artifacts = await saved((model, handler) => models.save(model, handler));
    const json = JSON.parse(JSON.stringify(artifacts.modelTopology)) as Json;
    const units = placesIn(json).filter(path => ['units', 'filters'].includes(path.at(-1)!));
    expect(units.length).toBeGreaterThan(0);
    for (const path of units) {
      expect(await attempt({...artifacts, modelTopology: replaced(json, path, 1e9)})).toBe('refused');
    }
  });
});
