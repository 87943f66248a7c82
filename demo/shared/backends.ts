import * as tf from '@tensorflow/tfjs-core';

import type {Backend} from './backend_names';

const load: {[name in Backend]: () => Promise<unknown>} = {
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
  webgl: () => import('@tensorflow/tfjs-backend-webgl'),
  wasm: async () => (await import('./wasm')).prepare(),
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
};

/**
 * Loads and starts a backend, in a page or in a worker.
 * @throws If this browser does not have it: the message is for the visitor.
 */
export async function startBackend(name: Backend): Promise<void> {
  tf.env().set('PROD', true);
  await load[name]();
  const started = await tf.setBackend(name).catch(() => false);
  if (!started) throw new Error(`This browser does not run ${name} here.`);
  await tf.ready();
}
