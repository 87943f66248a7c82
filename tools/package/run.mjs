import {spawn} from 'node:child_process';

/** @typedef {{name: string, state: 'passed' | 'FAILED', seconds: number, note: string}} Row */

/** What has been tried. @type {Row[]} */
export const rows = [];

/**
 * Does one thing, prints how it went, and goes on where it failed.
 * @param {string} name
 * @param {() => unknown} work what it returns is the note in the table
 */
export async function step(name, work) {
  const start = Date.now();
  /** @type {Row} */
  const row = {name, state: 'passed', seconds: 0, note: ''};
  try {
    row.note = String(await work() ?? '');
  } catch (error) {
    Object.assign(row, {state: 'FAILED', note: error instanceof Error ? error.message : String(error)});
  }
  row.seconds = Math.round((Date.now() - start) / 1000);
  rows.push(row);
  console.log(`${row.state.padEnd(6)}  ${name} (${row.seconds} s)${row.note && `: ${row.note}`}`);
  return row.state === 'passed';
}

/** The table at the end; a failure's note keeps to one line. */
export function table() {
  const wide = Math.min(50, Math.max(...rows.map(({name}) => name.length)));
  const lines = rows.map(({name, state, seconds, note}) =>
    `${name.padEnd(wide)}  ${state.padEnd(6)}  ${String(seconds).padStart(4)} s  ${note.split('\n')[0]}`.trimEnd().slice(0, 80));
  const failed = rows.filter(({state}) => state === 'FAILED').length;
  return ['', ...lines, '', `${rows.length - failed} of ${rows.length} passed`].join('\n');
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd: string, env?: NodeJS.ProcessEnv}} options
 * @returns {Promise<string>} what it printed
 */
export function run(command, args, {cwd, env = process.env}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {cwd, env, stdio: ['ignore', 'pipe', 'pipe']});
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', chunk => { stdout += chunk; });
    child.stderr.on('data', chunk => { stderr += chunk; });
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')}: exit code ${code}\n${stdout}\n${stderr}`));
    });
  });
}

/** @param {string} text */
export function lastLine(text) {
  return text.trim().split('\n').at(-1) ?? '';
}
