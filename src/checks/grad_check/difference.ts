/**
 * The derivative at 0 of a function of one variable that is known in float32 only: central differences at shrinking
 * steps, extrapolated (Ridders, Advances in Engineering Software 4, 1982), with an estimate of what is left of
 * truncation and rounding, and with an eye on kinks.
 */

/** What was found out about a derivative. */
export interface Derivative {
  /**
   * 'smooth': `value` is the derivative; 'kink': the derivatives from the left and from the right differ at 0, or so
   * near to 0 that no step avoids it; 'unclear': rounding leaves too little to tell.
   */
  kind: 'smooth' | 'kink' | 'unclear';
  value: number;
  /** How far `value` may be off. */
  error: number;
  left: number;
  right: number;
}

/** How the derivative is taken. */
export interface DifferenceSettings {
  /** The first, largest step. */
  step: number;
  /** How far f may be off by rounding. */
  noise: number;
  /** What the derivative is measured by where it is smaller. */
  scale: number;
  /** The error to reach, in units of the derivative or of `scale`; a smaller jump of the slope counts as smooth. */
  tolerance: number;
}

/** The largest step is halved this often. */
const HALVINGS = 7;

/** Rounding in the difference of two extrapolated slopes, in units of noise / step; beyond it there is a kink. */
const NOISE_OF_A_JUMP = 20;

interface Level {
  step: number;
  /** The central difference, then its extrapolations with those of larger steps. */
  central: number[];
  left: number;
  right: number;
}

export async function derivativeAtZero(
    f: (t: number) => Promise<number>, settings: DifferenceSettings): Promise<Derivative> {
  const {step, scale, tolerance} = settings;
  const targetFor = (value: number): number => tolerance * Math.max(scale, Math.abs(value));
  const middle = await f(0);
  let last = await differences(f, middle, step, []);
  let best: Derivative | null = null;
  let found: Derivative | null = null;
  for (let k = 1; k <= HALVINGS; k++) {
    const level = await differences(f, middle, step / 2 ** k, last.central);
    found = judge(level, last, settings);
    if (found.kind === 'kink') {
      best = null;  // a larger step may have stepped over the kink
      level.central.length = 1;
    } else if (best === null || found.error < best.error) {
      best = found;
    }
    if (best !== null && best.error <= targetFor(best.value) / 4) return best;
    last = level;
  }
  if (best === null) return found!;
  return best.error <= 2 * targetFor(best.value) ? best : {...best, kind: 'unclear'};
}

/** What two steps say. The slopes of both sides at 0 are equal where f is smooth, whatever its curvature. */
function judge(level: Level, last: Level, {noise, scale, tolerance}: DifferenceSettings): Derivative {
  const left = 2 * level.left - last.left;
  const right = 2 * level.right - last.right;
  const jump = Math.abs(right - left);
  const value = level.central.at(-1)!;
  // What did not move at all did not move by rounding either.
  const rounding = value === 0 && jump === 0 ? 0 : noise / level.step;
  const truncation = Math.max(
      Math.abs(value - level.central.at(-2)!), Math.abs(value - last.central.at(-1)!));
  const slope = Math.max(scale, Math.abs(left), Math.abs(right));
  return jump > tolerance * slope + NOISE_OF_A_JUMP * rounding ?
      {kind: 'kink', value, error: NOISE_OF_A_JUMP * rounding, left, right} :
      {kind: 'smooth', value, error: truncation + rounding + jump / 2, left, right};
}

/** `coarse`: the differences and extrapolations at twice the step. */
async function differences(
    f: (t: number) => Promise<number>, middle: number, step: number, coarse: number[]): Promise<Level> {
  const [above, below] = [await f(step), await f(-step)];
  const central = [(above - below) / (2 * step)];
  // Each halving removes one more even power of the step from the error.
  coarse.forEach((value, j) => {
    const fine = central[j]!;
    central.push(fine + (fine - value) / (4 ** (j + 1) - 1));
  });
  return {step, central, left: (middle - below) / step, right: (above - middle) / step};
}

/**
 * How far f is off by rounding: the fourth differences of f at neighbouring points, where all that is smooth has gone
 * (More and Wild, Estimating Computational Noise, 2011).
 */
export async function roundingNoise(f: (t: number) => Promise<number>, spacing: number): Promise<number> {
  let table: number[] = [];
  for (let k = 1; k <= 8; k++) table.push(await f(k * spacing));
  for (let order = 0; order < 4; order++) table = table.slice(1).map((value, i) => value - table[i]!);
  const meanSquare = table.reduce((sum, value) => sum + value * value, 0) / table.length;
  return Math.sqrt(meanSquare / 70);  // a fourth difference of noise has (8 over 4) = 70 times its variance
}
