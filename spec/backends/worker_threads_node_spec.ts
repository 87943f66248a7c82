/** The addon with our ops, in worker threads that come and go. */
import {spawnSync} from 'node:child_process';

import {backendNames} from '../support/backends';

const script = `
const {Worker, isMainThread} = require('node:worker_threads');
const work = \`
  for (const name of ['isNullOrUndefined', 'isArray']) require('util')[name] ??= (x) => name === 'isArray' ? Array.isArray(x) : x == null;
  const tf = require('@tensorflow/tfjs-node');
  const x = tf.ones([2, 3]);
  tf.backend().executeMultipleOutputs('ExplicitColumnSum', [], [x], 1)[0].dataSync();
\`;
const run = () => new Promise((done, fail) => new Worker(work, {eval: true}).on('error', fail).on('exit', done));
run().then(run).then(() => console.log('both ended'));
`;

if (backendNames.includes('tensorflow')) {
  describe('native ops in worker threads [tensorflow]', () => {
    it('serve a second thread after the first has ended', () => {
      const {stdout, status} = spawnSync(process.execPath, ['-e', script], {encoding: 'utf8'});
      expect(stdout).toContain('both ended');
      expect(status).toBe(0);
    }, 300_000);
  });
}
