/**
 * The main job, `npm start`: the same ConvNet on real MNIST digits with the explicit layers, with their
 * steps as graphs, and with the built-in ones.
 */
import path from 'node:path';

import {models} from '../../src';
import {startBackend} from '../shared/backend';
import {batchesOf} from '../shared/images';
import {listenForInterrupt} from '../shared/interrupt';
import type {Interrupt} from '../shared/interrupt';
import {loadMnist} from '../shared/mnist';
import {startProgress} from '../shared/progress';
import {seededRandom, shuffled} from '../shared/random';
import {median} from '../shared/statistics';
import {wrapText} from '../../src/text_table';
import {compareOnMnist} from './compare';
import {accuracyOf} from './evaluate';
import {EXPECTED_ACCURACY, isFullRun, mnistFlags} from './flags';
import type {MnistFlags} from './flags';
import {builtInNet, explicitNet} from './model';
import {drawLosses} from './picture';
import {failuresOf, resultsTable, tiesLine} from './summary';
import type {Findings} from './summary';
import {builtInSide, explicitSide, graphSide, train} from './train';
import type {Side} from './train';

const COMPARED_STEPS = 100;

const say = (text: string) => console.log(text);
const note = (text: string) => console.error(text);

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = mnistFlags(args);
  if (typeof flags === 'number') return flags;
  const interrupt = listenForInterrupt(note);
  const backend = await startBackend(flags.backend, note);
  const images = loadMnist('train', flags.images);
  const random = seededRandom(flags.seed);
  const epochs = Array.from({length: flags.epochs}, () => batchesOf(shuffled(images.size, random), flags.batch));

  const explicit = explicitSide(explicitNet(flags, 'all'));
  const builtIn = builtInSide(builtInNet(flags));
  const graphs = backend.name === 'tensorflow' ? [graphSide(explicitNet(flags, 'all'))] : [];
  for (const {model} of [...graphs, builtIn]) model.setWeights(explicit.model.getWeights());
  say(wrapText(`MNIST: ${images.size} images to train on, ${flags.testImages} to test with; backend ${backend.title}`));
  say(`${wrapText(`Model: ${explicit.model.layers.map(({name}) => name).join(', ')}; ` +
      `${explicit.model.countParams()} parameters`)}\n`);

  let trained: Side[] = [];
  try {
    const comparison = await compare(flags, images, epochs[0]!, interrupt);
    const canTrain = comparison.report.model.losses.builtIn !== null;
    if (!canTrain) note(wrapText(`On ${backend.name} the built-in layers cannot train ` +
        `(${comparison.report.model.reasons.find(({kind}) => kind === 'fails')?.text}): continuing with ours only.`));
    trained = canTrain ? [explicit, builtIn, ...graphs] : [explicit, ...graphs];
    await trainAll(trained, images, epochs.flat(), interrupt);
    const findings = {comparison, sides: trained, ...await test(trained, flags, interrupt)};
    return await conclude(findings, flags, backend.title);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    say(stoppedLine(trained, epochs.flat().length));
    return interrupt.exitCode();
  }
}

function compare(
    flags: MnistFlags, images: ReturnType<typeof loadMnist>, epoch: Uint32Array[], {signal}: Interrupt) {
  const batches = epoch.filter(({length}) => length === epoch[0]!.length).slice(0, COMPARED_STEPS);
  return withProgress('Comparing', (progress) => compareOnMnist(flags, images, batches, signal, progress));
}

async function trainAll(
    sides: Side[], images: ReturnType<typeof loadMnist>, batches: Uint32Array[], {signal}: Interrupt): Promise<void> {
  await withProgress('Training', (progress) => train(sides, images, batches, signal, (done) =>
    progress(done, batches.length, `loss ${sides.map(({losses}) => losses.at(-1)!.toFixed(3)).join(', ')}`)));
  signal.throwIfAborted();
}

async function test(sides: Side[], flags: MnistFlags, {signal}: Interrupt) {
  const images = loadMnist('test', flags.testImages);
  return withProgress('Testing', async (progress) => {
    const accuracies: number[] = [];
    for (const {model} of sides) {
      progress(accuracies.length, sides.length + 1);
      accuracies.push(await accuracyOf(model, images, signal));
    }
    const folder = path.join(flags.out, 'model');
    await models.save(sides[0]!.model, folder);
    progress(sides.length, sides.length + 1);
    const loadedAccuracy = await accuracyOf(await models.load(folder), images, signal);
    progress(sides.length + 1, sides.length + 1);
    return {accuracies, loadedAccuracy};
  });
}

/** Prints what was found, draws the picture, and tells by its exit code whether anything failed. */
async function conclude(findings: Findings, flags: MnistFlags, backend: string): Promise<number> {
  const picture = await drawLosses(findings.sides, flags.out,
      `${flags.images} images, batches of ${flags.batch}, backend ${backend}`);
  say(`${resultsTable(findings)}\n`);
  say("Same weights, same batches, and ties: 'first', which is TensorFlow's rule:\n");
  say(`${findings.comparison.report}\n`);
  say(`${wrapText(tiesLine(findings))}\n`);
  say(`Model: ${path.join(flags.out, 'model', 'model.json')}   Picture: ${picture}`);
  const failures = failuresOf(findings, isFullRun(flags) ? EXPECTED_ACCURACY : null);
  failures.forEach((failure) => note(`FAILED: ${failure}`));
  return failures.length > 0 ? 1 : 0;
}

function stoppedLine(sides: readonly Side[], steps: number): string {
  const done = sides[0]?.losses.length ?? 0;
  if (done === 0) return 'Stopped before the training: nothing was trained or saved.';
  const each = sides.map(({name, losses, times}) =>
    `${name} layers: loss ${losses.at(-1)!.toFixed(4)}, ${median(times).toFixed(1)} ms per step`);
  return wrapText(`Stopped after ${done} of ${steps} training steps; nothing was saved. ${each.join('; ')}.`);
}

type Report = (done: number, total: number, note?: string) => void;

/** Shows a progress bar while the work runs, and takes it away however the work ends. */
async function withProgress<T>(label: string, work: (report: Report) => Promise<T>): Promise<T> {
  const bar = startProgress(label);
  try {
    return await work((done, total, text) => bar.update(done, total, text));
  } finally {
    bar.stop();
  }
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
}, (error) => {
  note(error instanceof Error ? error.stack ?? error.message : String(error));
  process.exitCode = 1;
});
