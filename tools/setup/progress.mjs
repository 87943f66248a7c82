/**
 * @typedef {object} Step
 * @property {(text: string) => void} update what the step is doing now
 * @property {(text?: string) => void} done ends the step well
 * @property {() => void} fail ends the step badly; the error itself is reported elsewhere
 *
 * @typedef {object} Progress
 * @property {(label: string) => Step} step
 * @property {(line: string) => void} log
 */

const REDRAW_MS = 200;
const PLAIN_LINE_MS = 10_000;

/**
 * Shows steps with their elapsed seconds: one line redrawn in place on a terminal, plain lines elsewhere.
 * @param {{isTTY?: boolean, columns?: number, write: (text: string) => unknown}} [stream]
 * @returns {Progress}
 */
export function createProgress(stream = process.stderr) {
  const log = (/** @type {string} */ line) => void stream.write(`${line}\n`);
  return {log, step: (label) => (stream.isTTY ? liveStep(stream, label) : plainStep(log, label))};
}

/**
 * For callers that want lines and nothing else.
 * @param {(line: string) => void} log
 * @returns {Progress}
 */
export function progressFromLog(log) {
  return {log, step: (label) => plainStep(log, label)};
}

/** @param {number} startedAt */
function seconds(startedAt) {
  return `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
}

/**
 * @param {{columns?: number, write: (text: string) => unknown}} stream
 * @param {string} label
 * @returns {Step}
 */
function liveStep(stream, label) {
  const startedAt = Date.now();
  let detail = '';
  const draw = () => {
    const line = `${label}${detail && `: ${detail}`} (${seconds(startedAt)})`;
    stream.write(`\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}`);
  };
  draw();
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  const end = (/** @type {string} */ text) => {
    clearInterval(timer);
    detail = text;
    draw();
    stream.write('\n');
  };
  return {update: (text) => { detail = text; }, done: (text = 'done') => end(text), fail: () => end('failed')};
}

/**
 * @param {(line: string) => void} log
 * @param {string} label
 * @returns {Step}
 */
function plainStep(log, label) {
  const startedAt = Date.now();
  let lastLineAt = startedAt;
  log(`${label} ...`);
  return {
    update(text) {
      if (Date.now() - lastLineAt < PLAIN_LINE_MS) return;
      lastLineAt = Date.now();
      log(`${label}: ${text} (${seconds(startedAt)})`);
    },
    done: (text = 'done') => log(`${label}: ${text} (${seconds(startedAt)})`),
    fail: () => log(`${label}: failed (${seconds(startedAt)})`),
  };
}
