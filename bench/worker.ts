/** One child process of `npm run bench`: does the job of its argument on one backend and sends what it finds. */
import * as tf from '@tensorflow/tfjs-core';

import {startBackend} from '../examples/shared/backend';
import {Unavailable} from './cases/case';
import type {Job, Message, Result} from './jobs';
import {sections} from './sections';

async function main({section, backend, items, options}: Job): Promise<void> {
  tf.env().set('PROD', true);  // no greeting, no advice on faster backends
  let note = '';
  const started = await startBackend(backend, (text) => {
    note += text;
  });
  if (started.name !== backend) {
    await send({type: 'unavailable', message: note.split('\n')[0]!});
    return;
  }
  for (const item of items) {
    await send({type: 'begins', item});
    try {
      const found = await sections[section].measure(item, backend, options);
      await send({type: 'result', result: {section, backend, item, found} as Result});
    } catch (error) {
      const type = error instanceof Unavailable ? 'unavailable' : 'wrong';
      await send({type, item, message: (error as Error).message.split('\n')[0]!});
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
