import {Command, Option} from 'commander';

import {NODE_BACKENDS} from '../shared/backend';
import type {NodeBackend} from '../shared/backend';
import {readFlags, wholeNumber, wholeNumbers} from '../shared/flags';
import {MNIST_SIZES} from '../shared/mnist';

/** What the main job is asked to do. */
export interface MnistFlags {
  /** Filters of the two convolutions. */
  filters: [number, number];
  /** Units of a fully connected layer before the last one; 0: none. */
  dense: number;
  images: number;
  testImages: number;
  epochs: number;
  batch: number;
  backend: NodeBackend;
  seed: number;
  out: string;
}

const DEFAULTS: MnistFlags = {
  filters: [16, 32], dense: 0, images: MNIST_SIZES.train, testImages: MNIST_SIZES.test, epochs: 2, batch: 64,
  backend: 'tensorflow', seed: 1, out: 'out',
};

/** The flags, or the exit code with which the program is done. */
export function mnistFlags(args: string[]): MnistFlags | number {
  const program = new Command('npm start --')
    .addHelpText('after', '\nExamples:\n  npm start -- --backend wasm --images 6400 --epochs 1\n' +
      '  npm start -- --filters 32,64 --dense 128')
    .description('Trains the same ConvNet (twice convolution, batch norm, ReLU, max-pool; then fully connected, softmax ' +
        'loss) on real MNIST digits with the explicit layers and with the built-in ones, from the same weights on the ' +
        'same batches, and says how they compare.')
    .addOption(new Option('--filters <K1,K2>', 'model size: filters of the two convolutions')
      .argParser(wholeNumbers(1, {atLeast: 2, atMost: 2})).default(DEFAULTS.filters, DEFAULTS.filters.join()))
    .option('--dense <units>', 'model size: units of one more fully connected layer, 0 for none', wholeNumber(0),
      DEFAULTS.dense)
    .option('--images <n>', 'number of training images', wholeNumber(1, MNIST_SIZES.train), DEFAULTS.images)
    .option('--test-images <n>', 'number of test images', wholeNumber(1, MNIST_SIZES.test), DEFAULTS.testImages)
    .option('--epochs <n>', 'number of epochs', wholeNumber(1), DEFAULTS.epochs)
    .option('--batch <n>', 'images per training step', wholeNumber(1, MNIST_SIZES.train), DEFAULTS.batch)
    .addOption(new Option('--backend <name>', 'the backend; wasm if tfjs-node is not set up').choices(NODE_BACKENDS)
      .default(DEFAULTS.backend))
    .option('--seed <n>', 'seed of the weights and the order of the images', wholeNumber(0, 2 ** 31), DEFAULTS.seed)
    .option('--out <folder>', 'folder for the trained model and the plot of the losses', DEFAULTS.out);
  return readFlags<MnistFlags>(program, args);
}

/** Whether a run this large has to reach {@link EXPECTED_ACCURACY}. */
export function isFullRun({filters, images, testImages, epochs, batch}: MnistFlags): boolean {
  return images === DEFAULTS.images && testImages === DEFAULTS.testImages && epochs >= DEFAULTS.epochs &&
      batch <= DEFAULTS.batch && filters.every((count, i) => count >= DEFAULTS.filters[i]!);
}

/** Test accuracy of a full run. */
export const EXPECTED_ACCURACY = 0.98;
