import {freeAbandonedTape} from './tfjs_private';

/**
 * Runs what may throw while a gradient is taken. tfjs then forgets its tape without freeing the tensors saved on it; here
 * they are freed.
 */
export function freeingTape<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    freeAbandonedTape();
    throw error;
  }
}
