/**
 * Mutation testing of what computes: every operator, condition and number is changed in turn, and some spec has to
 * fail. Browser backends and AssemblyScript do not run here.
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  testRunner: 'jasmine',
  plugins: ['@stryker-mutator/jasmine-runner'],
  testRunnerNodeArgs: ['--import', 'tsx'],
  jasmineConfigFile: 'tools/mutation/jasmine.json',
  coverageAnalysis: 'perTest',
  mutate: [
    'src/ops/**/*.ts',
    'src/backends/**/*.ts',
    'src/geometry.ts',
    'src/reference/**/*.ts',
    '!src/**/index.ts',
    '!src/backends/wasm/assembly/**',
    '!src/backends/wasm/module_bytes.ts',
    '!src/backends/{webgl,webgpu}/**',
  ],
  ignorePatterns: ['/dist', '/docs', '/out', '/bench', '/examples', '/.cache', '/.scratch*', '/coverage'],
  incremental: true,
  incrementalFile: '.cache/mutation.json',
  tempDirName: '.cache/mutation',
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  htmlReporter: {fileName: 'out/mutation/index.html'},
  jsonReporter: {fileName: 'out/mutation/report.json'},
  clearTextReporter: {allowColor: false, logTests: false, reportTests: false},
  thresholds: {high: 95, low: 90, break: 90},
  concurrency: 2,
  timeoutMS: 20_000,
  dryRunTimeoutMinutes: 30,
  disableTypeChecks: 'src/{ops,reference,backends/{cpu,default,tensorflow},}/*.ts',
};
