/** Where a training stands that ends when the validation loss no longer falls. */
export interface Stopping {
  /** The epoch with the lowest loss, from 0 on; -1 before the first. */
  best: number;
  stop: boolean;
}

/**
 * Decides from the losses alone, so that a resumed training decides as one that was never stopped.
 * @param losses validation loss of each epoch so far
 * @param patience epochs without a lower one after which to stop
 */
export function earlyStopping(losses: readonly number[], patience: number): Stopping {
  const best = losses.indexOf(Math.min(...losses));
  return {best, stop: best >= 0 && losses.length - 1 - best >= patience};
}
