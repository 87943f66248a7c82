/** Times training steps of ours in a process of its own: `ours_step.ts BACKEND FOLDER` (see exchange.ts). */
import * as tf from '@tensorflow/tfjs-core';

import {startBackend} from '../../examples/shared/backend';
import type {NodeBackend} from '../../examples/shared/backend';
import {readTask} from './exchange';
import type {PeerRun} from './exchange';
import {lossOf} from './read_task.mjs';

async function main(backend: NodeBackend, folder: string): Promise<PeerRun> {
  tf.env().set('PROD', true);
  const {title} = await startBackend(backend, (text) => process.stderr.write(text));
  const {task, net, batch: {x, y}} = readTask(folder);
  const labels = y.dataSync(), classes = y.shape[1];
  const predict = () => lossOf(tf.tidy(() => (net.predictOnBatch(x) as tf.Tensor).dataSync()), labels, classes);
  const once = task.forward ? predict : () => net.trainOnBatch(x, y) as Promise<number>;
  const losses: number[] = [];
  for (let i = 0; i < task.warmUp; i++) losses.push(await once());
  const ms: number[] = [];
  for (let i = 0; i < task.steps; i++) {
    const start = performance.now();
    await once();
    ms.push(performance.now() - start);
  }
  return {losses, ms, title: `explicit layers on ${title}`};
}

const [backend, folder] = process.argv.slice(2) as [NodeBackend, string];
main(backend, folder).then((run) => {
  process.stdout.write(`${JSON.stringify(run)}\n`, () => process.exit(0));
}, (error) => {
  console.error(error);
  process.exit(1);
});
