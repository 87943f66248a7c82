import {SetupError, explain, setupNode} from '../setup_node.mjs';
import {ROOT} from './root.mjs';

/**
 * Makes tfjs-node loadable if it can be; where it cannot, says why and what to install. The caller continues with wasm.
 * @param {import('../setup_node.mjs').SetupOptions} [options]
 * @returns {Promise<boolean>} whether the backend 'tensorflow' can be used
 */
export async function ensureTfjsNode(options = {}) {
  try {
    await setupNode({from: ROOT, ...options});
    return true;
  } catch (error) {
    if (!(error instanceof SetupError) || error.code === 'interrupted') throw error;
    const log = options.log ?? console.error;
    log(`tfjs-node is not available: continuing without it, on wasm and cpu.\n${explain(error)}`);
    return false;
  }
}
