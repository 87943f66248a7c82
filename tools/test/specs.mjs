import Jasmine from 'jasmine';
import {ROOT} from '../bootstrap/root.mjs';
import {createReporter} from './reporter.mjs';

/** @type {import('./suite.mjs').SuiteOptions} */
const options = JSON.parse(process.argv[2] ?? '{}');

const runner = new Jasmine({projectBaseDir: ROOT});
runner.exitOnCompletion = false;
await runner.loadConfigFile('spec/jasmine.json');
if (options['fail-fast']) runner.env.configure({stopSpecOnExpectationFailure: true, stopOnSpecFailure: true});
if (options.seed !== undefined) runner.env.configure({seed: options.seed}); // As text: '0123' is not 123.

const reporter = createReporter({
  write: (text) => process.stdout.write(text),
  live: process.stdout.isTTY,
  columns: process.stdout.columns,
  report: (counts) => process.send?.(counts),
});
runner.clearReporters();
runner.addReporter(reporter);

try {
  await runner.execute(options.files?.length ? options.files : undefined, options.filter);
} catch (error) {
  reporter.crashed(error);
}
// Backends keep timers and threads alive; the counts must be out before the process is gone.
const exitCode = reporter.counts.failed > 0 ? 1 : 0;
if (process.send) process.send({...reporter.counts, finished: true}, () => process.exit(exitCode));
else process.exit(exitCode);
