import {Command, Option} from 'commander';

import {NODE_BACKENDS} from '../shared/backend';
import type {NodeBackend} from '../shared/backend';
import {readFlags, wholeNumber} from '../shared/flags';

/** What the example is asked to do. */
export interface PretrainedFlags {
  backend: NodeBackend;
  /** Training steps. */
  steps: number;
  /** Height and width of the small pictures to learn from, a quarter of what they should become. */
  crop: number;
  batch: number;
  seed: number;
  /** The folder for the pictures. */
  out: string;
}

/** The flags, or an exit code where there is nothing left to do. */
export function pretrainedFlags(args: string[]): PretrainedFlags | number {
  const program = new Command('npm run example:pretrained --')
    .addHelpText('after', '\nExamples:\n  npm run example:pretrained -- --backend wasm')
      .description('Converts a pretrained super-resolution model, checks that it gives the same image, and ' +
        'trains it on.')
      .addOption(new Option('--backend <name>', 'the backend').choices(NODE_BACKENDS).default('wasm'))
      .option('--steps <n>', 'training steps', wholeNumber(1), 30)
      .option('--crop <n>', 'height and width of the small images', wholeNumber(8, 64), 32)
      .option('--batch <n>', 'images per step', wholeNumber(1), 2)
      .option('--seed <n>', 'of the crops', wholeNumber(0), 1)
      .option('--out <folder>', 'folder for the images', 'out/pretrained')
      .option('--small', 'takes a few seconds: 3 steps on 16x16 images');
  const flags = readFlags<PretrainedFlags & {small?: boolean}>(program, args);
  if (typeof flags === 'number') return flags;
  const {small, ...rest} = flags;
  return small ? {...rest, steps: 3, crop: 16, batch: 1} : rest;
}
