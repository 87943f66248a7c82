/** Times training steps of ours in a process of its own: `ours_step.ts BACKEND FOLDER` (see exchange.ts). */
import * as tf from '@tensorflow/tfjs-core';

import {startBackend} from '../../examples/shared/backend';
import type {NodeBackend} from '../../examples/shared/backend';
import {readTask} from './exchange';
import type {PeerRun} from './exchange';
import {lossOf} from './read_task.mjs';
import {printRun, timeTask} from './time_task.mjs';

async function main(backend: NodeBackend, folder: string): Promise<PeerRun> {
  tf.env().set('PROD', true);
  const {title} = await startBackend(backend, (text) => process.stderr.write(text));
  const {task, net, batch: {x, y}} = readTask(folder);
  const labels = y.dataSync(), classes = y.shape[1];
  const predict = () => tf.tidy(() => (net.predictOnBatch(x) as tf.Tensor).dataSync());
  const times = task.forward ? await timeTask(task, predict, (scores) => lossOf(scores, labels, classes)) :
    await timeTask(task, () => net.trainOnBatch(x, y) as Promise<number>, Number);
  return {...times, title: `explicit layers on ${title}`};
}

const [backend, folder] = process.argv.slice(2) as [NodeBackend, string];
printRun(main(backend, folder));
