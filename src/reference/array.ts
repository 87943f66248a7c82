/**
 * The array that the reference works on, its indexing, and the checks that every function of the reference makes
 * on what it is given. Nothing here computes a layer.
 */

/** A dense float64 array, row by row: the last axis varies fastest. */
export interface ReferenceArray {
  /** The size of each axis; images are [N, C, H, W], filters [F, C, HH, WW]. */
  shape: number[];
  /** The values; as many as the product of `shape`. */
  data: Float64Array;
}

/**
 * Makes an array from its shape and its values in row order. The values are copied.
 *
 * ```ts
 * const x = array([2, 3], [1, 2, 3, 4, 5, 6]);
 * ```
 *
 * Throws when the shape does not ask for exactly as many values as there are.
 */
export function array(shape: number[], values: ArrayLike<number>): ReferenceArray {
  const made = {shape: [...shape], data: Float64Array.from(values)};
  checkArray('array', 'the result', made);
  return made;
}

/** An array of zeros. */
export function zeros(shape: number[]): ReferenceArray {
  return {shape: [...shape], data: new Float64Array(sizeOf(shape))};
}

/** A new array of the same shape with `f` applied to every value (and its position in `data`). */
export function map(x: ReferenceArray, f: (value: number, position: number) => number): ReferenceArray {
  return {shape: [...x.shape], data: x.data.map((value, position) => f(value, position))};
}

/** How many values an array of this shape has. */
export function sizeOf(shape: number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The position in `data` of entry [a, b, c, d] of a 4-D array. */
export function at(shape: number[], a: number, b: number, c: number, d: number): number {
  return ((a * shape[1] + b) * shape[2] + c) * shape[3] + d;
}

/**
 * For every position of an array of this shape, the position it falls to in the smaller array that has only the
 * axes named (in increasing order). Summing over the other axes is then
 * `sum[where[i]] += x[i]`, and broadcasting back is `sum[where[i]]`.
 */
export function positionsAlong(shape: number[], axes: number[]): Int32Array {
  const where = new Int32Array(sizeOf(shape));
  let inner = 1;
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (axes.includes(axis)) {
      for (let i = 0; i < where.length; i++) {
        where[i] += (Math.floor(i / inner) % shape[axis]) * step;
      }
      step *= shape[axis];
    }
    inner *= shape[axis];
  }
  return where;
}

/** Sums the values that share a position: `sum[where[i]] += values[i]`. */
export function sumAt(where: Int32Array, size: number, values: (i: number) => number): Float64Array {
  const sum = new Float64Array(size);
  where.forEach((position, i) => {
    sum[position] += values(i);
  });
  return sum;
}

/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return `'${value}'`;
  }
  if (Array.isArray(value)) {
    return `[${value.map(show).join(',')}]`;
  }
  if (value !== null && typeof value === 'object' && 'shape' in value) {
    return `an array of shape ${show(value.shape)}`;
  }
  return value !== null && typeof value === 'object' ? `a ${value.constructor?.name ?? 'object'}` : String(value);
}

/**
 * Checks that `value` is a {@link ReferenceArray} of one of the ranks, with at least one value. `axes` names the
 * axes for the message: 'x must be [N, C, H, W]'.
 */
export function checkArray(name: string, label: string, value: ReferenceArray, rank?: number, axes?: string): void {
  const {shape, data} = value ?? {};
  if (!Array.isArray(shape) || !isFloat64(data)) {
    throw new Error(`${name}: ${label} must be {shape: number[], data: Float64Array}. Got ${show(value)}` +
      `${data === undefined ? '' : ` with data ${show(data)}`}. Make one with reference.array(shape, values).`);
  }
  if (!shape.every((size) => Number.isInteger(size) && size >= 1)) {
    throw new Error(`${name}: every size of ${label} must be a whole number >= 1. Got shape ${show(shape)}. ` +
      'Leave out empty batches and empty axes.');
  }
  if (data.length !== sizeOf(shape)) {
    throw new Error(`${name}: ${label} of shape ${show(shape)} needs ${sizeOf(shape)} values. ` +
      `Got ${data.length}. Correct the shape or the data.`);
  }
  if (rank !== undefined && shape.length !== rank) {
    throw new Error(`${name}: ${label} must have ${rank} ${rank === 1 ? 'axis' : 'axes'}, ${axes}. ` +
      `Got shape ${show(shape)}. Reshape it.`);
  }
}

/** Checks that `value` has exactly this shape; `why` says where the shape comes from. */
export function checkShape(name: string, label: string, value: ReferenceArray, shape: number[], why: string): void {
  checkArray(name, label, value);
  if (value.shape.length !== shape.length || value.shape.some((size, axis) => size !== shape[axis])) {
    throw new Error(`${name}: ${label} must have shape ${show(shape)}, ${why}. Got ${show(value.shape)}. ` +
      'Reshape it or pass the one that belongs here.');
  }
}

/** Checks a value that may be left out: null, or exactly this shape. */
export function checkOptional(
    name: string, label: string, value: ReferenceArray | null, shape: number[], why: string): void {
  if (value !== null) {
    checkShape(name, label, value, shape, why);
  }
}

/** Refuses options that are no object, and keys that are not among `known`. */
export function checkOptions(name: string, options: object, known: string[]): void {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw new Error(`${name}: the options must be an object with ${known.join(', ')}. Got ${show(options)}. ` +
      'Pass {} for the defaults.');
  }
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new Error(`${name}: unknown option ${unknown.map(show).join(', ')}. ` +
      `The options are ${known.join(', ')}. Correct the spelling or remove it.`);
  }
}

/** Refuses a cache that the matching forward did not make. */
export function checkCache(name: string, forward: string, cache: object, keys: string[]): void {
  if (cache === null || typeof cache !== 'object' || !keys.every((key) => key in cache)) {
    throw new Error(`${name}: cache must be the one that ${forward} returned. Got ${show(cache)}. ` +
      `Pass \`cache\` of ${forward}'s result.`);
  }
}

/** Checks a number that must be finite and within [min, max]. */
export function checkNumber(name: string, label: string, value: number, min = -Infinity, max = Infinity): number {
  if (!Number.isFinite(value) || value < min || value > max) {
    const from = min > -Infinity ? ` >= ${min}` : '';
    const to = max < Infinity ? `${from ? ' and' : ''} <= ${max}` : '';
    throw new Error(`${name}: ${label} must be a finite number${from}${to}. Got ${show(value)}. ` +
      'Pass one, or leave it out for the default.');
  }
  return value;
}

/** Checks a whole number that is at least `min`. */
export function checkWhole(name: string, label: string, value: number, min: number): number {
  if (!Number.isInteger(value) || value < min) {
    throw new Error(`${name}: ${label} must be a whole number >= ${min}. ` +
      `Got ${show(value)}. Pass a whole number from ${min} on.`);
  }
  return value;
}

/** The axis as a number from 0 on; a negative one counts from the end. */
export function readAxis(name: string, axis: number, shape: number[]): number {
  const rank = shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new Error(`${name}: axis must be a whole number from ${-rank} to ${rank - 1} for x of shape ` +
      `${show(shape)}. Got ${show(axis)}. Name an axis that x has.`);
  }
  return axis < 0 ? axis + rank : axis;
}

function isFloat64(data: unknown): boolean {
  return Object.prototype.toString.call(data) === '[object Float64Array]';
}
