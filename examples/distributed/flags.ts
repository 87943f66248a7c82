import {Command, InvalidArgumentError} from 'commander';

import {readFlags, wholeNumber} from '../shared/flags';
import {MNIST_SIZES} from '../shared/mnist';

/** What the distributed job is asked to do. */
export interface DistributedFlags {
  workers: number;
  /** The workers of real machines, as host:port; this process starts the one of `index`. */
  hosts?: string[];
  index?: number;
  images: number;
  epochs: number;
  batch: number;
  checkpointEvery: number;
  seed: number;
  out: string;
  fresh: boolean;
}

/** Test images on which Python and tfjs are compared. */
export const TEST_IMAGES = 1_000;

/** What a full run reaches on them. */
export const EXPECTED_ACCURACY = 0.97;

/** The flags, or the exit code with which the program is done. */
export function distributedFlags(args: string[]): DistributedFlags | number {
  const program = new Command('npm run example:distributed --')
    .addHelpText('after', '\nExamples:\n  npm run example:distributed -- --images 6400 --epochs 1')
    .description('Exports a ConvNet of explicit layers to Python, trains it on MNIST with TensorFlow\'s ' +
        'MultiWorkerMirroredStrategy on some workers, and imports it back. Needs python3; TensorFlow goes into a virtual ' +
        'environment in the user\'s cache.')
    .option('--workers <n>', 'workers to start on this machine', wholeNumber(1, 64), 2)
    .option('--hosts <host:port,...>', 'the workers on several machines, the same list on each', hostList)
    .option('--index <n>', 'with --hosts: the index of this machine', wholeNumber(0))
    .option('--images <n>', 'number of training images', wholeNumber(1, MNIST_SIZES.train), MNIST_SIZES.train)
    .option('--epochs <n>', 'number of epochs', wholeNumber(1), 2)
    .option('--batch <n>', 'images per worker and step', wholeNumber(1), 64)
    .option('--checkpoint-every <n>', 'steps between checkpoints', wholeNumber(1), 50)
    .option('--seed <n>', 'seed of the weights and the order of the images', wholeNumber(0, 2 ** 31), 1)
    .option('--out <folder>', 'folder for checkpoints and the trained model', 'out/distributed')
    .option('--fresh', 'start over even if there is an unfinished job', false);
  const flags = readFlags<DistributedFlags>(program, args);
  if (typeof flags === 'number') return flags;
  const problem = problemOf(flags);
  if (problem === null) return flags;
  console.error(`${problem}\n\n${program.helpInformation()}`);
  return 2;
}

function hostList(text: string): string[] {
  const hosts = text.split(',').map((part) => part.trim());
  if (!hosts.every((host) => /^\S+:\d+$/.test(host))) {
    throw new InvalidArgumentError('It must be a list such as 10.0.0.1:12345,10.0.0.2:12345.');
  }
  return hosts;
}

function problemOf({hosts, index, images, batch, workers}: DistributedFlags): string | null {
  if ((hosts === undefined) !== (index === undefined)) return '--hosts and --index go together.';
  if (hosts && index! >= hosts.length) return `--index must be from 0 to ${hosts.length - 1}, the places in --hosts.`;
  const count = hosts?.length ?? workers;
  return images < batch * count ? `--images ${images} is less than one step: ${count} workers with ${batch} images each.` : null;
}
