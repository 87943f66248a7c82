/** Runs in a browser: the features on one backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';

import {features} from './features';
import {runKept} from './kept';
import {runFeatures} from './run';
import type {BackendResults} from './table';

declare global {
  var runOn: (backend: string) => Promise<Pick<BackendResults, 'results' | 'kept'>>;
  /** Given by the program that opened the page. */
  var onProgress: (done: number) => void;
}

globalThis.runOn = async (backend) => {
  if (!await tf.setBackend(backend)) throw new Error(`The backend ${backend} does not start in this browser.`);
  await tf.ready();
  return {results: await runFeatures(features, globalThis.onProgress), kept: await runKept()};
};
