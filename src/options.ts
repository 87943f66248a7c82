import {checkBoolean, checkChoice, checkNumber, checkOptions} from './validate';

/** One option of an op or a layer. */
export interface Option<V = unknown> {
  /** Its value where none is given, or null; a function makes it of the others. Without one the option is required. */
  default?: unknown;
  /** Gives the value in its canonical form, or throws. */
  check: (op: string, name: string, value: unknown) => V;
}

/** Every option of an interface, each once: one that is missing, unknown or of another type does not compile. */
export type OptionTable<O> = {readonly [name in keyof Required<O>]: Option<O[name]>};

/** The options of a table, checked and spelled out. */
export type Checked<T> = {[name in keyof T]: T[name] extends Option<infer V> ? V : never};

type AnyTable = {readonly [name: string]: Option};

/** The options of a table, from options of which no other is allowed. */
export function checkedOptions<T extends AnyTable>(op: string, table: T, options: unknown): Checked<T> {
  checkOptions(op, options, Object.keys(table));
  return readOptions(op, table, options);
}

/** The options of a table, from an object that may hold others, too. */
export function readOptions<T extends AnyTable>(op: string, table: T, options: unknown): Checked<T> {
  const given = (options ?? {}) as {[name: string]: unknown};
  const checked: {[name: string]: unknown} = {};
  for (const name in table) {
    const {default: fallback, check} = table[name]!;
    checked[name] = check(op, name, given[name] ?? (typeof fallback === 'function' ? fallback(given) : fallback));
  }
  return checked as Checked<T>;
}

/** An option that is one of these words. */
export function choice<const T extends string>(words: readonly T[], fallback?: NoInfer<T>): Option<T> {
  return {default: fallback, check: (op, name, value) => checkChoice(op, name, value, words)};
}

/** An option that is true or false. */
export function flag(fallback: boolean): Option<boolean> {
  return {default: fallback, check: checkBoolean};
}

/** An option that is a finite number of at least `low` and at most `high`. */
export function number(fallback: number, low = -Infinity, high = Infinity): Option<number> {
  return {default: fallback, check: (op, name, value) => checkNumber(op, name, value, low, high)};
}
