import type {ReferenceArray} from '../../reference';
import {indexOf} from '../index_of';

/** How far a value is from what it should be. */
export interface Comparison {
  /** See {@link VerifiedCase.error}. */
  error: number;
  message: string;
}

/** Compares the values of one array; `label` says which. */
export function compare(
    label: string, shape: number[], got: ArrayLike<number>, want: ReferenceArray, tolerance: number): Comparison {
  if (shape.join() !== want.shape.join()) {
    return {error: Infinity, message: `${label} has shape [${shape}], the reference [${want.shape}]`};
  }
  const scale = want.data.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  let worst = {error: 0, at: 0};
  want.data.forEach((value, at) => {
    const error = errorOf(got[at]!, value, scale);
    if (error > worst.error) worst = {error, at};
  });
  const {error, at} = worst;
  if (error <= tolerance) return {error, message: ''};
  const size = error === Infinity ? '' : `, off by ${error.toPrecision(2)} of the largest value`;
  return {error, message: `${label}[${indexOf(at, want.shape)}] is ${got[at]}, the reference says ${want.data[at]}${size}`};
}

function errorOf(got: number, want: number, scale: number): number {
  if (!Number.isFinite(want) || !Number.isFinite(got)) return sameAsFloat32(got, want) ? 0 : Infinity;
  return got === want ? 0 : Math.abs(got - want) / (scale || 1);
}

/** Values that float32 cannot hold are infinite there. */
function sameAsFloat32(got: number, want: number): boolean {
  return Object.is(got, Math.fround(want));
}
