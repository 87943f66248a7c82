import {createRequire} from 'node:module';
import Jasmine from 'jasmine';
import {ROOT} from '../bootstrap/root.mjs';

/** @type {import('./processes.mjs').SpecOptions} */
const options = JSON.parse(process.argv[2] ?? '{}');
const load = createRequire(import.meta.url);
const {reset} = load('jasmine-core');
const {spec_dir, helpers, env} = load('../../spec/jasmine.json');

/**
 * Runs the specs of a file in an environment of its own, whose order depends on the seed and the file alone.
 * @param {string} file
 */
async function runFile(file) {
  reset();
  const runner = new Jasmine({projectBaseDir: ROOT});
  runner.exitOnCompletion = false;
  runner.loadConfig({spec_dir, helpers});
  runner.addSpecFile(file);
  runner.env.configure({...env, seed: options.seed}); // As text: '0123' is not 123.
  if (options['fail-fast']) runner.env.configure({stopSpecOnExpectationFailure: true, stopOnSpecFailure: true});
  runner.clearReporters();
  runner.addReporter(reporter);
  try {
    await runner.execute(undefined, options.filter);
  } catch (error) {
    send('notLoaded', error instanceof Error ? error.stack ?? error.message : String(error));
  }
  send('fileDone');
}

/** Hands on what the reporter of the whole run needs; values of expectations may not go through a channel. */
const reporter = {
  suiteStarted: (/** @type {any} */ {description}) => send('suiteStarted', {description}),
  suiteDone: (/** @type {any} */ {fullName, failedExpectations}) =>
    send('suiteDone', {fullName, failedExpectations: texts(failedExpectations)}),
  specDone: (/** @type {any} */ {fullName, status, duration, failedExpectations}) =>
    send('specDone', {fullName, status, duration, failedExpectations: texts(failedExpectations)}),
  jasmineDone: (/** @type {any} */ {incompleteCode, incompleteReason, failedExpectations}) =>
    send('jasmineDone', {incompleteCode, incompleteReason, failedExpectations: texts(failedExpectations)}),
};

/** @param {{message: string, stack?: string}[]} [expectations] */
function texts(expectations = []) {
  return expectations.map(({message, stack}) => ({message, stack}));
}

/**
 * @param {string} event
 * @param {unknown} [data]
 */
function send(event, data) {
  if (process.connected) process.send?.({event, data});
}

process.on('message', (/** @type {{file: string}} */ {file}) => void runFile(file));
// Backends keep timers and threads alive.
process.on('disconnect', () => process.exit());
send('ready');
