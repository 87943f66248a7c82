import {spawn} from 'node:child_process';
import {createRequire} from 'node:module';
import path from 'node:path';
import {Command} from 'commander';
import {ROOT} from './bootstrap/root.mjs';
import {forgetSurvivors, statusesOf} from './mutation/memory.mjs';
import {LEAST_PERCENT_PLANTED, PLANTED_PARTS, measuredPlanted, plantAll} from './mutation/planted/run.mjs';
import {measured, tableOf, togetherOf, writeIntoPage} from './mutation/score.mjs';
import {SHARDS, shardNamed} from './mutation/shards.mjs';
import {wholeNumber} from './whole_number.mjs';

const LEAST_PERCENT = 90;

const program = new Command('npm run mutation --')
  .description('Changes the code of the ops, their backends, the geometry and the reference one piece at a time and checks ' +
    'that a spec notices. From scratch it takes an hour or more. A part that is done is remembered (.cache/mutation), so an ' +
    'interrupted run goes on where it was, and what was killed and did not change is not run again. Reports: out/mutation. ' +
    'The parts native and assembly plant the changes that tools/mutation/planted lists into the compiled kernels, one by one ' +
    'in a copy of the project, and compile each.')
  .addHelpText('after', '\nExamples:\n  npm run mutation -- geometry ops/relu\n  npm run mutation -- native assembly\n' +
    '  npm run mutation -- --table')
  .showHelpAfterError()
  .argument('[parts...]', `only these: ${[...SHARDS, ...PLANTED_PARTS].map(({name}) => name).join(', ')}`)
  .option('--force', 'forget what is remembered of these parts')
  .option('--endless', 'try again what came to no end, too, as on a machine that was busy')
  .option('--quick', 'leave out what runs while a module loads: a new process for each change')
  .option('--runs <n>', 'drawn configurations to a property', wholeNumber, 5)
  .option('--jobs <n>', 'processes', wholeNumber, 2)
  .option('--patience <n>', 'seconds beyond those that the specs take before a change counts as endless', wholeNumber, 20)
  .option('--table', 'only print the table of what is remembered')
  .option('--write', 'write the table into docs/mutation.md too; folders that were not run keep their rows');

/**
 * @typedef {object} Flags
 * @property {boolean} [force]
 * @property {boolean} [endless]
 * @property {boolean} [quick]
 * @property {number} runs
 * @property {number} jobs
 * @property {number} patience
 * @property {boolean} [write]
 * @property {boolean} [table]
 *
 * @param {import('./mutation/shards.mjs').Shard} shard
 * @param {Flags} flags
 */
async function mutate(shard, flags) {
  forgetSurvivors(shard, flags.force, flags.endless);
  if (!await stryker(shard, false, flags)) return false;
  return flags.quick || !statusesOf(shard).includes('Ignored') || stryker(shard, true, flags);
}

/**
 * @param {import('./mutation/shards.mjs').Shard} shard
 * @param {boolean} loading whether to change what runs while a module loads, too
 * @param {Flags} flags
 * @returns {Promise<boolean>} whether it came to its end
 */
function stryker(shard, loading, {runs, jobs, patience}) {
  const core = path.dirname(createRequire(import.meta.url).resolve('@stryker-mutator/core/package.json'));
  const args = [path.join(core, 'bin', 'stryker.js'), 'run', 'tools/mutation/stryker.config.mjs', '--concurrency', String(jobs)];
  const env = {
    ...process.env, MUTATION_SHARD: shard.name, MUTATION_STATIC: String(loading), SPEC_BACKENDS: shard.backends,
    SPEC_RUNS: String(runs), MUTATION_PATIENCE: String(patience), TF_CPP_MIN_LOG_LEVEL: '3',
  };
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, {cwd: ROOT, stdio: 'inherit', env}).on('error', reject)
      .on('close', (code) => resolve(code === 0));
  });
}

/** @returns {Promise<number>} the exit code */
async function main() {
  program.parse();
  const flags = /** @type {Flags} */ (program.opts());
  const parts = program.args.length > 0 ? program.args.map(partNamed) : [...SHARDS, ...PLANTED_PARTS];
  const unfinished = [];
  for (const [index, part] of flags.table ? [] : parts.entries()) {
    console.log(`\n${part.name} (${index + 1} of ${parts.length})`);
    if ('changes' in part) await plantAll(part, flags);
    else if (!await mutate(part, flags)) unfinished.push(part.name);
  }
  const planted = measuredPlanted();
  const rows = [...measured(SHARDS), ...planted];
  console.log(`\n${tableOf(rows)}\n\n${togetherOf(rows)}`);
  if (flags.write) console.log(`\nWrote ${writeIntoPage(measured(SHARDS), flags.runs)}`);
  if (unfinished.length > 0) console.error(`\nDid not come to an end: ${unfinished.join(', ')}.`);
  const low = rows.filter((row) => row.score < leastOf(row));
  for (const row of low) console.error(`\nBelow ${leastOf(row)} %: ${row.folder}.`);
  return unfinished.length + low.length > 0 ? 1 : 0;

  /** @param {import('./mutation/score.mjs').Row} row */
  function leastOf(row) {
    return planted.includes(row) ? LEAST_PERCENT_PLANTED : LEAST_PERCENT;
  }
}

/** @param {string} name */
function partNamed(name) {
  return PLANTED_PARTS.find((part) => part.name === name) ?? shardNamed(name);
}

main().then((code) => {
  process.exitCode = code;
}, (error) => {
  console.error(error.message);
  process.exitCode = 2;
});
