/** Runs in a page: the wasm backend with some threads, and cases on it. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {setThreadsCount, setWasmPaths} from '@tensorflow/tfjs-backend-wasm';

import {kernelInfo} from '../../src/backends';
import {threadCases} from '../cases/threads';
import {runCase} from '../run_case';
import type {CaseResult} from '../run_case';
import {runOnce} from '../timing';
import type {Effort} from '../timing';

declare global {
  /** Starts the backend; resolves once all threads work. */
  function start(threads: number): Promise<void>;
  function measure(name: string, effort: Effort): Promise<CaseResult>;
}

const PATIENCE_MS = 20_000;

globalThis.start = async (threads) => {
  tf.env().set('PROD', true);
  setWasmPaths('/');
  setThreadsCount(threads);
  if (!await tf.setBackend('wasm')) throw new Error('The wasm backend does not start in this browser.');
  const {ours, dispose} = await threadCases[0]!.make('wasm');
  for (const end = performance.now() + PATIENCE_MS; kernelInfo().threads < threads;) {
    if (performance.now() > end) throw new Error(`${threads} threads do not start: ${kernelInfo().reason}`);
    await runOnce(ours, () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  dispose();
};

globalThis.measure = (name, effort) => runCase(threadCases.find((one) => one.name === name)!, 'wasm', effort);
