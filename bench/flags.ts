import {Command, InvalidArgumentError, Option} from 'commander';

import {NODE_BACKENDS} from '../examples/shared/backend';
import type {NodeBackend} from '../examples/shared/backend';
import {readFlags} from '../examples/shared/flags';

/** What the benchmark is asked to do. */
export interface BenchFlags {
  filter?: RegExp;
  backend: NodeBackend | 'all';
  json?: string;
  /** A folder; true: docs. */
  write?: string | true;
  quick: boolean;
  peers: boolean;
  python?: string;
  jaxJs?: string;
  onnxruntime?: string;
}

/** The flags, or the exit code with which the program is done. */
export function benchFlags(args: string[]): BenchFlags | number {
  const program = new Command('npm run bench --')
    .addHelpText('after', '\nExamples:\n  npm run bench -- --quick --backend wasm\n  ' +
      'npm run bench -- --backend tensorflow --filter graph')
    .description('Times the explicit layers against the built-in ones of TensorFlow.js, both in one process and in ' +
        'turn, after comparing what they compute: a difference is an error.')
    .option('--filter <text>', 'only what matches this regular expression', regularExpression)
    .addOption(new Option('--backend <name>', 'the backend').choices([...NODE_BACKENDS, 'all']).default('all'))
    .option('--json <file>', 'writes every figure to this file')
    .option('--write [folder]', 'writes benchmarks.md and its images to this folder; by default docs')
    .option('--quick', 'fewer rounds: a rough result in a minute or two', false)
    .option('--peers', 'compare with Keras, PyTorch, jax-js and onnxruntime-web too, if installed', false)
    .option('--python <file>', 'the Python that has Keras or PyTorch; by default python3')
    .option('--jax-js <folder>', 'the folder where npm installed @jax-js/jax; by default this one')
    .option('--onnxruntime <folder>', 'the folder where npm installed onnxruntime-web; by default this one');
  return readFlags<BenchFlags>(program, args);
}

/** The command that gives what a run with these flags gave. */
export function commandOf({filter, backend, quick, peers}: BenchFlags): string {
  const rest = [
    ...(filter ? [`--filter '${filter.source}'`] : []), ...(backend === 'all' ? [] : [`--backend ${backend}`]),
    ...(quick ? ['--quick'] : []), '--write',
  ];
  return `npm run ${peers ? 'bench:peers' : 'bench'} -- ${rest.join(' ')}`;
}

function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
