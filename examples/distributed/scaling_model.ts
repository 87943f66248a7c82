/** What a training step costs. */
export interface Cost {
  gradientBytes: number;
  flopPerExample: number;
}

/** A worker. */
export interface Machine {
  /** Floating-point operations a second that it reaches. */
  flops: number;
}

/** A network between workers. */
export interface Link {
  bytesPerSecond: number;
  /** Seconds of a message without content. */
  latency: number;
}

/**
 * Seconds of a ring all-reduce: in 2 (n - 1) rounds each worker sends an n-th of the bytes, 2 (n - 1) / n of them in all.
 */
export function allReduceSeconds(bytes: number, workers: number, {bytesPerSecond, latency}: Link): number {
  return 2 * (workers - 1) * (bytes / workers / bytesPerSecond + latency);
}

/** Seconds of a step in which the workers share the batch; nothing is computed while gradients travel. */
export function stepSeconds(cost: Cost, machine: Machine, link: Link, workers: number, batch: number): number {
  return batch / workers * cost.flopPerExample / machine.flops + allReduceSeconds(cost.gradientBytes, workers, link);
}

/**
 * The smallest batch of a worker for which computing takes as long as the bytes' way, which is at most 2 bytes / bandwidth
 * however many workers there are: from there on every further worker adds at least half of itself.
 */
export function breakEvenBatch(cost: Cost, machine: Machine, {bytesPerSecond}: Link): number {
  return Math.ceil(2 * cost.gradientBytes / bytesPerSecond * machine.flops / cost.flopPerExample);
}

/** The number of workers (at most one an example) with the shortest step, and how much faster it is than one worker. */
export function bestWorkers(cost: Cost, machine: Machine, link: Link, batch: number): {workers: number, speedup: number} {
  const seconds = Array.from({length: batch}, (_, i) => stepSeconds(cost, machine, link, i + 1, batch));
  const shortest = Math.min(...seconds);
  return {workers: seconds.indexOf(shortest) + 1, speedup: seconds[0]! / shortest};
}
