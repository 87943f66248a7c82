import {nameOf} from './files.mjs';

const BACKEND = /\[(cpu|wasm|tensorflow|webgl|webgpu)\]/;
const SLOW_MS = 500;
const SLOWEST = 8;

/**
 * Tells of specs that run in several processes: a line for each top-level suite, every failure with its full title and
 * message, the slowest specs, and how many specs ran on each backend.
 * @param {object} options
 * @param {(text: string) => unknown} options.write
 * @param {boolean} [options.live] redraw a line in place while a suite runs
 * @param {number} [options.columns]
 */
export function createReporter({write, live = false, columns = 80}) {
  const counts = {passed: 0, failed: 0, skipped: 0};
  const failures = /** @type {{title: string, messages: string[]}[]} */ ([]);
  const specs = /** @type {{title: string, duration: number}[]} */ ([]);
  const backends = /** @type {Map<string, {passed: number, failed: number, skipped: number}>} */ (new Map());

  const line = (/** @type {string} */ text) => write(`${live ? '\r\x1b[K' : ''}${text}\n`);
  const addFailure = (/** @type {string} */ title, /** @type {any[]} */ expectations) => {
    failures.push({title, messages: expectations.map(describeFailure)});
    counts.failed += 1;
  };
  const fail = (/** @type {string} */ title, /** @type {string} */ message) => addFailure(title, [{message}]);

  return {
    counts,

    /** One failure besides the specs'. */
    fail,

    /**
     * A process is gone that should not be.
     * @param {string} how
     */
    crashed: (how) => fail('the run as a whole', unfinished(how)),

    /**
     * A Jasmine reporter for the specs of a file; those of several files may run at the same time.
     * @param {string} file
     */
    ofFile(file) {
      const open = /** @type {ReturnType<typeof newSuite>[]} */ ([]);
      const close = (/** @type {ReturnType<typeof newSuite>} */ ended) => {
        if (ended.passed + ended.failed + ended.skipped === 0) return;
        line(suiteLine(ended, ended.failed > 0 ? 'FAIL' : ended.passed > 0 ? 'ok' : 'skip'));
      };
      return {
        /** @param {{description: string}} suite */
        suiteStarted(suite) {
          open.push(newSuite(suite.description));
        },

        /** @param {{fullName: string, status: string, failedExpectations: any[], duration?: number | null}} spec */
        specDone(spec) {
          if (spec.status === 'excluded') return;
          const kind = spec.status === 'passed' ? 'passed' : spec.status === 'pending' ? 'skipped' : 'failed';
          if (kind === 'failed') addFailure(spec.fullName, spec.failedExpectations);
          else counts[kind] += 1;
          const backend = BACKEND.exec(spec.fullName)?.[1] ?? 'none';
          const ofBackend = backends.get(backend) ?? {passed: 0, failed: 0, skipped: 0};
          backends.set(backend, ofBackend);
          ofBackend[kind] += 1;
          if (open[0]) open[0][kind] += 1;
          if (kind !== 'skipped') specs.push({title: spec.fullName, duration: spec.duration ?? 0});
          if (live && open[0]) write(`\r\x1b[K${suiteLine(open[0], '...').slice(0, columns - 1)}`);
        },

        /** @param {{fullName: string, failedExpectations?: any[]}} suite */
        suiteDone(suite) {
          if (suite.failedExpectations?.length) {
            addFailure(`${suite.fullName} (around its specs)`, suite.failedExpectations);
            if (open[0]) open[0].failed += 1;
          }
          const ended = open.pop();
          if (ended && open.length === 0) close(ended);
        },

        /** @param {{failedExpectations?: any[], incompleteCode?: string, incompleteReason?: string}} done */
        jasmineDone({failedExpectations, incompleteCode, incompleteReason}) {
          if (failedExpectations?.length) addFailure(`${nameOf(file)} (around its suites)`, failedExpectations);
          // On some backends a file may have nothing to say.
          if (incompleteCode && incompleteCode !== 'noSpecsFound') {
            fail(nameOf(file), `Incomplete: ${incompleteReason}.`);
          }
        },

        /**
         * The specs could not even be run.
         * @param {string} message
         */
        notLoaded: (message) => fail(`${nameOf(file)} (while loading)`, message),

        /**
         * The process is gone.
         * @param {string} how
         */
        crashed(how) {
          fail(nameOf(file), unfinished(how));
          if (!open[0]) return;
          open[0].failed += 1;
          close(open[0]);
        },
      };
    },

    /**
     * After all files.
     * @param {{seconds: number, seed: string}} run
     */
    end({seconds, seed}) {
      failures.forEach((failure, index) => line(`\n${index + 1}) ${failure.title}\n${failure.messages.join('\n')}`));
      for (const text of slowest(specs)) line(text);
      line(`\n${seconds.toFixed(1)} s, order --seed ${seed}`);
      for (const [name, {passed, failed, skipped}] of [...backends].sort(([a], [b]) => a.localeCompare(b))) {
        line(`  ${(name === 'none' ? 'no backend' : name).padEnd(11)} ${passed} passed, ${failed} failed, ${skipped} skipped`);
      }
    },
  };
}

/** @param {string} how */
function unfinished(how) {
  return `The run did not come to its end (${how}): it counts as one failure.`;
}

/** @param {string} title */
function newSuite(title) {
  return {title, passed: 0, failed: 0, skipped: 0, startedAt: Date.now()};
}

/**
 * @param {ReturnType<typeof newSuite>} suite
 * @param {string} state
 */
function suiteLine({title, passed, failed, skipped, startedAt}, state) {
  const parts = [`${passed} passed`];
  if (failed) parts.push(`${failed} failed`);
  if (skipped) parts.push(`${skipped} skipped`);
  return `${state.padEnd(4)} ${title}: ${parts.join(', ')} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`;
}

/** @param {{message: string, stack?: string}} expectation */
function describeFailure({message, stack}) {
  const ours = (stack ?? '').split('\n').filter((text) => /^\s*at /.test(text) && !/node_modules|node:|<Jasmine>|tfjs-[a-z-]+\/src/.test(text));
  return [message, ...ours.slice(0, 4)].join('\n').split('\n').map((text) => `   ${text}`).join('\n');
}

/** @param {{title: string, duration: number}[]} specs */
function slowest(specs) {
  const slow = specs.filter(({duration}) => duration >= SLOW_MS).sort((a, b) => b.duration - a.duration);
  if (slow.length === 0) return [];
  return ['\nSlowest:', ...slow.slice(0, SLOWEST)
    .map(({title, duration}) => `  ${(duration / 1000).toFixed(1)} s  ${title}`)];
}
