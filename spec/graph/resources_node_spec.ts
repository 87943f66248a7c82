/** What a graph holds: memory, temporary files, TensorFlow's sessions; and where it does not pay. */
import {spawnSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

import * as tf from '@tensorflow/tfjs-core';

import {graphFunction, models} from '../../src';
import {graphBackend} from '../../src/tfjs_private';
import {backendNames} from '../support/backends';
import {batch, smallNet} from './support/twins';

/** Resident memory in MiB, JavaScript's garbage taken out first. */
function resident(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().rss / 2 ** 20;
}

const folders = () => readdirSync(tmpdir()).filter(name => name.startsWith('tfjs-explicit-layers-graph-'));

if (backendNames.includes('tensorflow')) {
  describe('What steps as graphs hold [tensorflow]', () => {
    beforeAll(() => tf.setBackend('tensorflow'));

    // Outside the scope of the others: tfjs keeps a record there of each tensor that was made in it, disposed ones too.
    it('5,000 steps leave nothing: no tensor, no memory', async () => {
      const net = models.runAsGraph(smallNet());
      const [x, y] = batch(16, 1);
      const step = async (count: number) => {
        for (let i = 0; i < count; ++i) await net.trainOnBatch(x, y);
      };
      await step(1500);
      const tensors = tf.memory();
      // The allocator takes and gives in jumps, which a leak does not: the median of ten parts tells them apart.
      const growths: number[] = [];
      for (let part = 0; part < 10; ++part) {
        const before = resident();
        await step(500);
        growths.push(resident() - before);
      }
      expect(tf.memory().numTensors).toBe(tensors.numTensors);
      expect(tf.memory().numDataBuffers).toBe(tensors.numDataBuffers);
      expect(growths.sort((a, b) => a - b)[5]!).withContext('MiB in 500 steps').toBeLessThan(2);
      expect(models.graphReport(net).steps[0]!.runsAs).toBe('graph');
      models.runAsGraph(net, false);
      net.dispose();
      tf.dispose([x, y]);
    }, 300_000);
  });

  describe('What graphs hold [tensorflow]', () => {
    const sessions = () => (graphBackend()!.binding as unknown as {getNumOfSavedModels(): number}).getNumOfSavedModels();

    beforeAll(() => tf.setBackend('tensorflow'));
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    it('no folder is left, and sessions go with their function', () => {
      const [before, files] = [sessions(), folders().length];
      const g = graphFunction((x: tf.Tensor) => tf.square(x));
      for (let n = 1; n <= 20; ++n) {
        for (let i = 0; i < 3; ++i) g(tf.ones([n])).dispose();
      }
      expect(sessions() - before).toBe(16);
      expect(folders().length).toBe(files);
      g.dispose();
      expect(sessions()).toBe(before);
    });

    it('a graph that is slower than the step op by op is dropped', () => {
      const before = sessions();
      const backend = graphBackend()!;
      const {binding} = backend;
      const slow = Object.create(binding, {
        runSavedModel: {value: (...args: Parameters<typeof binding.runSavedModel>) => {
          const end = performance.now() + 20;
          while (performance.now() < end);
          return binding.runSavedModel(...args);
        }},
      }) as typeof binding;
      backend.binding = slow;
      try {
        const g = graphFunction((x: tf.Tensor) => tf.square(x));
        for (let i = 0; i < 20; ++i) expect(g(tf.scalar(i)).dataSync()[0]).toBe(i * i);
        expect(g.report().steps[0]!.runsAs).toBe('eager');
        expect(g.report().steps[0]!.reason).toMatch(/^the graph was slower: \d+\.\d ms, op by op \d+\.\d ms$/);
        expect(sessions()).toBe(before);
      } finally {
        backend.binding = binding;
      }
    });

    it('graphs run in worker threads, at the same time too, and after one has ended', () => {
      const work = `
        const {graphFunction} = require('tfjs-explicit-layers');
        require('tfjs-explicit-layers/node');
        const tf = require('@tensorflow/tfjs-node');
        const v = tf.variable(tf.ones([2]));
        const g = graphFunction(x => (v.assign(tf.add(v, x)), tf.sum(v)));
        let sum;
        for (let i = 0; i < 50; ++i) sum = g(tf.ones([2])).dataSync()[0];
        if (sum !== 102 || g.report().steps[0].runsAs !== 'graph') throw new Error(sum + String(g.report()));`;
      const script = `
        const {Worker} = require('node:worker_threads');
        const work = ${JSON.stringify(work)};
        const run = () => new Promise((done, fail) => new Worker(work, {eval: true}).on('error', fail).on('exit', done));
        run().then(run).then(() => Promise.all([run(), run()])).then(() => console.log('all ended'));`;
      const {stdout, stderr, status} = spawnSync(process.execPath, ['-e', script], {encoding: 'utf8'});
      expect(stdout).withContext(stderr).toContain('all ended');
      expect(status).toBe(0);
    }, 300_000);
  });
}
