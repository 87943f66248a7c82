/** Times training steps of ours in a process of its own: `ours_step.ts BACKEND FOLDER` (see exchange.ts). */
import * as tf from '@tensorflow/tfjs-core';

import {startBackend} from '../../examples/shared/backend';
import type {NodeBackend} from '../../examples/shared/backend';
import {readTask} from './exchange';
import type {PeerRun} from './exchange';

async function main(backend: NodeBackend, folder: string): Promise<PeerRun> {
  tf.env().set('PROD', true);
  const {title} = await startBackend(backend, (text) => process.stderr.write(text));
  const {task, net, batch: {x, y}} = readTask(folder);
  const losses: number[] = [];
  for (let i = 0; i < task.warmUp; i++) losses.push(await net.trainOnBatch(x, y) as number);
  const ms: number[] = [];
  for (let i = 0; i < task.steps; i++) {
    const start = performance.now();
    await net.trainOnBatch(x, y);
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
