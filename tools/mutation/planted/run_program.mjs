import {spawn} from 'node:child_process';

/**
 * Runs a program to its end, its output kept; rejects where it fails.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export async function runProgram(command, args, options) {
  const {code, output} = await outcomeOf(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')} ... failed:\n${output.slice(-3000)}`);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<{code: number | null, output: string}>} a code of null where it was killed
 */
export function outcomeOf(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {...options, stdio: ['ignore', 'pipe', 'pipe']});
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (/** @type {Buffer} */ data) => { output += data; });
    child.on('error', reject).on('close', (code) => resolve({code, output}));
  });
}
