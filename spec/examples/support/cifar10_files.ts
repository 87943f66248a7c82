import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {CLASSES, NAMES_FILE, PICTURE, RECORD, SIDE, TEST_FILE, TRAIN_FILES} from '../../../examples/cifar10/format';
import {seededRandom} from '../../../examples/shared/random';

/** The classes of CIFAR-10. */
export const NAMES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/**
 * A file of records whose classes can be learned: each has a colour and a direction of stripes, under noise. A flip
 * and a small shift leave both as they are.
 */
export function recordsFile(count: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const bytes = new Uint8Array(count * RECORD);
  for (let i = 0; i < count; i++) {
    const label = i % CLASSES;
    bytes[i * RECORD] = label;
    for (let k = 0; k < PICTURE; k++) {
      const [channel, y, x] = [Math.floor(k / SIDE ** 2), Math.floor(k / SIDE) % SIDE, k % SIDE];
      const stripe = (label < 5 ? y : x) % 4 < 2 ? 40 : -40;
      const colour = label % 5 >> channel & 1 ? 60 : -30;
      bytes[i * RECORD + 1 + k] = Math.max(0, Math.min(255, 110 + stripe + colour + 160 * (random() - 0.5)));
    }
  }
  return bytes;
}

/** A folder of the original's form with `count` pictures in each file. */
export function makeFolder(folder: string, count: number): string {
  mkdirSync(folder, {recursive: true});
  [...TRAIN_FILES, TEST_FILE].forEach((name, i) => writeFileSync(path.join(folder, name), recordsFile(count, i + 1)));
  writeFileSync(path.join(folder, NAMES_FILE), `${NAMES.join('\n')}\n\n`);
  return folder;
}
