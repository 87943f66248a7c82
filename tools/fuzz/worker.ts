/** Runs cases one after the other, in a process of its own: what hangs or crashes ends with it. */
import * as tf from '@tensorflow/tfjs-core';

import {backendNames} from '../../spec/support/backends';
import {kindOf, runCase} from './kinds';
import {KINDS} from './names';
import type {Message, Task} from './names';

const {seed, from, to, only} = JSON.parse(process.argv[2]!) as Task;

function tell(message: Message): Promise<void> {
  return new Promise((resolve) => { process.send!(message, () => resolve()); });
}

await tell({backends: backendNames});
for (let index = from; to === null || index < to; index++) {
  const kind = kindOf(index);
  if (only !== null && kind !== only) continue;
  const backend = backendNames[Math.floor(index / KINDS.length) % backendNames.length]!;
  await tell({begins: index, backend});
  await tf.setBackend(backend);
  let failure: string | null = null;
  try {
    await runCase(seed, index);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    if (process.env['FUZZ_STACK']) console.error(error);
  }
  tf.disposeVariables();
  await tell({ends: index, kind, failure});
}
process.exit(0);
