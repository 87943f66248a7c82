import {indexOf} from '../index_of';
import {derivativeAtZero, roundingNoise} from './difference';
import type {Derivative} from './difference';
import {sample, seeded} from './random';
import {exceeds, isWorse} from './report';
import type {GradCheckEntry, GradCheckKink, GradCheckResult} from './report';
import type {Place} from './subject';
import type {Checked, Values} from './values';

/** What the user may choose, spelled out. */
export interface Settings {
  tolerance: number;
  step: number;
  directions: number;
  entries: number;
  atKinks: 'report' | 'left' | 'right';
  seed: number;
}

/** A gradient to be checked: of sum(outputs * weights) by one place, at this point. */
export interface Claim {
  order: 1 | 2;
  checked: Checked;
  places: Place[];
  /** The place among `places`. */
  which: number;
  weights: Float32Array[];
  /** The outputs at the point. */
  outputs: Float32Array[];
  /** null where tfjs has no gradient: then it should be zero. */
  gradient: Values;
}

/** Moves some entries of an input: entry `at[i]` by t * `by[i]`. */
interface Direction {
  at: number[];
  by: number[];
}

/** A derivative, compared with what the gradient says. */
interface Comparison {
  derivative: Derivative;
  analytic: number;
  numeric: number;
  relativeError: number;
  allowedError: number;
  verdict: 'ok' | 'wrong' | 'bent' | 'unclear';
}

/** Rounding is measured over a range this small, in units of the entries' spread. */
const NOISE_SPACING = 2e-4;

/** Of how many entries directions move one; the sparse ones pass fewer kinks. */
const SPARSITY = [1, 4, 16];

/** Compares the gradient by one input with differences, entry by entry and along directions. */
export async function checkInput(claim: Claim, settings: Settings):
    Promise<{result: GradCheckResult, kinks: GradCheckKink[]}> {
  const probe = await makeProbe(claim, settings);
  const {order, places, which} = claim;
  const {name: input, shape, values} = places[which]!;
  const random = seeded(settings.seed + 31 * which + order);
  const kinks: GradCheckKink[] = [];
  let worst: GradCheckEntry | null = null;
  const counts = {entries: 0, directions: 0, bent: 0, unclear: 0, wrong: 0};

  const note = (what: 'entries' | 'directions', index: number[] | null, found: Comparison): void => {
    if (found.verdict === 'bent') counts.bent++;
    else if (found.verdict === 'unclear') counts.unclear++;
    else {
      counts[what]++;
      if (found.verdict === 'wrong') counts.wrong++;
      const {analytic, numeric, relativeError, allowedError} = found;
      const entry = {order, input, shape, index, analytic, numeric, relativeError, allowedError};
      if (worst === null || isWorse(entry, worst)) worst = entry;
    }
  };
  const noteEntry = (at: number, found: Comparison): void => {
    const index = indexOf(at, shape);
    note('entries', index, found);
    if (found.derivative.kind !== 'kink') return;
    const {left, right} = found.derivative;
    kinks.push({order, input, shape, index, analytic: found.analytic, left, right});
  };

  const entries = sample(settings.entries, values.length, random);
  const bent = new Set<number>();
  for (const at of entries) {
    const found = await probe.entry(at);
    if (found.derivative.kind === 'kink') bent.add(at);
    noteEntry(at, found);
  }
  for (let k = 0; k < settings.directions; k++) {
    const support = sample(Math.ceil(values.length / SPARSITY[k % SPARSITY.length]!), values.length, random)
        .filter(at => !bent.has(at));
    if (support.length === 0) continue;
    const direction = {at: support, by: support.map(() => (random() < 0.5 ? -1 : 1) * probe.spread)};
    const found = await probe.along(direction);
    note('directions', null, found);
    if (found.verdict !== 'wrong' || counts.wrong > 1) continue;
    // The direction says that something is wrong; the entry says where.
    const at = await blame(direction, probe.along);
    if (at !== null && !entries.includes(at)) noteEntry(at, await probe.entry(at));
  }
  const {wrong, ...rest} = counts;
  return {kinks, result: {order, input, shape, ok: wrong === 0, worst, size: values.length, ...rest}};
}

async function makeProbe({checked, places, which, weights, outputs, gradient}: Claim, settings: Settings) {
  const point = places.map(place => place.values);
  const values = point[which]! as Float32Array;
  const g = (at: number): number => gradient?.[at] ?? 0;
  const spread = spreadOf(values);
  const usual = 0.1 * rootMeanSquare(gradient ?? new Float32Array(1));

  /** sum((outputs - outputs here) * weights) at x + t * direction, as if float32 could hold that point exactly. */
  const moved = ({at, by}: Direction) => async (t: number): Promise<number> => {
    if (t === 0) return 0;
    const there = values.slice();
    let unreached = 0;
    at.forEach((place, i) => {
      const exact = values[place]! + t * by[i]!;
      there[place] = exact;
      unreached += g(place) * (exact - there[place]!);
    });
    const got = await checked.outputs(point.map((old, i) => (i === which ? there : old)));
    return unreached + got.reduce((sum, out, k) => sum + out.reduce(
        (s, value, o) => s + (value - outputs[k]![o]!) * weights[k]![o]!, 0), 0);
  };

  const all = Array.from(values.keys());
  const random = seeded(settings.seed + which);
  const everything = {at: all, by: all.map(() => (random() < 0.5 ? -1 : 1) * spread)};
  const floor = 2 ** -24 * Math.sqrt(outputs.reduce((sum, out, k) => sum + out.reduce(
      (s, value, o) => s + (value * weights[k]![o]!) ** 2, 0), 0));
  const noise = Math.max(floor, await roundingNoise(moved(everything), NOISE_SPACING));

  const compare = async (direction: Direction, step: number, usually: number): Promise<Comparison> => {
    const analytic = direction.at.reduce((sum, place, i) => sum + g(place) * direction.by[i]!, 0);
    const scale = Math.max(Math.abs(analytic) || 0, usually || 0);
    const f = moved(direction);
    const take = (off: number) => derivativeAtZero(f, {step, noise: off, scale, tolerance: settings.tolerance});
    let derivative = await take(noise);
    if (derivative.kind === 'unclear') {
      // Along this direction less may be moved, and less rounded, than when everything moves.
      const here = await roundingNoise(f, NOISE_SPACING / settings.step * step);
      if (here < noise) derivative = await take(here);
    }
    return judge(analytic, derivative, scale, direction.at.length === 1 ? settings : {...settings, atKinks: 'report'});
  };
  return {
    spread,
    entry: (at: number) => compare({at: [at], by: [1]}, settings.step * spread, usual),
    along: (direction: Direction) => compare(direction, settings.step,
        Math.hypot(...direction.at.map((place, i) => g(place) * direction.by[i]!))),
  };
}

function judge(analytic: number, derivative: Derivative, scale: number, settings: Settings): Comparison {
  const {kind, left, right, value, error} = derivative;
  const numeric = kind !== 'kink' ? value : settings.atKinks === 'right' ? right : left;
  const off = Math.abs(analytic - numeric);
  const measure = Math.max(scale, Math.abs(numeric));
  const relativeError = off === 0 ? 0 : off / measure;
  const allowed = settings.tolerance * measure + 2 * error;
  const isWrong = !(off <= allowed);
  const verdict = kind === 'kink' && settings.atKinks === 'report' ? 'bent' :
      kind === 'unclear' && !(off > 4 * error) ? 'unclear' : isWrong ? 'wrong' : 'ok';
  const allowedError = measure === 0 ? settings.tolerance : allowed / measure;
  return {derivative, analytic, numeric, relativeError, allowedError, verdict};
}

/** Halves a wrong direction towards the half with the larger error; null where kinks hide the rest. */
async function blame(
    direction: Direction, along: (direction: Direction) => Promise<Comparison>): Promise<number | null> {
  let {at, by} = direction;
  while (at.length > 1) {
    const middle = Math.ceil(at.length / 2);
    const halves = [{at: at.slice(0, middle), by: by.slice(0, middle)}, {at: at.slice(middle), by: by.slice(middle)}];
    const errors = [];
    for (const half of halves) {
      const {verdict, analytic, numeric} = await along(half);
      errors.push(verdict === 'wrong' ? Math.abs(analytic - numeric) : -1);
    }
    if (Math.max(...errors) < 0) return null;
    ({at, by} = halves[exceeds(errors[1]!, errors[0]!) ? 1 : 0]!);
  }
  return at[0]!;
}

/** How far the entries lie apart, the measure of a step; for equal entries their size, for zeros 1. */
function spreadOf(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const size = rootMeanSquare(values);
  return deviation > 1e-3 * size ? deviation : size || 1;
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
