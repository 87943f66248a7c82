/** Kernels that a page loads when wasm starts: the backend waits for them, and a page without them is told. */
import * as tf from '@tensorflow/tfjs-core';

import {arriving} from '../../src/backends/wasm/arriving';
import type {Loadable} from '../../src/backends/wasm/carried';
import {hideParts} from '../../src/tfjs_private';

const code = {} as Loadable;
const factories = () => (tf.engine() as unknown as {registryFactory: {[name: string]: {factory: () => unknown} | undefined}})
  .registryFactory;

describe('kernels in a file of their own', () => {
  let before: {factory: () => unknown} | undefined;

  beforeEach(() => {
    before = factories()['wasm'];
    factories()['wasm'] = {factory: () => 'the backend'};
  });

  afterEach(() => {
    hideParts([]);
    if (before) factories()['wasm'] = before;
    else delete factories()['wasm'];
  });

  it('are loaded when the backend starts, once, and it waits for them', async () => {
    let loads = 0;
    const carried = arriving(async () => {
      loads++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return code;
    }, '');
    expect(loads).toBe(0);
    expect(await factories()['wasm']!.factory()).toBe('the backend');
    expect(carried()).toBe(code);
    expect(loads).toBe(1);
  });

  it('are waited for where the backend is registered by a later import of the same program', async () => {
    const {factory} = factories()['wasm']!;
    delete factories()['wasm'];
    const carried = arriving(() => Promise.resolve(code), '');
    factories()['wasm'] = {factory};
    await Promise.resolve();
    await factories()['wasm']!.factory();
    expect(carried()).toBe(code);
  });

  it('are loaded at the first op where tfjs does not say how a backend starts', async () => {
    hideParts(['backendStart']);
    const carried = arriving(() => Promise.resolve(code), '');
    expect(factories()['wasm']!.factory()).toBe('the backend');
    expect(carried()).toBeNull();
    await Promise.resolve();
    expect(carried()).toBe(code);
  });

  it('are done without, after one warning that says why and what to do, where they do not load', async () => {
    const warn = spyOn(console, 'warn');
    const carried = arriving(() => Promise.reject(new Error('404')), 'Serve them.');
    expect(await factories()['wasm']!.factory()).toBe('the backend');
    expect([carried(), carried()]).toEqual([null, null]);
    expect(warn.calls.allArgs().map(([text]) => text as string)).toEqual([jasmine.stringMatching(/did not load \(404\).*Serve them\.$/)]);
  });
});
