import {Command, Option} from 'commander';

import {NODE_BACKENDS} from '../shared/backend';
import type {NodeBackend} from '../shared/backend';
import {readFlags, wholeNumber} from '../shared/flags';
import {MNIST_SIZES} from '../shared/mnist';

/** What the example is asked to do. */
export interface RuleFlags {
  images: number;
  /** Digits in the picture. */
  digits: number;
  backend: NodeBackend;
  seed: number;
  out: string;
}

/** The flags, or the exit code with which the program is done. */
export function ruleFlags(args: string[]): RuleFlags | number {
  const program = new Command('npm run example:custom_rule --')
    .addHelpText('after', '\nExamples:\n  npm run example:custom_rule -- --backend wasm')
    .description('A backward rule of your own: a ConvNet learns MNIST digits, then the same weights run with guided ' +
      'ReLU, which shows what in an image speaks for its class. The gradient check reports on that rule.')
    .option('--images <n>', 'number of training images, used once', wholeNumber(32, MNIST_SIZES.train), 6_000)
    .option('--digits <n>', 'number of digits to draw', wholeNumber(1, 100), 10)
    .addOption(new Option('--backend <name>', 'the backend; wasm if tfjs-node is not set up').choices(NODE_BACKENDS)
      .default('tensorflow'))
    .option('--seed <n>', 'of the weights and the order of the images', wholeNumber(0, 2 ** 31), 1)
    .option('--out <folder>', 'folder for the image', 'out/custom_rule');
  return readFlags<RuleFlags>(program, args);
}
