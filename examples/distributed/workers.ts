import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {createServer} from 'node:net';
import type {Server} from 'node:net';
import {createInterface} from 'node:readline';

/** What a worker says of itself. */
export interface WorkerEvent {
  /** What it does, outside of training. */
  state?: string;
  epoch?: number;
  step?: number;
  steps?: number;
  loss?: number;
}

/** A worker to start: its place in the cluster and what it runs. */
export interface WorkerStart {
  index: number;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
}

/** A worker that ended before its work was done. */
export class WorkerDied extends Error {
  constructor(readonly index: number, readonly how: string, readonly where: string, readonly words: string) {
    super(`Worker ${index} ended ${where}: ${how}.`);
  }
}

const KEPT_LINES = 12;
/** What TensorFlow tells on standard error when all is well. */
const LOG = /^[IWE]\d{4} |^WARNING: All log messages/;
const GRACE_MS = 3_000;

/**
 * Runs workers until all are done. Where one dies, or the signal aborts, the others are stopped, and none is left behind.
 * @throws WorkerDied, or the signal's reason
 */
export async function runWorkers(
    starts: readonly WorkerStart[], signal: AbortSignal, onEvent: (index: number, event: WorkerEvent) => void): Promise<void> {
  const running = new Set<ChildProcess>();
  const ends: Promise<void>[] = [];
  let rejectFirst!: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => { rejectFirst = reject; });
  failed.catch(() => undefined);
  const abort = () => rejectFirst(signal.reason);
  signal.addEventListener('abort', abort, {once: true});
  try {
    signal.throwIfAborted();
    const done = starts.map((start) => {
      const child = startWorker(start);
      running.add(child);
      ends.push(new Promise((resolve) => child.once('close', () => { running.delete(child); resolve(); })));
      return watch(child, start.index, onEvent);
    });
    done.forEach((end) => end.catch(rejectFirst));
    await Promise.race([Promise.all(done), failed]);
  } finally {
    signal.removeEventListener('abort', abort);
    await stopAll(running, ends);
  }
}

/** In a process group of its own: Ctrl-C is for us to pass on. */
function startWorker({command, args, env}: WorkerStart): ChildProcess {
  return spawn(command, args, {env, stdio: ['pipe', 'pipe', 'pipe'], detached: true});
}

function watch(child: ChildProcess, index: number, onEvent: (index: number, event: WorkerEvent) => void): Promise<void> {
  const words: string[] = [];
  let last: WorkerEvent = {};
  child.stdin!.on('error', () => undefined);
  createInterface({input: child.stdout!}).on('line', (line) => {
    if (!line.startsWith('{')) return;
    last = JSON.parse(line) as WorkerEvent;
    onEvent(index, last);
  });
  createInterface({input: child.stderr!}).on('line', (line) => {
    if (line.trim() && !LOG.test(line)) words.push(line);
    if (words.length > KEPT_LINES) words.shift();
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new WorkerDied(index, error.message, 'before it began', '')));
    child.on('close', (status, end) => {
      if (status === 0 && last.state === 'done') resolve();
      else reject(new WorkerDied(index, end ? `killed by ${end}` : `exit code ${status}`, placeOf(last), words.join('\n')));
    });
  });
}

function placeOf({state, epoch, step, steps}: WorkerEvent): string {
  return epoch === undefined ? `while ${state ?? 'starting'}` : `in epoch ${epoch + 1}, about step ${step} of ${steps}`;
}

async function stopAll(running: ReadonlySet<ChildProcess>, ends: readonly Promise<void>[]): Promise<void> {
  const tell = (name: NodeJS.Signals) => running.forEach((child) => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // It has just ended.
    }
  });
  tell('SIGTERM');
  const force = setTimeout(() => tell('SIGKILL'), GRACE_MS);
  await Promise.all(ends);
  clearTimeout(force);
}

/** Free ports of this machine. */
export async function freePorts(count: number): Promise<number[]> {
  const listen = () => new Promise<Server>((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
  const servers = await Promise.all(Array.from({length: count}, listen));
  const ports = servers.map((server) => (server.address() as {port: number}).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
