import type {KernelInfo} from '../../backends';
import {wrapText} from '../../text_table';
import type {VerifiedOp} from './case';

/** What one case came to. */
export interface VerifiedCase {
  name: string;
  op: VerifiedOp;
  ok: boolean;
  /**
   * The largest difference from the reference, as a part of the largest value of its array; Infinity where a NaN or an
   * infinity is in the wrong place, a shape differs or the case throws.
   */
  error: number;
  tolerance: number;
  /** What is wrong, empty where nothing is. */
  message: string;
}

/** A case that differs, as was decided. */
export interface KnownCase extends VerifiedCase {
  /** Why it is accepted. */
  reason: string;
}

/** What {@link verifyBackend} found. */
export interface VerifyReport {
  backend: string;
  /** Bits of its floating point numbers. */
  precision: 16 | 32;
  /** Which kernels the ops used, and where these are not the backend's fastest, why. */
  kernels: KernelInfo;
  /** Whether every case agrees with the reference, but for the known deviations. */
  ok: boolean;
  /** Every case that is not a known deviation. */
  cases: VerifiedCase[];
  /** Cases that differ, as was decided. */
  known: KnownCase[];
  /** The report in lines of at most 80 columns. */
  toString: () => string;
}

/** Adds `ok` and the text. */
export function finishReport(parts: Omit<VerifyReport, 'ok' | 'toString'>): VerifyReport {
  const report = {...parts, ok: parts.cases.every(({ok}) => ok)};
  Object.defineProperty(report, 'toString', {value: () => format(report), enumerable: false});
  return report as VerifyReport;
}

function format({backend, precision, kernels, ok, cases, known}: Omit<VerifyReport, 'toString'>): string {
  const ops = [...new Set(cases.map(({op}) => op))];
  const failed = cases.filter(c => !c.ok);
  return [
    `${backend}, float${precision}: ${ok ? 'every case agrees with the reference' :
        `${failed.length} of ${cases.length} cases are WRONG`}`,
    wrapText(`  kernels: ${kernelText(kernels)}`, '      '),
    `  ${'op'.padEnd(12)} ${'cases'.padStart(5)} ${'wrong'.padStart(5)}  largest error of those that agree`,
    ...ops.map(op => opLine(op, cases.filter(c => c.op === op))),
    ...failed.map(c => wrapText(`  WRONG ${c.name}: ${c.message}`, '      ')),
    ...known.map(c => wrapText(`  known ${c.name}: ${c.reason} (${c.message})`, '      ')),
  ].join('\n');
}

/** 'heap, 2 threads, relaxed SIMD (why nothing faster)' */
export function kernelText({set, threads, relaxed, reason}: KernelInfo): string {
  return `${set}${threads > 1 ? `, ${threads} threads` : ''}${relaxed ? ', relaxed SIMD' : ''}${reason ? ` (${reason})` : ''}`;
}

function opLine(op: string, cases: VerifiedCase[]): string {
  const right = cases.filter(({ok}) => ok);
  const largest = right.reduce((most, {error}) => Math.max(most, error), 0);
  return `  ${op.padEnd(12)} ${String(cases.length).padStart(5)} ${String(cases.length - right.length).padStart(5)}` +
      `  ${largest.toExponential(1)}`;
}
