import {spawn} from 'node:child_process';
import {createRequire} from 'node:module';
import path from 'node:path';
import {parseArgs} from 'node:util';
import {ROOT} from './bootstrap/root.mjs';

const HELP = `npm run mutation -- [flags] [files to mutate]

Changes the code of the ops, their backends, the geometry and the reference bit by
bit and looks whether some spec notices. It takes an hour or more from scratch; what
did not change since the last run is remembered (.cache/mutation.json).

  --force        forget what is remembered
  --runs N       drawn configurations to a property (10)
  --jobs N       processes (2)
  --help         this text

Example: npm run mutation -- src/geometry.ts
Report: out/mutation/index.html. What survives is explained in docs/mutation.md.`;

const FLAGS = /** @type {const} */ ({
  force: {type: 'boolean'},
  runs: {type: 'string', default: '10'},
  jobs: {type: 'string', default: '2'},
  help: {type: 'boolean', short: 'h'},
});

/** @returns {Promise<number>} the exit code */
async function main() {
  const flags = readFlags();
  if (!flags) return 2;
  const {values, positionals} = flags;
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const stryker = path.join(
    path.dirname(createRequire(import.meta.url).resolve('@stryker-mutator/core/package.json')), 'bin', 'stryker.js');
  const args = ['run', 'tools/mutation/stryker.config.mjs', '--concurrency', values.jobs,
    ...(values.force ? ['--force'] : []), ...(positionals.length > 0 ? ['--mutate', positionals.join(',')] : [])];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [stryker, ...args], {
      cwd: ROOT, stdio: 'inherit', env: {...process.env, SPEC_RUNS: values.runs, TF_CPP_MIN_LOG_LEVEL: '3'},
    });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function readFlags() {
  try {
    const flags = parseArgs({options: FLAGS, allowPositionals: true});
    for (const name of /** @type {const} */ (['runs', 'jobs'])) {
      if (!/^[1-9]\d*$/.test(flags.values[name])) throw new Error(`--${name} must be a whole number of at least 1.`);
    }
    return flags;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return null;
  }
}

process.exitCode = await main();
