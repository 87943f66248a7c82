import {Command, Option} from 'commander';

import {NODE_BACKENDS} from '../shared/backend';
import type {NodeBackend} from '../shared/backend';
import {readFlags, wholeNumber} from '../shared/flags';
import {MNIST_SIZES} from '../shared/mnist';

/** What the example is asked to do. */
export interface PenaltyFlags {
  /** Steps of the generator. */
  steps: number;
  /** Steps of the critic to each step of the generator. */
  criticSteps: number;
  images: number;
  batch: number;
  backend: NodeBackend;
  seed: number;
  out: string;
}

/** The flags, or the exit code with which the program is done. */
export function penaltyFlags(args: string[]): PenaltyFlags | number {
  const program = new Command('npm run example:gradient_penalty --')
    .addHelpText('after', '\nExamples:\n  npm run example:gradient_penalty -- --backend wasm')
    .description('Trains a WGAN-GP on real MNIST digits: the critic (convolution, layer norm, ReLU, max-pool) is ' +
      'penalised for the size of its gradient, so that its training differentiates a gradient. The built-in layers ' +
      'cannot do that: the example lets them try.')
    .option('--steps <n>', 'generator steps', wholeNumber(1), 150)
    .option('--critic-steps <n>', 'critic steps per generator step', wholeNumber(1), 3)
    .option('--images <n>', 'number of training images', wholeNumber(1, MNIST_SIZES.train), 10_000)
    .option('--batch <n>', 'images per step', wholeNumber(1, MNIST_SIZES.train), 32)
    .addOption(new Option('--backend <name>', 'the backend; wasm if tfjs-node is not set up').choices(NODE_BACKENDS)
      .default('tensorflow'))
    .option('--seed <n>', 'seed of the weights, the noise and the order of the images', wholeNumber(0, 2 ** 31), 1)
    .option('--out <folder>', 'folder for the images', 'out/gradient_penalty');
  return readFlags<PenaltyFlags>(program, args);
}
