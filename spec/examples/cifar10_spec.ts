import {spawn} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';

import {UNCHANGED, writePicture} from '../../examples/cifar10/augment';
import {loadCheckpoint} from '../../examples/cifar10/checkpoint';
import type {RunState} from '../../examples/cifar10/checkpoint';
import {loadCifar10, part} from '../../examples/cifar10/data';
import {earlyStopping} from '../../examples/cifar10/early_stopping';
import {evaluate} from '../../examples/cifar10/evaluate';
import {cifarFlags} from '../../examples/cifar10/flags';
import type {CifarFlags} from '../../examples/cifar10/flags';
import {ORIGINAL_COUNT, parseRecords, PICTURE, RECORD} from '../../examples/cifar10/format';
import {makeNet} from '../../examples/cifar10/networks';
import {classTable} from '../../examples/cifar10/results';
import {testStream, trainingStream} from '../../examples/cifar10/stream';
import type {Batch} from '../../examples/cifar10/stream';
import {foldersOf, train} from '../../examples/cifar10/train';
import type {Watch} from '../../examples/cifar10/train';
import {models} from '../../src';
import {describeOnBackends} from '../support/backends';
import {makeFolder, NAMES, recordsFile} from './support/cifar10_files';

const root = fileURLToPath(new URL('../../', import.meta.url));
const TIMEOUT = 300_000;
const COUNT = 20;

let data = '';
let out = '';
beforeAll(() => {
  data = makeFolder(mkdtempSync(path.join(tmpdir(), 'cifar-data-')), COUNT);
});
afterAll(() => rmSync(data, {recursive: true, force: true}));
beforeEach(() => {
  out = mkdtempSync(path.join(tmpdir(), 'cifar-out-'));
});
afterEach(() => rmSync(out, {recursive: true, force: true}));

describe('examples/cifar10: the files', () => {
  let copy = '';
  beforeEach(() => {
    copy = makeFolder(path.join(out, 'data'), COUNT);
  });

  it('are read in order, with the names of the classes', () => {
    const {train: {labels, pictures}, test, names, digest} = loadCifar10(copy);
    expect(names).toEqual(NAMES);
    expect([labels.length, test.labels.length, pictures.length]).toEqual([5 * COUNT, COUNT, 5 * COUNT * PICTURE]);
    const third = recordsFile(COUNT, 3);
    expect(labels[2 * COUNT + 7]).toBe(third[7 * RECORD]!);
    expect(pictures[(2 * COUNT + 7) * PICTURE + 11]).toBe(third[7 * RECORD + 12]!);
    expect(loadCifar10(data).digest).toBe(digest);
    const found = part(loadCifar10(copy).train, 2 * COUNT, 3 * COUNT).pictures;
    expect(Buffer.compare(found, parseRecords(third, '').pictures)).toBe(0);
  });

  const at = (name: string) => path.join(copy, name);
  const change = (name: string, index: number, value: number) => {
    const bytes = readFileSync(at(name));
    bytes[index] = value;
    writeFileSync(at(name), bytes);
  };
  const refused: [string, () => void, RegExp][] = [
    ['a folder that is not there', () => { copy = path.join(out, 'nothing'); }, /There is no folder .*nothing/],
    ['a missing file', () => rmSync(at('data_batch_4.bin')), /data_batch_4\.bin is missing/],
    ['a file cut inside a record', () => truncateSync(at('data_batch_2.bin'), 3 * RECORD + 5),
      /data_batch_2\.bin: .* records of 3073 bytes .* Got 9224 bytes: it is cut short/],
    ['an empty file', () => truncateSync(at('test_batch.bin'), 0), /test_batch\.bin: .* Got 0 bytes/],
    ['a file cut between two records', () => truncateSync(at('data_batch_5.bin'), 10 * RECORD),
      /data_batch_5\.bin: expected 20 pictures.* Got 10: it is cut short/],
    ['a test file cut between two records beside the original', () => {
      for (let n = 1; n <= 5; n++) writeFileSync(at(`data_batch_${n}.bin`), new Uint8Array(ORIGINAL_COUNT * RECORD));
    }, /test_batch\.bin: expected 10000 pictures.* Got 20/],
    ['a file of zeros in the original size', () => {
      for (const name of readdirSync(copy).filter((file) => file.endsWith('.bin'))) {
        writeFileSync(at(name), new Uint8Array(ORIGINAL_COUNT * RECORD));
      }
    }, /data_batch_1\.bin: not every class occurs/],
    ['a label that is no class', () => change('data_batch_3.bin', 4 * RECORD, 10),
      /data_batch_3\.bin: the label of picture 4 must be from 0 to 9\. Got 10/],
    ['names that are not ten', () => writeFileSync(at('batches.meta.txt'), 'cat\ndog\n'),
      /batches\.meta\.txt: .* Got 2/],
    ['the version for Python', () => renameSync(at('data_batch_1.bin'), at('data_batch_1')), /files for Python/],
  ];
  for (const [title, damage, message] of refused) {
    it(`refuse ${title}, and say where the data is to be had`, () => {
      damage();
      let said = '';
      try {
        loadCifar10(copy);
      } catch (error) {
        said = (error as Error).message;
      }
      expect(said).toMatch(message);
      expect(said).toContain('home page, https://www.cs.toronto.edu');
    });
  }
});

describe('examples/cifar10: the changes of a picture', () => {
  /** Value by row, column and channel, of a picture whose red values count up. */
  function written(change: Parameters<typeof writePicture>[1]): (y: number, x: number, channel: number) => number {
    const picture = Uint8Array.from({length: PICTURE}, (_, i) => (i < 1024 ? i % 251 : 255));
    const values = new Float32Array(PICTURE);
    writePicture(picture, change, values, 0);
    return (y, x, channel) => values[(y * 32 + x) * 3 + channel]!;
  }
  const red = (y: number, x: number) => Math.fround((((y * 32 + x) % 251) / 255 - 0.5) * 4);

  it('none: planes become channels around 0', () => {
    const value = written(UNCHANGED);
    expect([value(0, 0, 0), value(3, 9, 0), value(3, 9, 1), value(31, 31, 2)]).toEqual([-2, red(3, 9), 2, 2]);
  });

  it('a flip changes left and right', () => {
    expect(written({flip: true, shift: [0, 0]})(5, 2, 0)).toBe(red(5, 29));
  });

  it('a shift moves it down and to the right, and the rest is 0', () => {
    const value = written({flip: false, shift: [3, -2]});
    expect([value(3, 0, 0), value(10, 20, 0)]).toEqual([red(0, 2), red(7, 22)]);
    expect([value(2, 5, 1), value(31, 30, 1), value(31, 29, 1)]).toEqual([0, 0, 2]);
    expect(written({flip: true, shift: [0, 4]})(0, 4, 0)).toBe(red(0, 31));
  });
});

describe('examples/cifar10: when to stop', () => {
  it('is decided from the losses alone', () => {
    expect(earlyStopping([], 1)).toEqual({best: -1, stop: false});
    expect(earlyStopping([3, 2, 2.5], 2)).toEqual({best: 1, stop: false});
    expect(earlyStopping([3, 2, 2.5, 2.1], 2)).toEqual({best: 1, stop: true});
    expect(earlyStopping([3, 2, 2.5, 1.9], 2)).toEqual({best: 3, stop: false});
  });

  it('the table of the classes names what each is taken for', () => {
    const confusion = NAMES.map((_, i) => NAMES.map((_, k) => (i === k ? 3 : i === 3 && k === 5 ? 1 : 0)));
    const table = classTable(confusion, NAMES);
    expect(table).toMatch(/cat +│ +4 │ +75\.0 % │ +dog \(1\)/);
    expect(table).toMatch(/dog +│ +3 │ +100\.0 % │ +│/);
  });
});

const flagsOf = (...args: string[]) => cifarFlags(
    ['--data', data, '--out', out, '--slim', '16', '--batch', '16', ...args]) as CifarFlags;

describeOnBackends('examples/cifar10', () => {
  const settings = {net: 'deep'};
  const quiet: Watch = {step: () => undefined, epoch: () => undefined};
  const never = new AbortController().signal;

  async function batchesOf(stream: ReturnType<typeof testStream>): Promise<Batch[]> {
    return stream.toArray();
  }
  /** All values as one text: comparing that many numbers one by one takes Jasmine minutes. */
  const valuesOf = async (batches: Batch[]) =>
    (await Promise.all(batches.map(async ({x}) => (await x.data()).join()))).join();

  it('streams every picture once, differently each epoch and with each seed, the same for the same', async () => {
    const records = loadCifar10(data).train;
    const epoch = (seed: number, number: number, augment = false) =>
      batchesOf(trainingStream(records, {seed, batch: 16, augment}, number));
    const [one, again, next, other, changed] = await Promise.all(
        [epoch(1, 0), epoch(1, 0), epoch(1, 1), epoch(2, 0), epoch(1, 0, true)]);
    expect(one.map(({x}) => x.shape[0])).toEqual([16, 16, 16, 16, 16, 16, 4]);
    const labels = await Promise.all(one.map(async ({y}) => [...await tf.sum(y, 0).data()]));
    expect(labels.reduce((sum, row) => sum.map((value, i) => value + row[i]!))).toEqual(Array(10).fill(10));
    const values = await valuesOf(one);
    expect(await valuesOf(again) === values).toBeTrue();
    for (const different of [next, other, changed]) expect(await valuesOf(different) === values).toBeFalse();
    tf.dispose([one, again, next, other, changed]);
  });

  it('trains, resumes within and between epochs with the same losses', async () => {
    const {train: records} = loadCifar10(data);
    const flags = flagsOf('--epochs', '3');
    const [training, validation] = [part(records, 0, 90), part(records, 90)];
    const fresh = (): RunState => ({settings, epochs: [], steps: []});
    const whole = {model: makeNet(flags, flags.learningRate), state: fresh(), training, validation};
    await train(whole, flags, never, quiet);
    expect(whole.state.steps.length).toBe(18);
    expect(whole.state.steps.at(-1)!).toBeLessThan(whole.state.steps[0]!);
    const bestOf = async () => (await evaluate(await models.load(foldersOf(flags).best), validation, never)).loss;
    const best = await bestOf();
    rmSync(out, {recursive: true});

    // One epoch, and a piece of the second that is lost.
    const controller = new AbortController();
    const begun = {model: makeNet(flags, flags.learningRate), state: fresh(), training, validation};
    const step = (_epoch: number, done: number) => { if (done === 9) controller.abort(new Error('stop')); };
    await expectAsync(train(begun, flags, controller.signal, {...quiet, step})).toBeRejectedWithError('stop');
    const {checkpoint} = foldersOf(flags);
    const second = await loadCheckpoint(checkpoint, settings);
    expect(second.state.epochs.length).toBe(1);
    await train({...second, training, validation}, {...flags, epochs: 2}, never, quiet);
    const third = await loadCheckpoint(checkpoint, settings);
    expect(third.state.epochs.length).toBe(2);
    await train({...third, training, validation}, flags, never, quiet);
    for (const [i, loss] of whole.state.steps.entries()) {
      expect(Math.abs(third.state.steps[i]! - loss)).withContext(`step ${i + 1}`).toBeLessThanOrEqual(1e-6 * loss);
    }
    for (const [i, epoch] of whole.state.epochs.entries()) {
      expect(Math.abs(third.state.epochs[i]!.validationLoss - epoch.validationLoss))
          .toBeLessThanOrEqual(1e-6 * epoch.validationLoss);
    }
    expect(Math.abs(await bestOf() - best)).toBeLessThanOrEqual(1e-6 * best);
    await expectAsync(loadCheckpoint(checkpoint, {net: 'notes'})).toBeRejectedWithError(/net: deep then, notes now/);
  }, TIMEOUT);

  it('tells a loss that is not a number', async () => {
    const {train: records} = loadCifar10(data);
    const flags = flagsOf('--net', 'notes');
    const model = makeNet(flags, 0.1);
    const kernel = tf.fill(model.getWeights()[0]!.shape, NaN);
    model.setWeights([kernel, ...model.getWeights().slice(1)]);
    const [training, validation] = [part(records, 0, 90), part(records, 90)];
    const run = {model, state: {settings, epochs: [], steps: []}, training, validation};
    await expectAsync(train(run, flags, never, quiet)).toBeRejectedWithError(/The loss is NaN in step 1 of epoch 1/);
  });
});

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the example as npm does; `onText` may end it. */
function start(
    args: string[], onText?: (text: string, kill: (signal: NodeJS.Signals) => void) => void): Promise<Outcome> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/cifar10/main.ts', ...args], {cwd: root});
  let [stdout, stderr] = ['', ''];
  const hear = () => onText?.(stdout + stderr, (signal) => child.kill(signal));
  child.stdout.on('data', (text) => { stdout += text; hear(); });
  child.stderr.on('data', (text) => { stderr += text; hear(); });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({code, stdout, stderr}));
  });
}

describe('npm run example:cifar10', () => {
  const small = () => ['--data', data, '--backend', 'wasm', '--slim', '16', '--batch', '16', '--epochs', '4'];
  const historyIn = (folder: string) => JSON.parse(readFileSync(path.join(folder, 'history.json'), 'utf8')) as RunState;

  it('killed and resumed, ends as if never stopped: the same losses, curves and tests', async () => {
    const [plain, killed] = [path.join(out, 'plain'), path.join(out, 'killed')];
    const whole = await start([...small(), '--out', plain]);
    expect(whole.code).withContext(whole.stderr).toBe(0);
    expect(whole.stdout).toMatch(/airplane +│ +2 │/);
    expect(whole.stdout.split('\n').filter((line) => line.length > 80 && !line.includes(out))).toEqual([]);
    const dead = await start([...small(), '--out', killed], (text, kill) => {
      if (/Epoch 2: loss/.test(text)) kill('SIGKILL');
    });
    expect(dead.code).toBeNull();
    const rest = await start([...small(), '--out', killed, '--resume']);
    expect(rest.code).withContext(rest.stderr).toBe(0);
    expect(rest.stdout).toMatch(/Resuming after epoch [23]\./);
    expect(historyIn(killed)).toEqual(historyIn(plain));
    for (const name of ['loss.svg', 'accuracy.svg', 'confusion.svg', 'filters.png']) {
      const [drawn, expected] = [killed, plain].map((folder) => readFileSync(path.join(folder, name)));
      expect(drawn!.equals(expected!)).withContext(name).toBeTrue();
    }
    expect(readFileSync(path.join(plain, 'confusion.svg'), 'utf8')).toContain('>airplane</text>');
  }, TIMEOUT);

  it('stops on Ctrl-C after the step and says how to go on, exit code 130', async () => {
    const {code, stdout, stderr} = await start([...small(), '--out', out, '--epochs', '500', '--patience', '500'],
        (text, kill) => { if (/Epoch 1: loss/.test(text)) kill('SIGINT'); });
    expect(code).toBe(130);
    expect(stdout.replace(/\s+/g, ' '))
        .toMatch(/Stopped\. The same command with --resume continues after the last complete epoch/);
    expect(stderr).not.toMatch(/^ +at /m);
  }, TIMEOUT);

  const refused: [string[], RegExp][] = [
    [[], /Get the "CIFAR-10 binary version"/],
    [['--dta', 'x'], /unknown option '--dta'[\s\S]*--data <folder>/],
    [['--net', 'big'], /Allowed choices are notes, deep/],
    [['--learning-rate', '0'], /It must be a number above 0 and at most 10/],
  ];
  for (const [args, message] of refused) {
    it(`refuses ${args.join(' ') || 'to guess where the data is'}`, async () => {
      const {code, stderr} = await start(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
    }, TIMEOUT);
  }

  it('has no checkpoint to resume before the first epoch', async () => {
    const {code, stderr} = await start([...small(), '--out', out, '--resume']);
    expect(code).toBe(2);
    expect(stderr.replace(/\s+/g, ' ')).toContain('Start without --resume');
  }, TIMEOUT);
});
