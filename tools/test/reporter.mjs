const BACKEND = /\[(cpu|wasm|tensorflow|webgl|webgpu)\]/;
const SLOW_MS = 500;
const SLOWEST = 8;

/**
 * A Jasmine reporter: a line for each top-level suite, every failure with its full title and message, the slowest
 * specs, and how many specs ran on each backend.
 * @param {object} options
 * @param {(text: string) => unknown} options.write
 * @param {boolean} [options.live] redraw a line in place while a suite runs
 * @param {number} [options.columns]
 * @param {(counts: {passed: number, failed: number, skipped: number}) => unknown} [options.report] after each spec
 */
export function createReporter({write, live = false, columns = 80, report}) {
  const counts = {passed: 0, failed: 0, skipped: 0};
  const failures = /** @type {{title: string, messages: string[]}[]} */ ([]);
  const specs = /** @type {{title: string, duration: number}[]} */ ([]);
  const backends = /** @type {Map<string, {passed: number, failed: number, skipped: number}>} */ (new Map());
  const open = /** @type {ReturnType<typeof newSuite>[]} */ ([]);

  const line = (/** @type {string} */ text) => write(`${live ? '\r\x1b[K' : ''}${text}\n`);
  const fail = (/** @type {string} */ title, /** @type {any[]} */ expectations) => {
    failures.push({title, messages: expectations.map(describeFailure)});
    counts.failed += 1;
  };

  return {
    counts,

    /** @param {{description: string}} suite */
    suiteStarted(suite) {
      open.push(newSuite(suite.description));
    },

    /** @param {{fullName: string, status: string, failedExpectations: any[], duration?: number | null}} spec */
    specDone(spec) {
      if (spec.status === 'excluded') return;
      const kind = spec.status === 'passed' ? 'passed' : spec.status === 'pending' ? 'skipped' : 'failed';
      if (kind === 'failed') fail(spec.fullName, spec.failedExpectations);
      else counts[kind] += 1;
      const backend = BACKEND.exec(spec.fullName)?.[1] ?? 'none';
      const ofBackend = backends.get(backend) ?? {passed: 0, failed: 0, skipped: 0};
      backends.set(backend, ofBackend);
      ofBackend[kind] += 1;
      if (open[0]) open[0][kind] += 1;
      if (kind !== 'skipped') specs.push({title: spec.fullName, duration: spec.duration ?? 0});
      if (live && open[0]) write(`\r\x1b[K${suiteLine(open[0], '...').slice(0, columns - 1)}`);
      report?.(counts);
    },

    /** @param {{fullName: string, failedExpectations?: any[]}} suite */
    suiteDone(suite) {
      if (suite.failedExpectations?.length) {
        fail(`${suite.fullName} (around its specs)`, suite.failedExpectations);
        if (open[0]) open[0].failed += 1;
      }
      const ended = open.pop();
      if (!ended || open.length > 0 || ended.passed + ended.failed + ended.skipped === 0) return;
      line(suiteLine(ended, ended.failed > 0 ? 'FAIL' : ended.passed > 0 ? 'ok' : 'skip'));
    },

    /** @param {any} done */
    jasmineDone(done) {
      if (done.failedExpectations?.length) fail('while loading the specs', done.failedExpectations);
      if (done.overallStatus === 'incomplete') {
        fail('the run as a whole', [{message: `Incomplete: ${done.incompleteReason}.`}]);
      }
      failures.forEach((failure, index) => line(`\n${index + 1}) ${failure.title}\n${failure.messages.join('\n')}`));
      for (const text of slowest(specs)) line(text);
      line(`\n${(done.totalTime / 1000).toFixed(1)} s${done.order?.random ? `, order --seed ${done.order.seed}` : ''}`);
      for (const [name, {passed, failed, skipped}] of [...backends].sort(([a], [b]) => a.localeCompare(b))) {
        line(`  ${(name === 'none' ? 'no backend' : name).padEnd(11)} ${passed} passed, ${failed} failed, ${skipped} skipped`);
      }
    },

    /**
     * The specs could not be run, or not to their end: what failed by then is told.
     * @param {unknown} error
     */
    crashed(error) {
      failures.forEach((failure, index) => line(`\n${index + 1}) ${failure.title}\n${failure.messages.join('\n')}`));
      line(`\n${error instanceof Error ? error.stack : error}`);
      counts.failed += 1;
    },
  };
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
