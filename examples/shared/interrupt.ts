import {constants} from 'node:os';

/** Whether the user asked to stop, for loops that want to end between two steps. */
export interface Interrupt {
  signal: AbortSignal;
  /** The exit code that says so to a shell: 130 for Ctrl-C. */
  exitCode(): number;
}

/** npm passes on what the terminal has sent already. */
const SAME_KEY_MS = 500;

/** From now on Ctrl-C (and SIGTERM, SIGHUP) only asks to stop; a second one ends the process at once. */
export function listenForInterrupt(say: (text: string) => void): Interrupt {
  const controller = new AbortController();
  let code = 0;
  let askedAt = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (Date.now() - askedAt < SAME_KEY_MS) return;
      if (controller.signal.aborted) process.exit(code);
      askedAt = Date.now();
      code = 128 + constants.signals[name];
      controller.abort();
      say('\nStopping after this step (once more to stop at once) ...');
    });
  }
  return {signal: controller.signal, exitCode: () => code};
}

/** Lets Node deliver signals and draw before a long computation goes on. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
