/** `npm run test:keras`: whole models of keras.applications, as four kinds of file, read, compared and trained. */
import {Command, Option} from 'commander';
import * as tf from '@tensorflow/tfjs-core';

import {startBackend} from '../examples/shared/backend';
import {readFlags} from '../examples/shared/flags';
import {listenForInterrupt} from '../examples/shared/interrupt';
import {textTable, wrapped} from '../examples/shared/table';
import {Application, APPLICATIONS, ENDINGS, LIBRARIES, WITH_GRADIENTS} from './keras/application';
import {compareOptimizers} from './keras/optimizers';
import {ensurePython, PythonError} from './keras/python';

/** How far scores may be from Keras's, in parts of the largest. */
const CLOSE = 1e-5;
/** How far gradients may be from those in float64, in errors of Keras's own in float32. */
const GRADIENT_ERRORS = 3;
/** What CI has time for: depthwise, squeeze and excite. */
const QUICK = ['MobileNet', 'EfficientNetB0'];

interface Flags {
  models: string[];
  quick: boolean;
}

/** One model's outcome: cells of the table, and what was wrong. */
interface Outcome {
  cells: string[];
  problems: string[];
}

const note = (text: string) => console.error(text);

async function main(args: string[]): Promise<number> {
  const program = new Command('npm run test:keras --')
    .addHelpText('after', '\nExamples:\n  npm run test:keras -- --quick\n  npm run test:keras -- --models ResNet50')
    .description('Writes models of keras.applications with random weights in Python (in its own environment, in the ' +
      'cache folder), reads the .keras and .h5 files of Keras 3 and of tf_keras, compares predictions and gradients, and ' +
      'trains each for three steps on wasm. Then optimizers: three steps in Python, then three here, and vice versa.')
    .addOption(new Option('--models <names...>', 'only these').choices([...APPLICATIONS]).default([...APPLICATIONS], 'all'))
    .option('--quick', `only ${QUICK.join(' and ')}; skipped if Python with TensorFlow is unavailable`, false);
  const flags = readFlags<Flags>(program, args);
  if (typeof flags === 'number') return flags;
  const interrupt = listenForInterrupt(note);
  await startBackend('tensorflow', note);
  const python = await ensurePython(interrupt.signal, note).catch((error: unknown) => {
    if (!flags.quick || !(error instanceof PythonError)) throw error;
    console.log(`Skipped: there is no Python with TensorFlow here. ${error.message}`);
    return null;
  });
  if (python === null) return interrupt.signal.aborted ? interrupt.exitCode() : 0;
  const names = flags.quick ? QUICK : flags.models;
  const outcomes: Outcome[] = [];
  for (const [i, name] of names.entries()) {
    note(`${i + 1}/${names.length} ${name} ...`);
    outcomes.push(await outcomeOf(name, python, interrupt.signal));
    outcomes.at(-1)!.problems.forEach((problem) => note(`  ${problem}`));
    if (interrupt.signal.aborted) return interrupt.exitCode();
  }
  console.log(textTable(['Model', 'Keras 3', 'tf_keras', 'Gradients', 'Loss'], outcomes.map(({cells}) => cells)));
  console.log(wrapped('Keras 3, tf_keras: the largest difference from the scores of Python, in parts of the largest score, ' +
    'the worse of .keras and .h5. Gradients: the norm of the difference from Keras in float64, on wasm; in brackets that of ' +
    'Keras in float32. Loss: three steps on wasm.'));
  outcomes.push(...await optimizerOutcomes(python, interrupt.signal));
  const failed = outcomes.filter(({problems}) => problems.length > 0).length;
  console.log(`${outcomes.length - failed} passed, ${failed} failed, 0 skipped`);
  return failed === 0 ? 0 : 1;
}

async function optimizerOutcomes(python: string, signal: AbortSignal): Promise<Outcome[]> {
  note('Optimizers ...');
  await startBackend('wasm', note);
  const found = await compareOptimizers(python, signal);
  const outcomes = found.map(({name, toHere, toPython}): Outcome => {
    const problems = [['comes in', toHere], ['goes out', toPython]] as const;
    return {
      cells: [name, toHere.toExponential(1), toPython.toExponential(1)],
      problems: problems.filter(([, difference]) => !(difference <= CLOSE)).map(([way, difference]) =>
        `${name}: its state ${way} with losses that differ by ${difference.toExponential(1)}`),
    };
  });
  outcomes.forEach(({problems}) => problems.forEach((problem) => note(`  ${problem}`)));
  console.log(textTable(['Optimizer', 'Comes in', 'Goes out'], outcomes.map(({cells}) => cells)));
  console.log(wrapped('Comes in: three steps in Python, then three here; goes out: the other way round; the largest relative ' +
    'difference from the losses of six steps in Python. Keras 3 by .keras, tf_keras by .h5 on the way out.'));
  return outcomes;
}

async function outcomeOf(name: string, python: string, signal: AbortSignal): Promise<Outcome> {
  const application = await Application.write(name, python, signal);
  const problems: string[] = [];
  try {
    const scores: string[] = [];
    for (const library of LIBRARIES) scores.push(await compareScores(application, library, problems));
    const gradients = WITH_GRADIENTS.includes(name) ? await compareGradients(application, problems) : '';
    const loss = await train(application, problems);
    return {cells: [name, ...scores, gradients, loss], problems};
  } finally {
    application.dispose();
  }
}

/** The worse of the two kinds of file that a library writes. */
async function compareScores(application: Application, library: string, problems: string[]): Promise<string> {
  await startBackend('tensorflow', note);
  const differences: number[] = [];
  for (const ending of ENDINGS) {
    const file = `${library}.${ending}`;
    await attempt(file, problems, async () => {
      const model = await application.load(file);
      differences.push(application.difference(model, file));
      model.dispose();
      const difference = differences.at(-1)!;
      if (difference > CLOSE) problems.push(`${file}: scores differ by ${difference.toExponential(1)}, more than ${CLOSE}`);
      return '';
    });
  }
  return differences.length < ENDINGS.length ? 'fails' : Math.max(...differences).toExponential(1);
}

async function compareGradients(application: Application, problems: string[]): Promise<string> {
  let shown = '';
  for (const backend of ['tensorflow', 'wasm'] as const) {
    shown = await attempt(`gradients on ${backend}`, problems, async () => {
      await startBackend(backend, note);
      const model = await application.load('keras3.keras');
      const {ours, keras} = application.gradientErrors(model);
      model.dispose();
      if (ours > GRADIENT_ERRORS * keras) {
        problems.push(`gradients on ${backend}: off by ${ours.toExponential(1)} of their norm, Keras's own in float32 by ` +
          `${keras.toExponential(1)}`);
      }
      note(`  gradients on ${backend}: off by ${ours.toExponential(1)}, Keras's in float32 by ${keras.toExponential(1)}`);
      return `${ours.toExponential(1)} (${keras.toExponential(1)})`;
    });
  }
  return shown;
}

async function train(application: Application, problems: string[]): Promise<string> {
  await startBackend('wasm', note);
  return attempt('training on wasm', problems, async () => {
    const model = await application.load('keras3.keras');
    const before = model.trainableWeights.map((weight) => weight.read().dataSync().slice(0, 64));
    const found = await application.train(model);
    const moved = model.trainableWeights.filter((weight, i) => {
      const now = weight.read().dataSync();
      return before[i]!.some((value, k) => value !== now[k]);
    });
    model.dispose();
    if (!found.every(Number.isFinite)) problems.push(`training on wasm: losses ${found.join(', ')}`);
    if (moved.length < before.length / 2) problems.push(`training on wasm: ${moved.length} of ${before.length} weights moved`);
    return found.map((loss) => loss.toFixed(2)).join(' ');
  });
}

async function attempt(what: string, problems: string[], work: () => Promise<string>): Promise<string> {
  const tensors = tf.memory().numTensors;
  try {
    return await work();
  } catch (error) {
    problems.push(`${what}: ${error instanceof Error ? error.message : error}`);
    return 'fails';
  } finally {
    const left = tf.memory().numTensors - tensors;
    if (left > 0) note(`  ${what}: ${left} tensors are left`);
  }
}

main(process.argv.slice(2)).then((code) => process.exit(code), (error) => {
  console.error(error instanceof PythonError ? error.message : error);
  process.exit(1);
});
