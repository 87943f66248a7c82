import {Command, Option} from 'commander';

import {NODE_BACKENDS} from '../shared/backend';
import type {NodeBackend} from '../shared/backend';
import {readFlags, wholeNumber} from '../shared/flags';

/** What the example is asked to do. */
export interface SlidingFlags {
  backend: NodeBackend;
  /** By how much the filters and units are divided. */
  slim: number;
  /** How often each way is timed; the median counts. */
  repeats: number;
  seed: number;
  /** The folder for the pictures. */
  out: string;
}

/** The flags, or an exit code where there is nothing left to do. */
export function slidingFlags(args: string[]): SlidingFlags | number {
  const program = new Command('npm run example:sliding_window --')
    .addHelpText('after', '\nExamples:\n  npm run example:sliding_window -- --backend wasm')
      .description('A classifier for 224x224 slides over a 384x384 image: once as one fully convolutional pass, once ' +
        'crop by crop.')
      .addOption(new Option('--backend <name>', 'the backend; wasm if tfjs-node is not set up').choices(NODE_BACKENDS)
          .default('tensorflow'))
      .option('--slim <n>', 'divides the numbers of filters and units', wholeNumber(1, 64), 1)
      .option('--repeats <n>', 'repetitions of each timing', wholeNumber(1), 3)
      .option('--seed <n>', 'of the weights', wholeNumber(0), 1)
      .option('--out <folder>', 'folder for the images', 'out/sliding_window')
      .option('--small', 'takes a few seconds: a 16th of the filters, timed once');
  const flags = readFlags<SlidingFlags & {small?: boolean}>(program, args);
  if (typeof flags === 'number') return flags;
  const {small, ...rest} = flags;
  return small ? {...rest, slim: 16, repeats: 1} : rest;
}
