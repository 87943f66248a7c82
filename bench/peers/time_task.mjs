/**
 * Times a task of exchange.ts: first the losses of `warmUp` steps or predictions, then the milliseconds of `steps` more.
 * @template T
 * @param {Pick<import('./exchange').Task, 'warmUp' | 'steps'>} task
 * @param {() => T | Promise<T>} once
 * @param {(result: T) => number} lossOf of what `once` gives; not timed
 */
export async function timeTask({warmUp, steps}, once, lossOf) {
  const losses = [];
  for (let i = 0; i < warmUp; i++) losses.push(lossOf(await once()));
  const ms = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    await once();
    ms.push(performance.now() - start);
  }
  return {losses, ms};
}

/**
 * Prints what a peer found as the last line, and ends the process.
 * @param {Promise<import('./exchange').PeerRun>} run
 */
export function printRun(run) {
  run.then((found) => {
    process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
  }, (error) => {
    console.error(error);
    process.exit(1);
  });
}
