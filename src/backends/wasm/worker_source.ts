/** Words of the board, the part of the shared memory through which threads hand each other work. */
export const board = {
  /** Number of the job << 8 | the next part that nobody took; 255 while a job is being written. */
  claim: 0,
  parts: 1,
  done: 2,
  /** Index of the kernel among the names that each worker got. */
  kernel: 3,
  /** How many arguments there are, the first 14 being the window if there is one. */
  args: 4,
  windowArgs: 5,
  scratch: 6,
  /** Bytes from one thread's scratch to the next one's. */
  stride: 7,
  sleepers: 8,
  ready: 9,
  failed: 10,
  /** A word for each part: 1 when it is done. */
  firstPart: 16,
  /** The unit where each part begins, and where the last one ends. */
  firstStart: 216,
};

/** More parts would not fit the word of claims. */
export const mostParts = board.firstStart - board.firstPart;
/** Where the arguments begin, as doubles, in bytes from the board. */
export const argsOffset = 4 * (board.firstStart + mostParts + 2);
const mostArgs = 40;
/** Floats that the board takes. */
export const boardSize = argsOffset / 4 + 2 * mostArgs;

/** Milliseconds for which a worker looks for work before it sleeps. */
const watch = 1;

/**
 * What a worker runs: a text, so that neither a bundler nor a server has to know another file. A part counts as taken once the
 * claim is exchanged; if nobody else took it meanwhile, the job is still the one whose arguments were read.
 */
export const workerSource = `'use strict';
onmessage = ({data: {module, memory, address, index, names}}) => {
  const run = new WebAssembly.Instance(module, {env: {memory}}).exports;
  const words = new Int32Array(memory.buffer, address, ${argsOffset / 4});
  const values = new Float64Array(memory.buffer, address + ${argsOffset}, ${mostArgs});
  let since = performance.now();
  Atomics.add(words, ${board.ready}, 1);
  for (;;) {
    const claim = Atomics.load(words, ${board.claim}), part = claim & 255, parts = Atomics.load(words, ${board.parts});
    if (part >= parts) {
      for (let i = 0; i < 200 && Atomics.load(words, ${board.claim}) === claim; i++);
      if (performance.now() - since > ${watch}) {
        Atomics.add(words, ${board.sleepers}, 1);
        Atomics.wait(words, ${board.claim}, claim);
        Atomics.sub(words, ${board.sleepers}, 1);
        since = performance.now();
      }
      continue;
    }
    const args = Array.from(values.subarray(0, words[${board.args}])), kernel = names[words[${board.kernel}]];
    const windowed = args.splice(0, words[${board.windowArgs}]), start = ${board.firstStart} + part;
    args.push((words[${board.scratch}] >>> 0) + index * words[${board.stride}], words[start], words[start + 1]);
    if (Atomics.compareExchange(words, ${board.claim}, claim, claim + 1) !== claim) continue;
    try {
      if (windowed.length) run.setWindow(...windowed);
      run[kernel](...args);
      Atomics.store(words, ${board.firstPart} + part, 1);
      Atomics.add(words, ${board.done}, 1);
    } catch {
      Atomics.store(words, ${board.failed}, 1);
    }
    since = performance.now();
  }
};
`;
