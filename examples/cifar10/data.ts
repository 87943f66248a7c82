import {createHash} from 'node:crypto';
import {existsSync, readFileSync, statSync} from 'node:fs';
import path from 'node:path';

import {UserError} from '../shared/run';
import {
  CLASSES, NAMES_FILE, ORIGINAL_COUNT, parseNames, parseRecords, PICTURE, RECORD, TEST_FILE, TRAIN_FILES,
} from './format';
import type {Records} from './format';

/** What the folder holds. */
export interface Cifar10 {
  train: Records;
  test: Records;
  /** Of the classes. */
  names: string[];
  /** The same for the same files: a run is continued on the data that it began with. */
  digest: string;
}

/** Where the data is to be had, and what the folder must hold. */
export const WHERE = `The data is not part of this package. Get the "CIFAR-10 binary version" from the
data set's home page, https://www.cs.toronto.edu/~kriz/cifar.html, unpack it
(tar -xzf cifar-10-binary.tar.gz) and name the folder:
  npm run example:cifar10 -- --data cifar-10-batches-bin
It must hold:
  data_batch_1.bin ... data_batch_5.bin   10,000 pictures each, ${ORIGINAL_COUNT * RECORD} bytes
  test_batch.bin                          as many more
  batches.meta.txt                        the names of the ${CLASSES} classes`;

/**
 * Reads the folder.
 * @throws If a file is missing, cut short or not what it should be; it is named.
 */
export function loadCifar10(folder: string): Cifar10 {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw refusal(`There is no folder ${folder}.`);
  const missing = [...TRAIN_FILES, TEST_FILE, NAMES_FILE].filter((name) => !existsSync(path.join(folder, name)));
  if (missing.length > 0) {
    const are = missing.length === 1 ? 'is' : 'are';
    throw refusal(`In ${folder} ${missing.join(', ')} ${are} missing.${otherVersion(folder)}`);
  }
  const digest = createHash('sha256');
  const read = (name: string) => {
    const file = path.join(folder, name);
    const bytes = readFileSync(file);
    digest.update(bytes);
    return {file, bytes};
  };
  try {
    const parts = TRAIN_FILES.map(read).map(({file, bytes}) => ({file, records: parseRecords(bytes, file)}));
    const {file, bytes} = read(TEST_FILE);
    const test = {file, records: parseRecords(bytes, file)};
    checkCounts(parts, test);
    const meta = read(NAMES_FILE);
    const names = parseNames(meta.bytes.toString('utf8'), meta.file);
    return {train: joined(parts.map(({records}) => records)), test: test.records, names, digest: digest.digest('hex')};
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

interface Part {
  file: string;
  records: Records;
}

/**
 * A file cut between two records shows only beside the others. The five have one size; with the original's, so has the
 * sixth, and each holds every class.
 */
function checkCounts(parts: readonly Part[], test: Part): void {
  const countOf = ({records}: Part) => records.labels.length;
  const all = [...parts, test];
  const isOriginal = all.some((part) => countOf(part) === ORIGINAL_COUNT);
  const expected = isOriginal ? ORIGINAL_COUNT : Math.max(...parts.map(countOf));
  const odd = (isOriginal ? all : parts).find((part) => countOf(part) !== expected);
  if (odd) {
    throw new Error(`${odd.file}: expected ${expected} pictures, as in the other files. Got ${countOf(odd)}: it is ` +
        'cut short, or another file.');
  }
  const poor = isOriginal && all.find(({records}) => new Set(records.labels).size < CLASSES);
  if (poor) throw new Error(`${poor.file}: not every class occurs in its ${ORIGINAL_COUNT} pictures: it is damaged.`);
}

/** A guess at what the folder is instead. */
function otherVersion(folder: string): string {
  const has = (name: string) => existsSync(path.join(folder, name));
  if (has('data_batch_1') || has('data_batch_1.mat')) {
    return ' These are the files for Python or Matlab: get the binary ones.';
  }
  if (has('train.bin')) return ' This looks like CIFAR-100: get CIFAR-10.';
  if (has('cifar-10-batches-bin')) return ` Name the folder in it: --data ${path.join(folder, 'cifar-10-batches-bin')}`;
  return '';
}

function refusal(reason: string): UserError {
  return new UserError(`${reason}\n\n${WHERE}`);
}

function joined(parts: readonly Records[]): Records {
  const count = parts.reduce((sum, {labels}) => sum + labels.length, 0);
  const whole = {labels: new Uint8Array(count), pictures: new Uint8Array(count * PICTURE)};
  let at = 0;
  for (const {labels, pictures} of parts) {
    whole.labels.set(labels, at);
    whole.pictures.set(pictures, at * PICTURE);
    at += labels.length;
  }
  return whole;
}

/** The records from `start` on, up to `end`; no copy. */
export function part({labels, pictures}: Records, start: number, end?: number): Records {
  return {
    labels: labels.subarray(start, end),
    pictures: pictures.subarray(start * PICTURE, end === undefined ? undefined : end * PICTURE),
  };
}
