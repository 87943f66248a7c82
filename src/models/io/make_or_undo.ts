import * as tf from '@tensorflow/tfjs-core';

/**
 * Makes something that consists of variables.
 * @throws `<failure>: <why>` if it cannot be made; no variable is left behind then.
 */
export function makeOrUndo<T>(failure: string, make: () => T): T {
  const before = new Set(Object.keys(tf.engine().registeredVariables));
  try {
    return make();
  } catch (error) {
    for (const [name, variable] of Object.entries(tf.engine().registeredVariables)) {
      if (!before.has(name)) variable.dispose();
    }
    throw new Error(`${failure}: ${error instanceof Error ? error.message : error}`, {cause: error});
  }
}
