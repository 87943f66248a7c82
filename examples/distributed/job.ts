import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

import {losses} from '../../src';
import {exportKeras} from '../../src/keras';
import {explicitNet} from '../mnist/model';
import {loadMnist} from '../shared/mnist';
import {TEST_IMAGES} from './flags';
import type {DistributedFlags} from './flags';

/** A problem with the job that the user can do something about. */
export class DistributedError extends Error {}

const SAY_EVERY = 5;

/**
 * Writes what the workers read: the settings, the model as TypeScript made it, the images. A job in the folder that did
 * not come to its end is gone on with, from its last checkpoint.
 *
 * @returns whether there was one
 */
export async function prepareJob(flags: DistributedFlags): Promise<boolean> {
  const {images, epochs, batch, checkpointEvery, seed, out, hosts, index, workers, fresh} = flags;
  const file = path.join(out, 'job.json');
  const settings = JSON.stringify({
    images, epochs, batch, checkpointEvery, seed, workers: hosts?.length ?? workers, testImages: TEST_IMAGES,
    sayEvery: SAY_EVERY,
  });
  const isOthers = (index ?? 0) > 0;
  if (isOthers && !existsSync(file)) {
    throw new DistributedError(`${out} holds no job yet. Start the machine of index 0 first; all machines must see this folder.`);
  }
  const isUnfinished = existsSync(file) && (!fresh || isOthers);
  if (isUnfinished && readFileSync(file, 'utf8') !== settings) {
    throw new DistributedError(`${out} holds an unfinished job with other settings: ${readFileSync(file, 'utf8')}. Give the ` +
        'same flags to continue it, --fresh to start over, or another --out.');
  }
  if (isUnfinished) return existsSync(path.join(out, 'checkpoints'));
  for (const name of ['checkpoints', 'job.json', 'scores.bin']) rmSync(path.join(out, name), {recursive: true, force: true});
  mkdirSync(out, {recursive: true});
  await exportStart(path.join(out, 'start.h5'), seed);
  writePart(out, 'train', images);
  writePart(out, 'test', TEST_IMAGES);
  writeFileSync(file, settings);
  return false;
}

/** A job that came to its end is not gone on with. */
export function finishJob({out}: DistributedFlags): void {
  for (const name of ['job.json', 'checkpoints', 'start.h5', 'scores.bin', 'train-images.bin', 'train-labels.bin',
    'test-images.bin', 'test-labels.bin']) {
    rmSync(path.join(out, name), {recursive: true, force: true});
  }
}

async function exportStart(file: string, seed: number): Promise<void> {
  const model = explicitNet({filters: [16, 32], dense: 0, seed}, 'all');
  const optimizer = tf.train.adam(0.002);
  model.compile({optimizer, loss: losses.softmaxLoss, metrics: [losses.accuracy]});
  await exportKeras(model, file);
  model.dispose();
  optimizer.dispose();
}

function writePart(out: string, part: 'train' | 'test', count: number): void {
  const {pixels, labels} = loadMnist(part, count);
  writeFileSync(path.join(out, `${part}-images.bin`), pixels);
  writeFileSync(path.join(out, `${part}-labels.bin`), labels);
}
