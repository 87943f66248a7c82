import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

import {losses, models} from '../../src';
import {Unavailable} from '../../bench/cases/case';
import {disposeNet} from '../../bench/cases/nets';
import {WrongResult} from '../../bench/compare';
import {readTask, writeTask} from '../../bench/peers/exchange';
import {findPackage, findPython} from '../../bench/peers/find';
import {permuted} from '../../bench/peers/onnx.mjs';
import {lossOf, readTaskFiles} from '../../bench/peers/read_task.mjs';
import {runPeer} from '../../bench/peers/run_process';
import {backendNames} from '../support/backends';

describe('bench: other libraries', () => {
  beforeAll(() => tf.setBackend(backendNames[0]!));

  it('get the net and the batch through files, to the last bit', () => {
    const {folder, remove} = writeTask({batchNorm: true, warmUp: 1, steps: 2}, 2);
    const [first, second] = [readTask(folder), readTask(folder)];
    remove();
    expect(first.task).toEqual(jasmine.objectContaining({batchNorm: true, warmUp: 1, steps: 2}));
    expect(first.batch.x.shape).toEqual([2, 32, 32, 3]);
    expect(first.batch.y.dataSync()).toEqual(second.batch.y.dataSync());
    const [a, b] = [first, second].map(({net}) => net.getWeights().map((weight) => weight.dataSync()));
    expect(a!.length).toBe(16);
    expect(a).toEqual(b);
    for (const {net, batch} of [first, second]) {
      disposeNet(net);
      tf.dispose([batch.x, batch.y]);
    }
  });

  it('without tfjs read the same, and order it and take its loss as tfjs does', () => {
    const {folder, remove} = writeTask({batchNorm: false, forward: true, warmUp: 1, steps: 2}, 2);
    const {task, net, batch} = readTask(folder);
    const {arrays: [images, labels, ...weights]} = readTaskFiles(folder);
    remove();
    expect(task.forward).toBeTrue();
    expect(weights.map(({shape}) => shape)).toEqual(net.getWeights().map(({shape}) => shape));
    expect(permuted(images!, [0, 3, 1, 2]).data).toEqual(tf.transpose(batch.x, [0, 3, 1, 2]).dataSync() as Float32Array);
    const scores = net.predictOnBatch(batch.x) as tf.Tensor;
    const wanted = tf.mean(losses.softmaxLoss(batch.y, scores)).dataSync()[0]!;
    expect(lossOf(scores.dataSync(), labels!.data, 10)).toBeCloseTo(wanted, 5);
    disposeNet(net);
    tf.dispose([batch.x, batch.y, scores]);
  });

  it('run ours as graphs where the task says so', () => {
    const {folder, remove} = writeTask({batchNorm: false, asGraph: true, warmUp: 1, steps: 2}, 2);
    const {net, batch} = readTask(folder);
    remove();
    expect(() => models.graphReport(net)).not.toThrow();
    disposeNet(net);
    tf.dispose([batch.x, batch.y]);
  });

  it('say how to install them where they are not', () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'empty-'));
    expect(() => findPython('Keras', path.join(empty, 'python')))
      .toThrowError(Unavailable, /no Keras.*pip install tensorflow-cpu/);
    expect(() => findPython('PyTorch', path.join(empty, 'python'))).toThrowError(Unavailable, /no PyTorch.*pip install torch/);
    expect(() => findPackage('jax-js', empty)).toThrowError(Unavailable, /npm install .*@jax-js\/jax@0\.1, then --jax-js/);
    expect(() => findPackage('onnxruntime-web', empty))
      .toThrowError(Unavailable, /npm install .*onnxruntime-web@1\.\d+, then --onnxruntime/);
    rmSync(empty, {recursive: true});
  });

  it('are an error when they fail, with what they said last', async () => {
    await expectAsync(runPeer(process.execPath, ['-e', 'console.error("first"); console.error("last"); process.exit(3)']))
      .toBeRejectedWithError(WrongResult, /failed: last$/);
    expect(await runPeer(process.execPath, ['-e', 'console.log("a note"); console.log(`{"losses":[1],"ms":[2],"title":"it"}`)']))
      .toEqual({losses: [1], ms: [2], title: 'it'});
  });
});
