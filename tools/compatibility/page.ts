/** Runs in a browser: the features on one backend. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';

import {features} from './features';
import {runFeatures} from './run';
import type {Result} from './run';

declare global {
  var runOn: (backend: string) => Promise<Result[]>;
  /** Given by the program that opened the page. */
  var onProgress: (done: number) => void;
}

globalThis.runOn = async (backend) => {
  if (!await tf.setBackend(backend)) throw new Error(`The backend ${backend} does not start in this browser.`);
  await tf.ready();
  return runFeatures(features, globalThis.onProgress);
};
