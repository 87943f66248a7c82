/**
 * CIFAR-10 with explicit layers: the original files, streamed with flips and shifts; checkpoints that a later run goes
 * on from exactly; and pictures of how it went.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import type {LayersModel} from '@tensorflow/tfjs-layers';

import {models} from '../../src';
import {startBackend} from '../shared/backend';
import {listenForInterrupt} from '../shared/interrupt';
import {startProgress} from '../shared/progress';
import type {Progress} from '../shared/progress';
import {runExample, UserError} from '../shared/run';
import {wrapText} from '../../src/text_table';
import {hasCheckpoint, loadCheckpoint} from './checkpoint';
import type {Settings} from './checkpoint';
import {loadCifar10, part, WHERE} from './data';
import type {Cifar10} from './data';
import {evaluate} from './evaluate';
import type {Evaluation} from './evaluate';
import {cifarFlags} from './flags';
import type {CifarFlags} from './flags';
import {makeNet} from './networks';
import {drawConfusion, drawCurves, drawFilters} from './picture';
import {classTable, epochLine, percent} from './results';
import {foldersOf, stoppingOf, train} from './train';
import type {Run} from './train';

/** Of the pictures to train on, one in so many is kept to decide when to stop. */
const VALIDATION_PART = 10;

const say = (text: string) => console.log(text);
const note = (text: string) => console.error(text);

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  const flags = cifarFlags(args);
  if (typeof flags === 'number') return flags;
  if (flags.data === undefined) throw new UserError(WHERE);
  const data = loadCifar10(flags.data);
  const interrupt = listenForInterrupt(note);
  const backend = await startBackend(flags.backend, note);
  const run = await begin(data, flags, backend.name);
  const [training, validation, testing] = [run.training, run.validation, data.test].map(({labels}) => labels.length);
  say(wrapText(`CIFAR-10: ${training} pictures to train on, ${validation} to decide when to stop, ${testing} to test ` +
      `with; backend ${backend.title}`));
  const layers = run.model.layers.map(({name}) => name).join(', ');
  say(`${wrapText(`Net: ${layers}; ${run.model.countParams()} parameters`)}\n`);
  try {
    await trainWithProgress(run, flags, interrupt.signal);
    const best = await models.load(foldersOf(flags).best);
    const tested = await test(best, data, interrupt.signal);
    await conclude(run, best, tested, data.names, flags);
    return 0;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    say(`Stopped. ${whatIsLeft(flags)}`);
    return interrupt.exitCode();
  }
}

/** The run from its beginning, or from where the checkpoint says. */
async function begin({train: records, digest}: Cifar10, flags: CifarFlags, backend: string): Promise<Run> {
  const count = records.labels.length;
  const held = Math.floor(count / VALIDATION_PART);
  if (held === 0) throw new UserError(`Expected at least ${VALIDATION_PART} pictures to train on. Got ${count}.`);
  const [training, validation] = [part(records, 0, count - held), part(records, count - held)];
  const {net, slim, batch, learningRate, decay, augment, seed} = flags;
  const settings: Settings = {net, slim, batch, learningRate, decay, augment, seed, backend, data: digest};
  const {checkpoint} = foldersOf(flags);
  if (flags.resume) {
    const {model, state} = await loadCheckpoint(checkpoint, settings);
    say(`Resuming after epoch ${state.epochs.length}.`);
    return {model, state, training, validation};
  }
  if (hasCheckpoint(checkpoint)) {
    note(wrapText(`Starting over: after the first epoch the checkpoint of an earlier run in ${checkpoint} is replaced ` +
        '(--resume continues from it).'));
  }
  return {model: makeNet(flags, learningRate), state: {settings, epochs: [], steps: []}, training, validation};
}

/** A bar for each epoch, with the time that is left for all; a line after each. */
async function trainWithProgress(run: Run, flags: CifarFlags, signal: AbortSignal): Promise<void> {
  let bar: Progress | null = null;
  const stop = () => {
    bar?.stop();
    bar = null;
  };
  try {
    await train(run, flags, signal, {
      step(epoch, done, total, loss) {
        bar ??= startProgress(`Epoch ${epoch}/${flags.epochs}`);
        bar.update(done, total, `loss ${loss.toFixed(3)}`);
      },
      epoch(...result) {
        stop();
        say(epochLine(...result));
      },
    });
  } finally {
    stop();
  }
}

async function test(model: LayersModel, {test: records}: Cifar10, signal: AbortSignal): Promise<Evaluation> {
  const bar = startProgress('Testing');
  try {
    return await evaluate(model, records, signal, (done) => bar.update(done, records.labels.length));
  } finally {
    bar.stop();
  }
}

async function conclude(
    {state}: Run, best: LayersModel, {loss, accuracy, confusion}: Evaluation, names: string[],
    flags: CifarFlags): Promise<void> {
  const {best: epoch, stop} = stoppingOf(state, flags);
  if (stop) say(`Stopped early: the validation loss has not fallen for ${flags.patience} epochs.`);
  say(`\n${wrapText(`The net of epoch ${epoch + 1}, the best of ${state.epochs.length}, on the test pictures: loss ` +
      `${loss.toFixed(4)}, accuracy ${percent(accuracy)}.`)}\n`);
  say(`${classTable(confusion, names)}\n`);
  const {out, net, batch, augment, seed} = flags;
  mkdirSync(out, {recursive: true});
  const history = path.join(out, 'history.json');
  writeFileSync(history, JSON.stringify({...state, test: {epoch: epoch + 1, loss, accuracy, confusion}}));
  const pictures = [
    ...await drawCurves(state.epochs, out,
        `net ${net}, batches of ${batch}, ${augment ? 'flips and shifts' : 'as they are'}, seed ${seed}`),
    await drawConfusion(confusion, names, out), await drawFilters(best, out),
  ];
  say(`Net: ${path.join(foldersOf(flags).best, 'model.json')}   Every loss: ${history}`);
  say(`Pictures: ${pictures.join('  ')}`);
}

function whatIsLeft(flags: CifarFlags): string {
  const {checkpoint} = foldersOf(flags);
  return hasCheckpoint(checkpoint) ?
    `The same command with --resume continues after the last complete epoch (${checkpoint}).` :
    'No epoch was complete, so nothing was saved.';
}

runExample(main);
