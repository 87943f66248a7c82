/** One process of the soak: trains some steps, from scratch or from a saved model, and tells its parent how it went. */
import {startBackend} from '../../examples/shared/backend';
import type {NodeBackend} from '../../examples/shared/backend';
import {models} from '../../src';
import {makeModel, trainSteps, weightsOf} from './training';
import type {Stretch} from './training';

/** What a worker is to do. */
export interface Task {
  backend: NodeBackend;
  from: number;
  to: number;
  /** The folder of the model to go on with. */
  load?: string;
  /** Where to save the model at the end; the worker then waits to be killed. */
  save?: string;
}

/** What a worker tells. */
export type Message = {kind: 'step', step: number} | {kind: 'saved'} |
    {kind: 'done', backend: string, stretch: Stretch, weights: number[], rss: number};

const task = JSON.parse(process.argv[2]!) as Task;
const tell = (message: Message): Promise<void> =>
    new Promise((resolve) => process.send!(message, () => resolve()));

const {name} = await startBackend(task.backend, (text) => process.stderr.write(text));
const model = task.load ? await models.load(task.load) : makeModel();
const stretch = await trainSteps(model, task.from, task.to, (step) => {
  if (step % 50 === 0) void tell({kind: 'step', step});
});
if (task.save) {
  await models.save(model, task.save);
  await tell({kind: 'saved'});
  setInterval(() => undefined, 1000);  // until the parent kills it: nothing may depend on an orderly end
} else {
  await tell({
    kind: 'done', backend: name, stretch, weights: await weightsOf(model), rss: process.memoryUsage().rss,
  });
  process.exit(0);
}
