import cliProgress from 'cli-progress';

import type {WorkerEvent} from './workers';

/** One line for each worker. */
export interface WorkerLines {
  show(index: number, event: WorkerEvent): void;
  stop(): void;
}

const LINE_EVERY_MS = 10_000;

/** Progress of workers on standard error: redrawn in place in a terminal, lines every ten seconds elsewhere. */
export function workerLines(indices: readonly number[], epochs: number): WorkerLines {
  const all = new cliProgress.MultiBar({
    format: 'worker {index} {bar} {percentage} % | {eta_formatted} left | {note}',
    barsize: 16, barCompleteChar: '█', barIncompleteChar: '░', fps: 5, hideCursor: true, gracefulExit: false,
    noTTYOutput: true, notTTYSchedule: LINE_EVERY_MS,
  });
  const bars = new Map(indices.map((index) => [index, all.create(1, 0, {index, note: 'starting'})]));
  return {
    show(index, {state, epoch, step, steps, loss}) {
      const bar = bars.get(index)!;
      if (epoch === undefined || !step || !steps) {
        bar.update({index, note: state ?? ''});
        return;
      }
      bar.setTotal(epochs * steps);
      bar.update(epoch * steps + step, {index, note: `epoch ${epoch + 1} of ${epochs} | loss ${loss?.toFixed(3)}`});
    },
    stop: () => all.stop(),
  };
}
