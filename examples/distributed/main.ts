/**
 * `npm run example:distributed`: a model of explicit layers trained by TensorFlow's own distributed engine, and back.
 */
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {importKeras} from '../../src/keras';
import {ensurePython, PythonError} from '../../tools/keras/python';
import {startBackend} from '../shared/backend';
import {batchOf} from '../shared/images';
import {listenForInterrupt} from '../shared/interrupt';
import {loadMnist, MNIST_SIZES} from '../shared/mnist';
import {distributedFlags, EXPECTED_ACCURACY, TEST_IMAGES} from './flags';
import type {DistributedFlags} from './flags';
import {DistributedError, finishJob, prepareJob} from './job';
import {workerLines} from './progress';
import {freePorts, runWorkers, WorkerDied} from './workers';
import type {WorkerEvent, WorkerStart} from './workers';

const say = (text: string) => console.log(text);
const note = (text: string) => console.error(text);

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = distributedFlags(args);
  if (typeof flags === 'number') return flags;
  const interrupt = listenForInterrupt(note);
  try {
    await startBackend('tensorflow', note);
    const python = await ensurePython(interrupt.signal, note);
    const goesOn = await prepareJob(flags);
    const hosts = flags.hosts ?? (await freePorts(flags.workers)).map((port) => `127.0.0.1:${port}`);
    say(`${goesOn ? 'Resuming from the last checkpoint' : 'Training'}: ${hosts.length} workers (${hosts.join(', ')}), ` +
        `${flags.images} images, ${flags.epochs} epochs, ${flags.batch} images per worker and step`);
    await train(flags, python, hosts, interrupt.signal);
    if ((flags.index ?? 0) !== 0) return 0;
    return await comeBack(flags);
  } catch (error) {
    if (interrupt.signal.aborted) {
      say('Stopped. The same command resumes from the last checkpoint.');
      return interrupt.exitCode();
    }
    if (error instanceof WorkerDied) return report(error, flags);
    if (!(error instanceof PythonError || error instanceof DistributedError)) throw error;
    note(error.message);
    return 1;
  }
}

async function train(flags: DistributedFlags, python: string, hosts: string[], signal: AbortSignal): Promise<void> {
  const indices = flags.index === undefined ? hosts.map((_, i) => i) : [flags.index];
  const script = fileURLToPath(new URL('worker.py', import.meta.url));
  const starts = indices.map((index): WorkerStart => ({
    index, command: python, args: [script, path.resolve(flags.out)],
    env: {...process.env, TF_CONFIG: JSON.stringify({cluster: {worker: hosts}, task: {type: 'worker', index}})},
  }));
  const lines = workerLines(indices, flags.epochs);
  const pace = new Pace();
  try {
    await runWorkers(starts, signal, (index, event) => {
      pace.note(event);
      lines.show(index, event);
    });
  } finally {
    lines.stop();
  }
  say(`A step of all workers took ${pace.milliseconds().toFixed(0)} ms`);
}

/** How long a step takes, from the first event of training to the last. */
class Pace {
  private first: {step: number, at: number} | null = null;
  private last: {step: number, at: number} | null = null;

  note({epoch, step, steps}: WorkerEvent): void {
    if (epoch === undefined || step === undefined || steps === undefined) return;
    this.last = {step: epoch * steps + step, at: performance.now()};
    this.first ??= this.last;
  }

  milliseconds(): number {
    if (!this.first || !this.last) return NaN;
    return (this.last.at - this.first.at) / Math.max(1, this.last.step - this.first.step);
  }
}

function report({index, how, where, words}: WorkerDied, {hosts}: DistributedFlags): number {
  note(`\nWorker ${index} ended ${where}: ${how}.`);
  if (words) note(`Its last words:\n${words}`);
  note(`${hosts ? 'The workers of other machines end by themselves' : 'The other workers were stopped'}; nothing is lost: the ` +
      'same command resumes from the last checkpoint.');
  return 1;
}

/** Imports the trained model and holds it to what Python makes of the same images. */
async function comeBack(flags: DistributedFlags): Promise<number> {
  const file = path.join(flags.out, 'trained.keras');
  const model = await importKeras(file);
  const set = loadMnist('test', TEST_IMAGES);
  const {x, y} = batchOf(set, Uint32Array.from({length: TEST_IMAGES}, (_, i) => i));
  const ours = tf.tidy(() => tf.argMax(model.predict(x) as Tensor, 1)).dataSync();
  tf.dispose([x, y]);
  const theirs = guessesOf(readFileSync(path.join(flags.out, 'scores.bin')));
  const equal = theirs.filter((guess, i) => guess === ours[i]).length;
  const accuracy = theirs.filter((_, i) => ours[i] === set.labels[i]).length / TEST_IMAGES;
  say(`Back in tfjs as ${model.layers.map((layer) => layer.getClassName()).join(', ')}`);
  say(`Test accuracy ${(100 * accuracy).toFixed(2)} % on ${TEST_IMAGES} images; ${equal} of ${TEST_IMAGES} predictions are ` +
      'Python\'s');
  model.dispose();
  finishJob(flags);
  say(`The trained model: ${file}`);
  if (equal < TEST_IMAGES) note('The predictions are not all equal, as they should be.');
  const isFull = flags.images === MNIST_SIZES.train;
  if (isFull && accuracy <= EXPECTED_ACCURACY) note(`A full run should reach more than ${100 * EXPECTED_ACCURACY} %.`);
  return equal === TEST_IMAGES && (!isFull || accuracy > EXPECTED_ACCURACY) ? 0 : 1;
}

function guessesOf(bytes: Buffer): number[] {
  const scores = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return Array.from({length: TEST_IMAGES}, (_, i) => {
    const row = scores.subarray(10 * i, 10 * i + 10);
    return row.indexOf(Math.max(...row));
  });
}

main(process.argv.slice(2)).then((code) => process.exit(code), (error) => {
  console.error(error);
  process.exit(1);
});
