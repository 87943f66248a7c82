import {argsOffset, board, mostParts, workerSource} from './worker_source';

/** What a pool needs of a worker of a page, or of what stands for one. */
export interface PoolWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  onerror: ((event: {message?: string, preventDefault?(): void}) => void) | null;
}

/** A kernel on units from 0 to `units`. */
export interface Job {
  kernel: string;
  /** The window's numbers, if the kernel has one. */
  window: readonly number[];
  args: readonly number[];
  units: number;
  /** Address of the scratch of the first thread, and bytes from each thread's to the next one's. */
  scratch: number;
  stride: number;
}

type Run = (from: number, to: number) => void;

/** Milliseconds without any progress after which a worker counts as dead. */
const patience = 2000;
/** Milliseconds of jobs without any worker's help after which there are none left; a job counts for this many at most. */
const mostAlone = 500, mostOfJob = 25;
/** Parts for each thread: several, so that a slow thread leaves some to the others. */
const partsPerThread = 4;

/**
 * Threads that share kernels' work on one memory. Whoever is free takes the next part of a job; the thread that calls
 * takes parts as well, and at the end it does again what a worker took and did not finish. So nobody waits for a worker
 * that does not come, and a page's main thread never sleeps: it looks at a word, for a bounded time.
 */
export class Threads {
  private readonly words: Int32Array;
  private readonly values: Float64Array;
  private readonly workers: PoolWorker[] = [];
  private jobs = 0;
  /** Milliseconds of jobs since a worker last took a part. */
  private alone = 0;
  /** Why there is one thread only; '' while the pool works. */
  reason = '';

  /**
   * @param address Of `boardSize` floats that belong to the pool.
   * @param count Threads, with the one that calls.
   */
  constructor(
      memory: WebAssembly.Memory, address: number, readonly count: number,
      module: WebAssembly.Module, private readonly names: readonly string[],
      spawn: (source: string) => PoolWorker = spawnInPage) {
    this.words = new Int32Array(memory.buffer, address, argsOffset / 4);
    this.words.fill(0);
    Atomics.store(this.words, board.claim, 255);
    this.values = new Float64Array(memory.buffer, address + argsOffset, 40);
    try {
      for (let index = 1; index < count; index++) {
        const worker = spawn(workerSource);
        this.workers.push(worker);
        worker.onerror = event => {
          event.preventDefault?.();
          const cause = event.message ? `: ${event.message}` : ', or the page does not allow workers from blob: URLs';
          this.end(`a worker failed${cause}`);
        };
        worker.postMessage({module, memory, address, index, names});
      }
    } catch (error) {
      this.end(`no worker starts: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Whether all workers wait for work. */
  get isReady(): boolean {
    return this.reason === '' && Atomics.load(this.words, board.ready) === this.count - 1;
  }

  /** Ends the workers; from now on there is one thread. */
  end(reason: string): void {
    if (this.reason) return;
    this.reason = reason;
    for (const worker of this.workers) void worker.terminate();
  }

  /** Does a job together; `run` is how this thread does units of it. */
  run(job: Job, run: Run): void {
    const starts = startsOf(job.units, Math.min(job.units, this.count * partsPerThread, mostParts));
    const parts = starts.length - 1;
    this.publish(job, starts);
    const begin = performance.now();
    let failure: unknown;
    let longest = 0, own = 0;
    for (let part = this.claim(parts); part >= 0; part = this.claim(parts)) {
      const start = performance.now();
      try {
        run(starts[part]!, starts[part + 1]!);
      } catch (error) {
        failure ??= error;
      }
      longest = Math.max(longest, performance.now() - start);
      own++;
      Atomics.store(this.words, board.firstPart + part, 1);
      Atomics.add(this.words, board.done, 1);
    }
    if (!this.awaitWorkers(parts, Math.max(patience, 20 * longest))) {
      for (let part = 0; part < parts; part++) {
        if (Atomics.load(this.words, board.firstPart + part) === 0) run(starts[part]!, starts[part + 1]!);
      }
    }
    this.alone = own < parts ? 0 : this.alone + Math.min(performance.now() - begin, mostOfJob);
    if (this.alone > mostAlone) this.end('no worker takes work any more');
    if (failure !== undefined) throw failure;
  }

  private publish({kernel, window, args, scratch, stride}: Job, starts: readonly number[]): void {
    const {words} = this;
    const parts = starts.length - 1;
    this.jobs = (this.jobs + 1) & 0x7fffff;
    Atomics.store(words, board.claim, this.jobs << 8 | 255);
    const known = this.names.indexOf(kernel);
    if (known < 0) throw new Error(`No kernel of threads is called ${kernel}. Add it to the table of their names.`);
    words[board.kernel] = known;
    words[board.args] = window.length + args.length;
    words[board.windowArgs] = window.length;
    words[board.scratch] = scratch;
    words[board.stride] = stride;
    words.fill(0, board.firstPart, board.firstPart + parts);
    words.set(starts, board.firstStart);
    this.values.set(window);
    this.values.set(args, window.length);
    Atomics.store(words, board.done, 0);
    Atomics.store(words, board.parts, parts);
    Atomics.store(words, board.claim, this.jobs << 8);
    if (Atomics.load(words, board.sleepers) > 0) Atomics.notify(words, board.claim);
  }

  /** The next part that nobody took; -1 when there is none. */
  private claim(parts: number): number {
    for (;;) {
      const claim = Atomics.load(this.words, board.claim);
      if ((claim & 255) >= parts) return -1;
      if (Atomics.compareExchange(this.words, board.claim, claim, claim + 1) === claim) return claim & 255;
    }
  }

  /** Whether all parts were done; ends the pool if a worker failed or made no progress in `bound` milliseconds. */
  private awaitWorkers(parts: number, bound: number): boolean {
    let done = -1, waited = 0, last = performance.now();
    for (;;) {
      for (let i = 0; i < 100; i++) {
        if (Atomics.load(this.words, board.done) === parts) return true;
      }
      if (Atomics.load(this.words, board.failed) !== 0) {
        this.end('a kernel failed in a worker');
        return false;
      }
      const now = performance.now(), before = done;
      done = Atomics.load(this.words, board.done);
      // A machine that slept does not count as a worker that did.
      waited = done === before ? waited + Math.min(now - last, 20) : 0;
      last = now;
      if (waited > bound) {
        this.end('a worker did not finish its part');
        return false;
      }
    }
  }
}

/** Where parts of so many units begin, and the last one ends. They get smaller, so that threads end together. */
function startsOf(units: number, parts: number): number[] {
  const starts = Array.from({length: parts + 1}, (_, part) => Math.floor(units * (1 - (1 - part / parts) ** 2)));
  return [...new Set(starts)];
}

/** A worker of a page, from a text. */
function spawnInPage(source: string): PoolWorker {
  const url = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
  try {
    return new Worker(url, {name: 'tfjs-explicit-layers'}) as PoolWorker;
  } finally {
    // The worker's script is fetched after this function returns.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }
}
