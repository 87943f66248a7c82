import type {Progress, Tested} from '../engine/contract';

/** How much of the past the running means know: this many steps. */
export const MEAN_STEPS = 20;

const MOST_POINTS = 4000;

/** A point of the curves: a step, or the mean of neighbours once there are very many. */
export interface Point {
  step: number;
  loss: number;
  meanLoss: number;
  meanAccuracy: number;
}

/** The curves so far. Each change makes a new object. */
export class History {
  static readonly empty = new History([], []);

  private constructor(
      readonly points: readonly Point[],
      readonly tests: readonly Pick<Tested, 'step' | 'accuracy' | 'images'>[]) {}

  get last(): Point | null {
    return this.points.at(-1) ?? null;
  }

  /** Adds steps. Where they come again, as after a net of before was loaded, what was there goes. */
  withSteps({step, losses, accuracies}: Progress): History {
    const first = step - losses.length + 1;
    const {points, tests} = this.before(first);
    const all = [...points];
    losses.forEach((loss, i) => all.push(next(all.at(-1), {step: first + i, loss, accuracy: accuracies[i]!})));
    return new History(all.length > MOST_POINTS ? inPairs(all) : all, tests);
  }

  withTest({step, accuracy, images}: Tested): History {
    return new History(this.points, [...this.tests.filter((test) => test.step < step), {step, accuracy, images}]);
  }

  private before(step: number): History {
    if (!this.last || this.last.step < step) return this;
    return new History(this.points.filter((point) => point.step < step), this.tests.filter((test) => test.step < step));
  }
}

function next(before: Point | undefined, now: {step: number, loss: number, accuracy: number}): Point {
  const weight = before ? 1 / Math.min(MEAN_STEPS, now.step) : 1;
  const mean = (old: number, value: number) => old + weight * (value - old);
  return {
    step: now.step, loss: now.loss, meanLoss: mean(before?.meanLoss ?? now.loss, now.loss),
    meanAccuracy: mean(before?.meanAccuracy ?? now.accuracy, now.accuracy),
  };
}

function inPairs(points: readonly Point[]): Point[] {
  return points.filter((_, i) => i % 2 === 1).map((point, i) => ({...point, loss: (points[2 * i]!.loss + point.loss) / 2}));
}
