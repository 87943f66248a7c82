import * as tf from '@tensorflow/tfjs-core';

import {activeTape} from './tfjs_private';

/**
 * Runs what may throw while a gradient is taken. tfjs then forgets its tape without freeing the tensors saved on it; here
 * they are freed.
 */
export function freeingTape<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const tape = activeTape();
    if (tape?.depth === 0) {
      tf.dispose(tape.saved);
      tf.engine().state.activeTape = null as never;
    }
    throw error;
  }
}
