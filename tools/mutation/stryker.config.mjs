import {memoryOf} from './memory.mjs';
import {shardNamed} from './shards.mjs';

const shard = shardNamed(process.env.MUTATION_SHARD ?? '');

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'jasmine',
  plugins: ['@stryker-mutator/jasmine-runner'],
  testRunnerNodeArgs: ['--import', 'tsx'],
  jasmineConfigFile: 'tools/mutation/jasmine.mjs',
  coverageAnalysis: 'perTest',
  mutate: shard.mutate,
  ignorePatterns: ['/dist', '/docs', '/out', '/bench', '/examples', '/.cache', '/.scratch*', '/coverage'],
  // What runs while a module loads takes a new process for each change: first all that does not need one.
  ignoreStatic: process.env.MUTATION_STATIC !== 'true',
  incremental: true,
  incrementalFile: memoryOf(shard),
  tempDirName: '.cache/mutation/sandbox',
  reporters: ['progress-append-only', 'clear-text', 'html'],
  htmlReporter: {fileName: `out/mutation/${shard.name}.html`},
  clearTextReporter: {allowColor: false, logTests: false, reportTests: false, reportScoreTable: false},
  timeoutMS: Number(process.env.MUTATION_PATIENCE) * 1000,
  dryRunTimeoutMinutes: 30,
  disableTypeChecks: false,
};
