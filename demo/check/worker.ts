import * as tf from '@tensorflow/tfjs-core';

import {gradCheck, verifyBackend} from '../../src/checks';
import * as layers from '../../src/layers';
import {startBackend} from '../shared/backends';
import type {Answer, GradCheckRequest, Request} from './messages';

addEventListener('message', ({data}: MessageEvent<Request>) => {
  run(data).then(({ok, ...report}) => answer({kind: 'report', ok, text: `${about()}\n${report.toString()}`}),
    (error: unknown) => answer({kind: 'refused', message: error instanceof Error ? error.message : String(error)}));
});

async function run(request: Request): Promise<{ok: boolean, toString: () => string}> {
  await startBackend(request.backend);
  if (request.task === 'gradCheck') return check(request);
  const report = await verifyBackend({onProgress: (done, all) => answer({kind: 'progress', done, all})});
  return {ok: report.ok, toString: () => report.toString()};
}

async function check({layer, options, shape, entries, check}: GradCheckRequest) {
  // What the visitor typed may be no options at all: saying so is the layer's business.
  const subject = (layers[layer] as (args: object) => tf.serialization.Serializable)(options) as
    ReturnType<typeof layers.dense>;
  const x = entries === 'normal' ? tf.randomNormal(shape, 0, 1, 'float32', check.seed) :
    tf.floor(tf.randomUniform(shape, -2, 3, 'float32', check.seed));
  const report = await gradCheck(subject, x, check);
  return {ok: report.ok, toString: () => report.toString()};
}

function about(): string {
  return `tfjs-explicit-layers ${LIBRARY_VERSION}, tfjs ${tf.version_core}\n${navigator.userAgent}`;
}

function answer(message: Answer): void {
  postMessage(message);
}
