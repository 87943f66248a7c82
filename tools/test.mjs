import {parseArgs} from 'node:util';
import {ensureBuilt, ensureDependencies, ensureTfjsNode} from './bootstrap.mjs';
import {BootstrapError} from './bootstrap/npm.mjs';
import {SetupError, explain} from './setup_node.mjs';

const HELP = `npm test -- [flags] [spec files]

Installs what is missing, then runs the specs on every backend available.

  --quick          what to run before a commit, about two minutes on two cores:
                   each op's and layer's specs, some of every other folder
  --filter TEXT    only specs whose full title matches this regular expression
  --seed N         repeat the order of an earlier run, within each file
  --jobs N         number of processes; by default one per core, at most 4
  --fail-fast      stop at the first failure
  --coverage       print which lines of src/ the specs reach
  --no-build       leave dist/ as it is
  --help           show this text

Examples:
  npm test
  npm test -- --quick
  npm test -- --filter 'conv2d.*padding' spec/ops/conv2d_spec.ts`;

const FLAGS = /** @type {const} */ ({
  quick: {type: 'boolean'},
  filter: {type: 'string'},
  seed: {type: 'string'},
  jobs: {type: 'string'},
  'fail-fast': {type: 'boolean'},
  coverage: {type: 'boolean'},
  'no-build': {type: 'boolean'},
  help: {type: 'boolean', short: 'h'},
});

/**
 * @returns {Promise<number>} the exit code
 */
async function main() {
  const options = readFlags();
  if (!options) return 2;
  if (options.values.help) {
    console.log(HELP);
    return 0;
  }
  const problems = [];
  await ensureDependencies();
  await ensureTfjsNode();
  if (!options.values['no-build']) {
    await ensureBuilt().catch((error) => {
      if (!(error instanceof BootstrapError)) throw error;
      console.error(error.message);
      problems.push('build');
    });
  }
  const {runSuite} = await import('./test/suite.mjs');  // needs what was installed just now
  const counts = await runSuite({...options.values, jobs: options.jobs, files: options.positionals});
  if (problems.length > 0) console.log('The build failed (see above); it counts as one failure.');
  if (counts.passed + counts.failed === 0) console.log('No spec ran: nothing was tested.');
  const failed = counts.failed + problems.length;
  console.log(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);
  return failed > 0 || counts.passed === 0 ? 1 : 0;
}

function readFlags() {
  try {
    const {values, positionals} = parseArgs({options: FLAGS, allowPositionals: true});
    if (values.filter !== undefined) new RegExp(values.filter);
    return {values, positionals, jobs: readJobs(values.jobs)};
  } catch (error) {
    console.error(`${String(error instanceof Error ? error.message : error).replace(/\. To specify a positional.*/s, '.')}\n\n${HELP}`);
    return null;
  }
}

/** @param {string | undefined} text */
function readJobs(text) {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--jobs must be a whole number of at least 1, as in --jobs 2. Got ${JSON.stringify(text)}.`);
}

process.exitCode = 1; // Should nothing be left to wait for before the end.
main().then((code) => {
  process.exitCode = code;
}, (error) => {
  const known = error instanceof SetupError ? explain(error) : error instanceof BootstrapError ? error.message : error;
  console.error(known);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
});
