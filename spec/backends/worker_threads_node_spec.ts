/** The addon with our ops, in worker threads that come and go. */
import {spawnSync} from 'node:child_process';

import * as tf from '@tensorflow/tfjs-core';

import {hasNativeOps} from '../../src/backends/tensorflow/native_ops';
import {backendNames} from '../support/backends';

const script = `
const {Worker, isMainThread} = require('node:worker_threads');
const work = \`
  const util = require('util');
  util.isNullOrUndefined ??= (x) => x == null;
  util.isArray ??= Array.isArray;
  const tf = require('@tensorflow/tfjs-node');
  const x = tf.ones([2, 3]);
  tf.backend().executeMultipleOutputs('ExplicitColumnSum', [], [x], 1)[0].dataSync();
\`;
const run = () => new Promise((done, fail) => new Worker(work, {eval: true}).on('error', fail).on('exit', done));
run().then(run).then(() => Promise.all([run(), run()])).then(() => console.log('all ended'));
`;

if (backendNames.includes('tensorflow')) {
  describe('native ops in worker threads [tensorflow]', () => {
    it('serve a second thread after the first has ended, and two at the same time', async () => {
      await tf.setBackend('tensorflow');
      if (!hasNativeOps()) pending('this tfjs-node was not set up by setup-node');
      const {stdout, status} = spawnSync(process.execPath, ['-e', script], {encoding: 'utf8'});
      expect(stdout).toContain('all ended');
      expect(status).toBe(0);
    }, 300_000);
  });
}
