/** `npm run test:keras`: whole models of keras.applications, as four kinds of file, read, compared and trained. */
import {Command, Option} from 'commander';
import * as tf from '@tensorflow/tfjs-core';

import {startBackend} from '../examples/shared/backend';
import {readFlags, wholeNumber} from '../examples/shared/flags';
import {listenForInterrupt} from '../examples/shared/interrupt';
import {startProgress} from '../examples/shared/progress';
import {textTable} from '../examples/shared/table';
import {wrapText} from '../src/text_table';
import {Application, APPLICATIONS, ENDINGS, LIBRARIES, WITH_GRADIENTS} from './keras/application';
import {compareOptimizers} from './keras/optimizers';
import {ensureConverter, ensurePython, PythonError} from './keras/python';
import {compareRandomModels, kindsOfRefusals} from './keras/random_models';

/** How far scores may be from Keras's, in parts of the largest. */
const CLOSE = 1e-5;
/** How far gradients may be from those in float64, in errors of Keras's own in float32. */
const GRADIENT_ERRORS = 3;
/** What CI has time for: depthwise convolutions and their gradients. */
const QUICK = 'MobileNetV2';
/** Random models where nobody says how many. */
const RANDOM = {whole: 100, quick: 10};

interface Flags {
  models: string[];
  quick: boolean;
  random?: number;
  seed: number;
  first: number;
}

/** One model's outcome: cells of the table, and what was wrong. */
interface Outcome {
  cells: string[];
  problems: string[];
  /** How its layers compare with the built-in ones, for a table of its own. */
  besideBuiltIns?: string[];
}

/** What runs in Python, and how to end it. */
interface Python {
  python: string;
  signal: AbortSignal;
}

const note = (text: string) => console.error(text);

async function main(args: string[]): Promise<number> {
  const program = new Command('npm run test:keras --')
    .addHelpText('after', '\nExamples:\n  npm run test:keras -- --quick\n  npm run test:keras -- --models ResNet50\n' +
      '  npm run test:keras -- --random 300 --seed 5')
    .description('Writes models of keras.applications with random weights in Python (in its own environment, in the ' +
      'cache folder), reads the .keras and .h5 files of Keras 3 and of tf_keras, compares predictions and gradients, puts ' +
      'each beside its built-in layers, and trains it for three steps on wasm. Then optimizers: three steps in Python and ' +
      'three here, and vice versa. Then small random models in all kinds of files.')
    .addOption(new Option('--models <names...>', 'only these').choices([...APPLICATIONS]).default([...APPLICATIONS], 'all'))
    .option('--quick', `only ${QUICK} and ${RANDOM.quick} random models; skipped if Python with TensorFlow is unavailable`, false)
    .option('--random <n>', 'only this many random models', wholeNumber(1))
    .option('--seed <n>', 'of the random models', wholeNumber(0), 1)
    .option('--first <n>', 'the number of the first random model', wholeNumber(0), 0);
  const flags = readFlags<Flags>(program, args);
  if (typeof flags === 'number') return flags;
  const {signal, exitCode} = listenForInterrupt(note);
  const python = await ensurePython(signal, note).catch((error: unknown) => {
    if (!flags.quick || !(error instanceof PythonError)) throw error;
    console.log(`Skipped: there is no Python with TensorFlow here. ${error.message}`);
    return null;
  });
  if (python === null) return signal.aborted ? exitCode() : 0;
  const outcomes: Outcome[] = [];
  const isAll = !flags.quick && flags.models.length === APPLICATIONS.length;
  const count = flags.random ?? (flags.quick ? RANDOM.quick : isAll ? RANDOM.whole : 0);
  if (flags.random === undefined) {
    outcomes.push(...await applicationOutcomes(flags.quick ? [QUICK] : flags.models, {python, signal}, !flags.quick));
    if (!signal.aborted) outcomes.push(...await optimizerOutcomes({python, signal}));
  }
  if (count > 0 && !signal.aborted) outcomes.push(...await randomOutcomes({python, signal}, {...flags, count}));
  if (signal.aborted) return exitCode();
  const failed = outcomes.filter(({problems}) => problems.length > 0).length;
  console.log(`${outcomes.length - failed} passed, ${failed} failed, 0 skipped`);
  return failed === 0 ? 0 : 1;
}

async function applicationOutcomes(names: string[], {python, signal}: Python, isWhole: boolean): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const [i, name] of names.entries()) {
    const start = Date.now();
    note(`${i + 1}/${names.length} ${name} ...`);
    outcomes.push(await outcomeOf(name, {python, signal}, isWhole));
    outcomes.at(-1)!.problems.forEach((problem) => note(wrapText(`  ${problem}`)));
    note(`  ${((Date.now() - start) / 1000).toFixed(0)} s`);
    if (signal.aborted) return outcomes;
  }
  console.log(textTable(['Model', 'Keras 3', 'tf_keras', 'Gradients', 'Loss'], outcomes.map(({cells}) => cells)));
  console.log(wrapText('Keras 3, tf_keras: the largest difference from the scores of Python, in parts of the largest score, ' +
    'the worse of .keras and .h5. Gradients: the norm of the difference from Keras in float64, on wasm; in brackets that of ' +
    'Keras in float32. Loss: three steps on wasm.'));
  const beside = outcomes.flatMap(({besideBuiltIns}) => besideBuiltIns ? [besideBuiltIns] : []);
  if (beside.length > 0) {
    console.log(textTable(['Beside the built-in layers, on wasm', 'Layers', 'Agree', 'Twin throws', 'No twin'], beside));
  }
  return outcomes;
}

async function randomOutcomes(
    {python, signal}: Python, {count, seed, first}: {count: number, seed: number, first: number}): Promise<Outcome[]> {
  const progress = startProgress('Random models');
  try {
    const converter = await ensureConverter(python, signal, note);
    progress.update(0, count);
    const found = await compareRandomModels({
      python, converter, signal, seed, count, first, close: CLOSE, onProgress: (done) => progress.update(done, count),
    });
    progress.stop();
    for (const {number, file, layers, problems} of found) {
      if (problems.length === 0) continue;
      note(wrapText(`${number}/${file} (--random 1 --seed ${seed} --first ${number}): ${problems.join('; ')}. ` +
        `Layers: ${layers}`));
    }
    const kinds = [...new Set(found.map(({file}) => file))].sort();
    console.log(textTable(['File', 'Read', 'Refused', 'Largest difference', 'Wrong'], kinds.map((kind) => {
      const files = found.filter(({file}) => file === kind);
      const read = files.filter(({refusal}) => refusal === null);
      // Half precision in Python is compared less strictly, and says nothing of the others.
      const most = Math.max(0, ...read.filter(({isHalf}) => !isHalf).flatMap(({differences}) => Object.values(differences)));
      const wrong = files.filter(({problems}) => problems.length > 0).length;
      return [kind, ...[read.length, files.length - read.length].map(String), most.toExponential(1), String(wrong)];
    })));
    console.log(wrapText(`${count} random models, seed ${seed}: the largest difference on cpu, wasm and tfjs-node from the ` +
      'outputs of Python, in parts of the largest output. Folders are those of the official converter. Refused:'));
    for (const [kind, times] of kindsOfRefusals(found)) console.log(wrapText(`  ${times}x ${kind}`));
    return found.map(({file, problems}) => ({cells: [file], problems}));
  } finally {
    progress.stop();
  }
}

async function optimizerOutcomes({python, signal}: Python): Promise<Outcome[]> {
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
  console.log(wrapText('Comes in: three steps in Python, then three here; goes out: the other way round; the largest relative ' +
    'difference from the losses of six steps in Python. Keras 3 by .keras, tf_keras by .h5 on the way out.'));
  return outcomes;
}

async function outcomeOf(name: string, {python, signal}: Python, isWhole: boolean): Promise<Outcome> {
  const application = await Application.write(name, python, signal);
  const problems: string[] = [];
  try {
    const scores: string[] = [];
    for (const library of LIBRARIES) scores.push(await compareScores(application, library, problems));
    const gradients = WITH_GRADIENTS.includes(name) ? await compareGradients(application, problems) : '';
    const loss = await train(application, problems);
    const besideBuiltIns = isWhole ? await compareWithTwins(application, problems) : undefined;
    return {cells: [name, ...scores, gradients, loss], problems, ...besideBuiltIns && {besideBuiltIns}};
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

/** Layer by layer and as a whole, on wasm, where many built-in layers cannot train. */
async function compareWithTwins(application: Application, problems: string[]): Promise<string[]> {
  await startBackend('wasm', note);
  const cells = await attempt('compareWithBuiltIns', problems, async () => {
    const model = await application.load('keras3.keras');
    const {layers, passed, model: whole} = await application.compareWithBuiltIns(model);
    model.dispose();
    const count = (kind: string) => String(layers.filter(({reasons}) => reasons.some((reason) => reason.kind === kind)).length);
    const wrong = layers.filter((layer) => !layer.passed);
    if (!passed) {
      problems.push(`compareWithBuiltIns: ${wrong.length > 0 ? wrong.map(({name}) => name).join(', ') : 'the whole model'} ` +
        `differs; ${whole.reasons.map(({text}) => text).join('; ')}`);
    }
    return [layers.length, layers.length - wrong.length, count('fails'), count('no twin')].join(' ');
  });
  return [application.name, ...cells === 'fails' ? ['fails', '', '', ''] : cells.split(' ')];
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
