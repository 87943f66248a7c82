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
    .option('--epochs <n>', 'maximum number of epochs', wholeNumber(1), 20)
    .option('--batch <n>', 'images per step', wholeNumber(1, 10_000), 64)
    .option('--learning-rate <x>', 'learning rate of the first epoch', numberBetween(0, 10), 0.02)
    .option('--decay <x>', 'factor applied to it after each epoch', numberBetween(0, 1), 0.9)
    .option('--patience <n>', 'epochs without a lower validation loss before it stops', wholeNumber(1), 4)
    .option('--no-augment', 'no augmentation: neither flip nor shift')
    .addOption(new Option('--backend <name>', 'the backend; wasm if tfjs-node is not set up').choices(NODE_BACKENDS)
      .default('tensorflow'))
    .option('--seed <n>', 'seed of the weights, the order and the augmentation', wholeNumber(0, 2 ** 31), 1)
    .option('--out <folder>', 'folder for the checkpoint, the best model and the images', 'out/cifar10')
    .option('--resume', 'resume from the checkpoint in that folder');
  return readFlags<CifarFlags>(program, args);
}
