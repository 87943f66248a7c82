import {wrapText} from '../../text_table';
import {showShape} from '../../validate';

/** A derivative with respect to one entry of an input, or along a direction (index null). */
export interface GradCheckEntry {
  /** Which derivative: the first or the second. */
  order: 1 | 2;
  /** The input or weight. */
  input: string;
  shape: number[];
  /** The entry; null for a direction through all of the input. */
  index: number[] | null;
  /** What the gradient under test says. */
  analytic: number;
  /** What differences of the function say; from the left where `atKinks` requires the left derivative. */
  numeric: number;
  /** |analytic - numeric|, divided by the larger of them, or by the usual size of the input's entries where that is. */
  relativeError: number;
  /**
   * The relative error allowed here: the tolerance plus twice the estimated error of the difference itself, from
   * truncation and from float32's rounding.
   */
  allowedError: number;
}

/** A place where the function bends: a maximum in a tie, a relu at 0. */
export interface GradCheckKink {
  order: 1 | 2;
  input: string;
  shape: number[];
  index: number[];
  analytic: number;
  /** The derivative from below. */
  left: number;
  /** The derivative from above. */
  right: number;
}

/** What was found for one input and one order. */
export interface GradCheckResult {
  order: 1 | 2;
  input: string;
  shape: number[];
  ok: boolean;
  /** The entry or direction with the largest error, measured by the error allowed there; null when none could be compared. */
  worst: GradCheckEntry | null;
  /** Entries compared, out of how many. */
  entries: number;
  size: number;
  /** Random directions compared. */
  directions: number;
  /** Entries and directions left out because the function bends there. */
  bent: number;
  /** Entries and directions left out because rounding hides the difference. */
  unclear: number;
}

/** What {@link gradCheck} found. */
export interface GradCheckReport {
  ok: boolean;
  /** The backend that computed. */
  backend: string;
  /** Bits of its floating point numbers. */
  precision: 16 | 32;
  /** The relative error allowed beside that of the differences: {@link GradCheckEntry.allowedError} has both. */
  tolerance: number;
  results: GradCheckResult[];
  /** What is wrong besides single values: shapes, missing gradients, runs that differ. */
  problems: string[];
  /** Entries at which the function bends: both one-sided derivatives are subgradients. */
  kinks: GradCheckKink[];
  /** Of all results, the entry or direction with the largest error, measured by the error allowed there. */
  worst: GradCheckEntry | null;
  /** The report in lines of at most 80 columns. */
  toString: () => string;
}

const MANY = 5;

/** Adds what follows from the parts: `ok`, `worst` and the text. */
export function finishReport(parts: Omit<GradCheckReport, 'ok' | 'worst' | 'toString'>): GradCheckReport {
  const worst = parts.results.map(result => result.worst).filter(entry => entry !== null)
      .reduce<GradCheckEntry | null>((most, entry) =>
        (most === null || isWorse(entry, most) ? entry : most), null);
  const ok = parts.problems.length === 0 && parts.results.every(result => result.ok);
  const report = {...parts, ok, worst};
  Object.defineProperty(report, 'toString', {value: () => format(report), enumerable: false});
  return report as GradCheckReport;
}

/** Whether error a is worse than b: not a number is worst of all. */
export function exceeds(a: number, b: number): boolean {
  return Number.isNaN(a) ? !Number.isNaN(b) : a > b;
}

/** Whether an entry uses up more of the error allowed for it. */
export function isWorse(a: GradCheckEntry, b: GradCheckEntry): boolean {
  return exceeds(share(a), share(b));
}

function share({relativeError, allowedError}: GradCheckEntry): number {
  return relativeError === 0 ? 0 : relativeError / allowedError;
}

function format(report: Omit<GradCheckReport, 'toString'>): string {
  const {ok, backend, precision, tolerance, results, problems, kinks} = report;
  const lines = [
    `gradCheck: ${ok ? 'right' : 'WRONG'} (${backend}, float${precision}, tolerance ${tolerance})`,
    ...problems.map(problem => `  problem: ${problem}`),
    ...results.flatMap(formatResult),
  ];
  if (kinks.length > 0) {
    lines.push(`  ${kinks.length} ${kinks.length === 1 ? 'entry' : 'entries'} at a kink or tie, where left and ` +
        'right derivative differ:');
    lines.push(...kinks.slice(0, MANY).map(({order, input, index, left, right, analytic}) =>
        `    order ${order}, ${input}[${index}]: left ${short(left)}, right ${short(right)}, ` +
        `given ${short(analytic)}`));
    if (kinks.length > MANY) lines.push(`    and ${kinks.length - MANY} more`);
  }
  return lines.map((line) => wrapText(line, `${/^ */.exec(line)![0]}    `)).join('\n');
}

function formatResult(result: GradCheckResult): string[] {
  const {order, input, shape, ok, worst, entries, size, directions, bent, unclear} = result;
  const leftOut = [
    bent > 0 ? `${bent} where the function bends` : '', unclear > 0 ? `${unclear} where rounding hides the difference` : '',
  ].filter(Boolean);
  const lines = [`  ${ok ? 'ok   ' : 'WRONG'} order ${order} ${input} ${showShape(shape)}: ` +
      `${entries} of ${size} entries, ${directions} directions` +
      (leftOut.length > 0 ? ` (left out: ${leftOut.join(', ')})` : '')];
  if (worst) {
    const place = worst.index ? `${input}[${worst.index}]` : `a direction through ${input}`;
    lines.push(`        worst: off by ${short(worst.relativeError)}, allowed ${short(worst.allowedError)}, at ${place}: ` +
        `given ${short(worst.analytic)}, differences say ${short(worst.numeric)}`);
  }
  return lines;
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value);
}
