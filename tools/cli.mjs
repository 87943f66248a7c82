#!/usr/bin/env node
import {readFileSync, readdirSync} from 'node:fs';

/** Exit codes: 0 success, 1 the command found or met a problem, 2 the command line is not understood. */
const USAGE_ERROR = 2;

/**
 * Every file of commands/ is a subcommand: its default export adds itself to the program. To keep the start quick
 * and every command usable where another one's packages are missing, a file imports what is heavy in its action.
 */
async function main() {
  const {Command, CommanderError} = await import('commander').catch(() => {
    throw new Error('The package commander is missing: run npm install in the folder of tfjs-explicit-layers.');
  });
  const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const program = new Command('tfjs-explicit-layers')
    .description('Tools of tfjs-explicit-layers: layers for TensorFlow.js with explicit backward passes.')
    .version(version)
    .showHelpAfterError()
    .addHelpText('after', '\nExamples:\n  npx tfjs-explicit-layers doctor\n  npx tfjs-explicit-layers describe --help')
    .exitOverride();
  const folder = new URL('commands/', import.meta.url);
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.mjs')).sort()) {
    const {default: addTo} = await import(new URL(name, folder).href);
    addTo(program);
  }
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
  }
}

/**
 * A message whose lines break between words where a terminal would break them inside one.
 * @param {string} text
 */
function wrapped(text) {
  const {isTTY, columns} = process.stderr;
  if (!isTTY) return text;
  const piece = new RegExp(`(.{1,${columns - 1}})(?: +|$)`, 'g');
  return text.split('\n').map((line) => line.replace(piece, '$1\n').trimEnd()).join('\n');
}

main().catch((error) => {
  console.error(wrapped(String(error instanceof Error ? error.message : error)));
  process.exitCode = 1;
});
