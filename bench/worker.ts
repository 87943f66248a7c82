/** One child process of `npm run bench`: does the job of its argument on one backend and sends what it finds. */
import * as tf from '@tensorflow/tfjs-core';

import {startBackend} from '../examples/shared/backend';
import {cases} from './cases';
import type {Job, Message} from './jobs';
import {runCase} from './run_case';
import {FULL, QUICK} from './timing';

async function main({backend, names, quick}: Job): Promise<void> {
  tf.env().set('PROD', true);  // no greeting, no advice on faster backends
  let note = '';
  const started = await startBackend(backend, (text) => {
    note += text;
  });
  if (started.name !== backend) {
    await send({type: 'unavailable', message: note.split('\n')[0]!});
    return;
  }
  for (const name of names) {
    await send({type: 'begins', name});
    try {
      const entry = cases.find((one) => one.name === name)!;
      await send({type: 'result', result: {section: 'rows', ...await runCase(entry, backend, quick ? QUICK : FULL)}});
    } catch (error) {
      await send({type: 'wrong', name, message: (error as Error).message.split('\n')[0]!});
    }
  }
  await send({type: 'done'});
}

function send(message: Message): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send!(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

main(JSON.parse(process.argv[2]!) as Job).then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
