import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {kernelInfo} from '../backends';
import {tidy} from '../tidy';
import {checkOptions, show} from '../validate';
import {floatPrecision} from './precision';
import {allCases} from './verify/all';
import type {VerifyCase} from './verify/case';
import {compare} from './verify/compare';
import {knownDeviations} from './verify/known';
import {finishReport} from './verify/report';
import type {KnownCase, VerifiedCase, VerifyReport} from './verify/report';
import {toleranceOf} from './verify/tolerances';

export type {KnownCase, VerifiedCase, VerifyReport} from './verify/report';

/** Options of {@link verifyBackend}. */
export interface VerifyOptions {
  /** Called after each case, with the number of cases done and the number of all. */
  onProgress?: (done: number, all: number) => void;
}

/**
 * Checks the current backend against the float64 reference: values and gradients of a fixed set of cases over all ops
 * and layers (ties, NaN, infinities, strides, padding, dilation, groups, a batch of 1, large values, training and
 * testing). If a driver or kernel is wrong, the report names the op and the error. It takes about a second, a few
 * seconds on slow backends.
 *
 * @param options See {@link VerifyOptions}.
 * @returns A promise of the report: `ok`, the cases with their errors and tolerances, the accepted deviations, and
 * `toString()`. It does not reject if the backend is wrong or throws: that is in the report.
 * @throws On an unknown option.
 *
 * ```js
 * await tf.setBackend('webgpu');
 * const report = await checks.verifyBackend();
 * if (!report.ok) console.log(report.toString());
 * ```
 */
export async function verifyBackend(options: VerifyOptions = {}): Promise<VerifyReport> {
  checkOptions('verifyBackend', options, ['onProgress']);
  const onProgress = options?.onProgress ?? (() => undefined);
  if (typeof onProgress !== 'function') {
    throw new Error(`verifyBackend: onProgress must be a function. Got ${show(onProgress)}. Leave it out for none.`);
  }
  await tf.ready();
  const backend = tf.getBackend();
  const cases: VerifiedCase[] = [];
  const known: KnownCase[] = [];
  for (const [i, one] of allCases.entries()) {
    const found = await verify(one);
    const deviation = knownDeviations.find(({backend: where, name}) => where === backend && name === found.name);
    if (deviation && !found.ok) known.push({...found, reason: deviation.reason});
    else cases.push(found);
    onProgress(i + 1, allCases.length);
  }
  return finishReport({backend, precision: floatPrecision(), kernels: kernelInfo(), cases, known});
}

async function verify({name, op, factor, compute, expect}: VerifyCase): Promise<VerifiedCase> {
  const tolerance = toleranceOf(op, factor);
  const expected = expect();
  let values: {[value: string]: Tensor} = {};
  try {
    values = tidy(compute);
    let error = 0;
    const messages: string[] = [];
    for (const [label, want] of Object.entries(expected)) {
      const value = values[label];
      if (!value) throw new Error(`there is no ${label}`);
      const found = compare(label, value.shape, await value.data(), want, tolerance);
      error = Math.max(error, found.error);
      if (found.message) messages.push(found.message);
    }
    return {name, op, ok: messages.length === 0, error, tolerance, message: messages.join('; ')};
  } catch (error) {
    return {name, op, ok: false, error: Infinity, tolerance, message: `throws: ${(error as Error).message}`};
  } finally {
    tf.dispose(values);
  }
}
