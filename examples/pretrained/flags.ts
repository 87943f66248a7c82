import {Command, Option} from 'commander';

import {NODE_BACKENDS} from '../shared/backend';
import type {NodeBackend} from '../shared/backend';
import {readFlags, wholeNumber} from '../shared/flags';

/** What the example is asked to do. */
export interface PretrainedFlags {
  backend: NodeBackend;
  /** Training steps. */
  steps: number;
  batch: number;
  /** Height and width that digits are enlarged to. */
  side: number;
  /** Unseen digits to try before and after. */
  test: number;
  seed: number;
  /** The folder for the pictures. */
  out: string;
}

/** The flags, or an exit code where there is nothing left to do. */
export function pretrainedFlags(args: string[]): PretrainedFlags | number {
  const program = new Command('npm run example:pretrained --')
    .addHelpText('after', '\nExamples:\n  npm run example:pretrained -- --backend tensorflow --steps 200')
    .description('Converts a pretrained MobileNetV2, checks that it predicts the same, and fine-tunes all its layers to ' +
      'read digits.')
    .addOption(new Option('--backend <name>', 'the backend').choices(NODE_BACKENDS).default('wasm'))
    .option('--steps <n>', 'training steps', wholeNumber(1), 60)
    .option('--batch <n>', 'digits per step', wholeNumber(1), 16)
    .option('--side <n>', 'height and width that digits are enlarged to', wholeNumber(32, 224), 96)
    .option('--test <n>', 'unseen digits to try before and after', wholeNumber(1, 10_000), 200)
    .option('--seed <n>', 'of the new layer and of the order of digits', wholeNumber(0), 1)
    .option('--out <folder>', 'folder for the pictures', 'out/pretrained')
    .option('--small', 'takes a few seconds: 3 steps of 4 digits of 32x32, 10 to test');
  const flags = readFlags<PretrainedFlags & {small?: boolean}>(program, args);
  if (typeof flags === 'number') return flags;
  const {small, ...rest} = flags;
  return small ? {...rest, steps: 3, batch: 4, side: 32, test: 10} : rest;
}
