/** One child process of `npm run bench`: does the job of its argument on one backend and sends what it finds. */
import * as tf from '@tensorflow/tfjs-core';

import {startBackend} from '../examples/shared/backend';
import type {NodeBackend} from '../examples/shared/backend';
import {kernelInfo} from '../src/backends';
import {kernelText} from '../src/checks/verify/report';
import {nodeBinding} from '../src/tfjs_private';
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
  await send({type: 'started', title: `${titleOf(backend)}, ${kernelsOf()}`});
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

/** A backend with its versions and what it uses of the machine. */
function titleOf(backend: NodeBackend): string {
  const core = `tfjs-core ${tf.version_core}`;
  if (backend === 'cpu') return `cpu: ${core}`;
  if (backend === 'wasm') {
    const has = (flag: string) => (tf.env().get(flag) ? 'yes' : 'no');
    return `wasm: ${core}, SIMD ${has('WASM_HAS_SIMD_SUPPORT')}, threads ${has('WASM_HAS_MULTITHREAD_SUPPORT')}`;
  }
  return `tensorflow: ${core}, tfjs-node on TensorFlow ${nodeBinding()?.TF_Version}, ` +
    `TF_ENABLE_ONEDNN_OPTS=${process.env.TF_ENABLE_ONEDNN_OPTS}`;
}

/** Which kernels of this package run, and why not faster ones. */
function kernelsOf(): string {
  return `kernels ${kernelText(kernelInfo())}`;
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
