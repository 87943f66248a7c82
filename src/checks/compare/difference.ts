/** How far two tensors are apart. */
export interface Difference {
  /** max |a - b|; Infinity where only one of the two is a number or the shapes differ. */
  absolute: number;
  /** max |a - b| / max |b|, b being the built-in side. */
  relative: number;
  /** ||a - b|| / ||b||, in the Euclidean norm: a few entries that differ weigh little. */
  norm: number;
  /** Entries left out, because a known reason explains why they differ. */
  leftOut: number;
}

/** Entries of a tensor that are not to be compared. */
export type Exempt = (index: number) => boolean;

/**
 * Compares values of one shape; equal values and two NaN have no distance, zero relative to zero is 0.
 * @param exempt entries to leave out
 * @param floor what max |b| counts as at least, for values that are zero up to rounding
 */
export function differenceOf(
    ours: ArrayLike<number>, theirs: ArrayLike<number>, exempt?: Exempt, floor = 0): Difference {
  if (ours.length !== theirs.length) return {absolute: Infinity, relative: Infinity, norm: Infinity, leftOut: 0};
  let absolute = 0;
  let scale = floor;
  let squares = 0;
  let scaleSquares = 0;
  let leftOut = 0;
  for (let i = 0; i < ours.length; i++) {
    const a = ours[i]!;
    const b = theirs[i]!;
    if (exempt?.(i)) {
      leftOut += 1;
      continue;
    }
    const distance = Object.is(a, b) || a === b ? 0 : Math.abs(a - b);
    const known = Number.isNaN(distance) ? Infinity : distance;
    absolute = Math.max(absolute, known);
    squares += known * known;
    if (!Number.isFinite(b)) continue;
    scale = Math.max(scale, Math.abs(b));
    scaleSquares += b * b;
  }
  const scaleNorm = Math.max(Math.sqrt(scaleSquares), floor * Math.sqrt(ours.length));
  return {absolute, leftOut, relative: ratio(absolute, scale), norm: ratio(Math.sqrt(squares), scaleNorm)};
}

/** The largest of several differences, entry by entry. */
export function largest(differences: readonly Difference[]): Difference | null {
  if (differences.length === 0) return null;
  const most = (key: keyof Difference) => Math.max(...differences.map((difference) => difference[key]));
  return {absolute: most('absolute'), relative: most('relative'), norm: most('norm'), leftOut: most('leftOut')};
}

/** The largest magnitude among numbers. */
export function largestValue(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value) || 0);
  return most;
}

function ratio(distance: number, scale: number): number {
  return distance === 0 ? 0 : distance / scale;
}
