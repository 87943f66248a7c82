import * as tf from '@tensorflow/tfjs-core';

/** A switch of this library: on or off, or a number. */
export interface Flag<T extends boolean | number> {
  readonly name: string;
  /** What `tf.env().set(name, value)` said last, else the environment variable of this name, else the default. */
  read(): T;
}

/**
 * Registers a flag of tfjs, `tf.env().set(name, value)`, which is an environment variable in Node too.
 * @param fallback Its value where neither says anything.
 * @throws When it is first read, if the environment variable holds something else than `true`, `false` or a number.
 */
export function registerFlag<T extends boolean | number>(name: string, fallback: () => T): Flag<T> {
  tf.env().registerFlag(name, () => fromEnvironment(name, fallback()) as boolean);
  return {name, read: () => settingOf(name) as T};
}

function settingOf(name: string): unknown {
  const value: unknown = tf.env().get(name);
  if (typeof value !== 'string') return value;
  throw new Error(`The flag ${name} must be true, false or a number. Got the text '${value}'. Set it without the quotes.`);
}

function fromEnvironment<T extends boolean | number>(name: string, fallback: T): T {
  const text = typeof process === 'undefined' ? undefined : process.env?.[name];
  if (text === undefined || text === '') return fallback;
  const value = typeof fallback === 'number' ? Number(text) : text === 'true' ? true : text === 'false' ? false : NaN;
  if (Number.isNaN(value)) {
    throw new Error(`The environment variable ${name} must be ${typeof fallback === 'number' ? 'a number' :
        'true or false'}. Got '${text}'. Set it to such a value, or unset it.`);
  }
  return value as T;
}
