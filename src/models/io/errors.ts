import * as tf from '@tensorflow/tfjs-core';

import {DAMAGED} from '../../topology/damaged';

/** What was thrown, in words. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What was thrown, as an error that says first what failed. */
export function asFailure(what: string, error: unknown): Error {
  return new Error(`${what}: ${textOf(error)}`, {cause: error});
}

/** Runs f, and says of what it throws what failed. */
export function failingAs<T>(what: string, f: () => T): T {
  try {
    return f();
  } catch (error) {
    throw asFailure(what, error);
  }
}

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
    throw asFailure(failure, error);
  }
}

/** An error that an engine threw over a value of another kind than was thought of. */
const isRaw = (error: unknown): boolean =>
  !(error instanceof Error) || [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind);

/**
 * What was thrown while a file was read, as an error that names the file: as it is where it begins with `op`.
 * @param label the file, after the name of the function
 */
export function asDamage(op: string, label: string, error: unknown): Error {
  const text = textOf(error);
  if (error instanceof Error && !isRaw(error) && text.startsWith(op)) return error;
  const why = text.replace(DAMAGED, '').trim().replace(/\.$/, '');
  const what = isRaw(error) ? `a value in it is of another kind than it should be (${why})` : why;
  return new Error(`${label}: it is damaged: ${what}. Save the model again.`, {cause: error});
}
