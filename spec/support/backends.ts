/**
 * Declares specs once for every backend there is.
 *
 * In Node these are cpu, wasm and, where tfjs-node loads, tensorflow; SPEC_BACKENDS=cpu,wasm takes only some of them.
 * A page (tools/browser/page.ts) registers its backends itself and names them in `globalThis.specBackends` before it loads
 * the specs.
 */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';  // in Node it brings the gradients of tfjs-core's own operations

import {damageDone, guardWasm} from './wasm_guard';

declare global {
  var specBackends: string[] | undefined;
  var specEnvironment: {[name: string]: string} | undefined;
}

tf.env().set('PROD', true);  // no greeting, no advice on faster backends

/** The backends that the specs run on. */
export const backendNames: readonly string[] = globalThis.specBackends ?? await loadNodeBackends();

/**
 * A suite for each backend, titled `title [backend]`, with that backend set while its specs run.
 *
 * ```ts
 * describeOnBackends('relu', (backend) => {
 *   it('x=[2,3]', async () => expectClose(ops.relu(x), [[0, 1, 2], [3, 4, 5]]));
 * });
 * ```
 */
export function describeOnBackends(title: string, declare: (backend: string) => void): void {
  for (const backend of backendNames) {
    describe(`${title} [${backend}]`, () => {
      beforeAll(async () => {
        if (!await tf.setBackend(backend)) throw new Error(`The backend ${backend} does not start.`);
        await tf.ready();
        if (backend === 'wasm') guardWasm(tf.backend());
      });
      // What a spec makes and does not free is freed here, so that a run does not grow.
      beforeEach(() => tf.engine().startScope());
      afterEach(() => tf.engine().endScope());
      if (backend === 'wasm') afterEach(() => expect(damageDone()).toEqual([]));
      declare(backend);
    });
  }
}

/** A variable of the environment; of `globalThis.specEnvironment` in a page. */
export function environment(name: string): string | undefined {
  return typeof process === 'undefined' ? globalThis.specEnvironment?.[name] : process.env[name];
}

async function loadNodeBackends(): Promise<string[]> {
  // Behind variables, so that a bundler for the browser leaves them out.
  const load = (specifier: string) => import(specifier);
  await load('@tensorflow/tfjs-backend-cpu');
  await load('@tensorflow/tfjs-backend-wasm');
  const available = ['cpu', 'wasm'];
  const wanted = environment('SPEC_BACKENDS')?.split(',');
  if (wanted?.every((name) => available.includes(name))) return wanted;  // tfjs-node takes seconds to load
  try {
    await load('../../src/node');
    await load('@tensorflow/tfjs-node');
    available.push('tensorflow');
  } catch (error) {
    console.warn(`No specs on tensorflow: tfjs-node does not load (${(error as Error).message.split('\n')[0]}).`);
  }
  const missing = wanted?.filter((name) => !available.includes(name)) ?? [];
  if (missing.length > 0) {
    throw new Error(`SPEC_BACKENDS names ${missing.join(', ')}; here are ${available.join(', ')}.`);
  }
  return wanted ?? available;
}
