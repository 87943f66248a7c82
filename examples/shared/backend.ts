import * as tf from '@tensorflow/tfjs-core';

/** Backends that run in Node. */
export const NODE_BACKENDS = ['tensorflow', 'wasm', 'cpu'] as const;

/** The name of a backend that runs in Node. */
export type NodeBackend = typeof NODE_BACKENDS[number];

/** The backend that started, and how it should be called in print. */
export interface StartedBackend {
  name: NodeBackend;
  title: string;
}

/**
 * Starts a backend. Where tfjs-node does not load, says so and goes on with wasm.
 *
 * @param name the backend
 * @param say where the note goes
 */
export async function startBackend(name: NodeBackend, say: (text: string) => void): Promise<StartedBackend> {
  if (name === 'tensorflow') {
    try {
      return await startTensorFlow();
    } catch (error) {
      say(`tfjs-node does not load: ${(error as Error).message.split('\n')[0]}\n` +
          'Continuing with the backend wasm. What tfjs-node needs: npx tfjs-explicit-layers doctor\n');
      return startBackend('wasm', say);
    }
  }
  if (name === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
  else await import('@tensorflow/tfjs-backend-cpu');
  await select(name);
  return {name, title: name};
}

async function startTensorFlow(): Promise<StartedBackend> {
  await import('../../src/node');
  const {version} = await import('@tensorflow/tfjs-node');
  await select('tensorflow');
  return {name: 'tensorflow', title: `tensorflow (tfjs-node ${version['tfjs-node']})`};
}

async function select(name: NodeBackend): Promise<void> {
  tf.env().set('PROD', true);  // no greeting, no advice on faster backends
  if (!await tf.setBackend(name)) throw new Error(`The backend ${name} does not start.`);
  await tf.ready();
}
