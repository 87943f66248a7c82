import cliProgress from 'cli-progress';
import type {Options, Params} from 'cli-progress';

/** A running progress bar. */
export interface Progress {
  /** How far it is now, and a word about it (a loss, say). */
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

const LINE_EVERY_MS = 10_000;

/**
 * A progress bar on standard error with the time that is left: redrawn in place in a terminal, a line every ten seconds
 * elsewhere.
 */
export function startProgress(label: string): Progress {
  const bar = new cliProgress.SingleBar({
    format: line,
    barsize: 16,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    etaBuffer: 40,
    fps: 5,
    hideCursor: true,
    gracefulExit: false,
    noTTYOutput: true,
    notTTYSchedule: LINE_EVERY_MS,
  });
  let started = false;
  return {
    update(done, total, note = '') {
      const payload = {label, note: note && ` | ${note}`};
      if (!started) bar.start(total, done, payload);
      else bar.update(done, payload);
      started = true;
    },
    stop: () => bar.stop(),
  };
}

function line(options: Options, {progress, value, total, eta}: Params, {label, note}: {label: string, note: string}) {
  const {BarFormat, TimeFormat} = cliProgress.Format;
  // At first nothing is known of the time, which cli-progress calls 0.
  const left = eta > 0 || value >= total ? ` | ${TimeFormat(eta, options, 5)} left` : '';
  return `${label} ${BarFormat(progress, options)} ${Math.floor(100 * progress)} % | ${value}/${total}${left}${note}`;
}
