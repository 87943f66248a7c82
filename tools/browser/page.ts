/** Runs in the page: starts a backend, loads the specs, runs them and reports each of Jasmine's events. */
import * as tf from '@tensorflow/tfjs-core';

import '../../spec/helpers/timeout';
import type {PageEvent, PageSettings} from './settings';

declare global {
  /** Given by the program that opened the page. */
  function settings(): Promise<PageSettings>;
  function report(event: PageEvent): Promise<void>;
}

/** The specs' bundle, which stands beside this one. */
const SPECS = './stdin.js';

const {backend, threads, latePolicy, filters, seed, environment} = await settings();
try {
  await startBackend();
  globalThis.specBackends = [backend];
  globalThis.specEnvironment = environment;
  await import(SPECS);
  const env = jasmine.getEnv();
  env.configure({random: true, seed, specFilter: (spec) => isWanted(spec.getFullName())});
  // What is sent has to be plain: errors keep only what reads well.
  env.addReporter(Object.fromEntries((['suiteStarted', 'specDone', 'suiteDone', 'jasmineDone'] as const).map(
    (name) => [name, (result: {status?: string}) => result.status === 'excluded' ? undefined :
      report({name, result: JSON.parse(JSON.stringify(result)) as object})])));
  await env.execute();
} catch (error) {
  await report({name: 'crashed', result: error instanceof Error ? error.stack ?? error.message : String(error)});
}

/** What names no backend is the same on each, and runs with cpu. */
function isWanted(title: string): boolean {
  const named = /\[(cpu|wasm|tensorflow|webgl|webgpu)\]/.exec(title)?.[1] ?? 'cpu';
  return named === backend && filters.every((filter) => new RegExp(filter).test(title));
}

async function startBackend(): Promise<void> {
  await import('@tensorflow/tfjs-backend-cpu');
  if (backend === 'webgl') await import('@tensorflow/tfjs-backend-webgl');
  if (backend === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
  if (backend === 'wasm') {
    const {setThreadsCount, setWasmPaths} = await import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths('/');
    setThreadsCount(threads);
    // With them tfjs waits for workers from blob: URLs, which a strict policy never lets start.
    if (threads === 1) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  }
  if (!await tf.setBackend(backend)) throw new Error(`The backend ${backend} does not start in this browser.`);
  await tf.ready();
  if (latePolicy === undefined) return;
  const meta = Object.assign(document.createElement('meta'), {httpEquiv: 'Content-Security-Policy', content: latePolicy});
  document.head.append(meta);
}
