import {Command, Option} from 'commander';

import {NODE_BACKENDS} from '../shared/backend';
import type {NodeBackend} from '../shared/backend';
import {numberBetween, readFlags, wholeNumber} from '../shared/flags';
import {NETS} from './networks';
import type {NetName} from './networks';

/** What the example is asked to do. */
export interface CifarFlags {
  /** The folder with the data. */
  data?: string;
  net: NetName;
  slim: number;
  epochs: number;
  batch: number;
  learningRate: number;
  decay: number;
  patience: number;
  augment: boolean;
  backend: NodeBackend;
  seed: number;
  out: string;
  resume?: boolean;
}

/** The flags, or the exit code with which the program is done. */
export function cifarFlags(args: string[]): CifarFlags | number {
  const program = new Command('npm run example:cifar10 --')
    .addHelpText('after', '\nExamples:\n  npm run example:cifar10 -- --data cifar-10-batches-bin')
    .description('Trains a ConvNet of explicit layers on CIFAR-10, whose files you have, with a checkpoint after ' +
      'each epoch, and draws how it went.')
    .option('--data <folder>', 'with data_batch_1.bin and so on; without it: where to get them')
    .addOption(new Option('--net <name>', 'notes: CONV-RELU-POOL-FC; deep: six convolutions with batch norm')
      .choices(NETS).default('deep'))
    .option('--slim <n>', 'divides the numbers of filters', wholeNumber(1, 128), 1)
    .option('--epochs <n>', 'how often to go through the pictures at most', wholeNumber(1), 20)
    .option('--batch <n>', 'pictures in a step', wholeNumber(1, 10_000), 64)
    .option('--learning-rate <x>', 'in the first epoch', numberBetween(0, 10), 0.02)
    .option('--decay <x>', 'what it is multiplied by after each epoch', numberBetween(0, 1), 0.9)
    .option('--patience <n>', 'epochs without a lower validation loss before it stops', wholeNumber(1), 4)
    .option('--no-augment', 'pictures as they are: no flip, no shift')
    .addOption(new Option('--backend <name>', 'what computes; without tfjs-node: wasm').choices(NODE_BACKENDS)
      .default('tensorflow'))
    .option('--seed <n>', 'of the weights, the order and the changes', wholeNumber(0, 2 ** 31), 1)
    .option('--out <folder>', 'for the checkpoint, the best model and the pictures', 'out/cifar10')
    .option('--resume', 'go on from the checkpoint in that folder, as if never stopped');
  return readFlags<CifarFlags>(program, args);
}
