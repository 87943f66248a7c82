import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import * as tf from '@tensorflow/tfjs-core';

import {models} from '../../src';
import {backendNames} from '../support/backends';

const root = fileURLToPath(new URL('../../', import.meta.url));
const TIMEOUT = 120_000;
/** Small enough for seconds, large enough to learn something. */
const SMALL = ['--images', '640', '--test-images', '200', '--epochs', '2', '--batch', '32', '--filters', '4,8'];

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the main job as `npm start` does; `onStderr` may end it. */
function start(args: string[], onStderr?: (text: string, kill: () => void) => void): Promise<Outcome> {
  let ending = false;
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/mnist/main.ts', ...args], {cwd: root});
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => { stdout += data; });
  child.stderr.on('data', (data) => {
    stderr += data;
    onStderr?.(stderr, () => {
      if (!ending) ending = child.kill('SIGINT');
    });
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({code, stdout, stderr}));
  });
}

/** The two cells of a row of the table of results. */
function cellsOf(stdout: string, title: string): string[] {
  const row = stdout.split('\n').find((line) => line.startsWith(`│ ${title}`)) ?? '';
  return row.split('│').slice(2, -1).map((cell) => cell.trim());
}

describe('npm start', () => {
  let out = '';
  beforeEach(() => { out = mkdtempSync(path.join(tmpdir(), 'mnist-')); });
  afterEach(() => rmSync(out, {recursive: true, force: true}));

  for (const backend of backendNames.filter((name) => name !== 'cpu')) {
    it(`[${backend}] trains, compares, tests, saves and draws`, async () => {
      const {code, stdout, stderr} = await start([...SMALL, '--backend', backend, '--out', out]);
      expect(code).withContext(stderr).toBe(0);
      expect(stdout).toContain(`backend ${backend}`);
      expect(stdout.split('\n').filter((line) => line.length > 80 && !line.includes(out))).toEqual([]);
      const trains = backend === 'tensorflow';
      const accuracies = cellsOf(stdout, 'test accuracy');
      expect(parseFloat(accuracies[0]!)).toBeGreaterThan(50);
      if (trains) expect(Math.abs(parseFloat(accuracies[0]!) - parseFloat(accuracies[1]!))).toBeLessThan(20);
      else expect(accuracies[1]).toBe('cannot train here');
      if (trains) expect(Math.abs(parseFloat(accuracies[0]!) - parseFloat(accuracies[2]!))).toBeLessThan(20);
      else expect(accuracies[2]).toBe('tfjs-node only');
      expect(stderr.includes('the built-in layers cannot train')).toBe(!trains);
      expect(cellsOf(stdout, 'saved, loaded again')[0]).toBe(accuracies[0]!);
      expect(parseFloat(cellsOf(stdout, 'milliseconds per step')[0]!)).toBeGreaterThan(0);
      for (const layer of ['conv1', 'norm1', 'relu1', 'pool1', 'conv2', 'norm2', 'relu2', 'pool2', 'scores']) {
        expect(stdout).toMatch(new RegExp(`^${layer} +(0|\\d\\.\\de-\\d+) `, 'm'));
      }
      expect(stdout).toMatch(trains ? /Losses over 20 steps: at most \d/ : /Losses over 20 steps: no built-in losses/);
      expect(stdout.replace(/\s+/g, ' ')).toMatch(/\d+ of 25088 windows of pool1 .* ties: 'all'.* changes our loss by at most \d/);
      const svg = readFileSync(path.join(out, 'losses.svg'), 'utf8');
      expect(svg).toMatch(/^<svg /);
      expect(svg).toContain('explicit layers');
      expect(svg.includes('built-in layers')).toBe(trains);
      await tf.setBackend('cpu');
      const model = await models.load(path.join(out, 'model'));
      expect(model.layers.map((layer) => layer.getClassName())).toContain('ExplicitMaxPooling2D');
      model.dispose();
    }, TIMEOUT);
  }

  it('[wasm] gives the same for the same seed and something else for another', async () => {
    const loss = async (seed: string) => {
      const {stdout} = await start(['--backend', 'wasm', '--images', '96', '--test-images', '10', '--epochs', '1',
        '--filters', '2,2', '--batch', '32', '--out', out, '--seed', seed]);
      return cellsOf(stdout, 'mean loss')[0];
    };
    const [first, again, other] = [await loss('5'), await loss('5'), await loss('6')];
    expect(first).toMatch(/^\d\.\d+$/);
    expect(again).toBe(first!);
    expect(other).not.toBe(first!);
  }, TIMEOUT);

  it('[wasm] stops on Ctrl-C after the step, says how far it came, exit code 130', async () => {
    const {code, stdout, stderr} = await start(
        ['--backend', 'wasm', '--images', '6400', '--filters', '2,2', '--batch', '8', '--out', out],
        (text, kill) => { if (/Training/.test(text)) kill(); });
    expect(code).toBe(130);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/Stopped after \d+ of 1600 training steps; nothing was saved. explicit layers: loss \d/);
    expect(stderr).not.toMatch(/^ +at /m);
  }, TIMEOUT);

  it('explains itself', async () => {
    const {code, stdout} = await start(['--help']);
    expect(code).toBe(0);
    for (const flag of ['filters', 'dense', 'images', 'test-images', 'epochs', 'batch', 'backend', 'seed', 'out']) {
      expect(stdout).toContain(`--${flag} <`);
    }
  }, TIMEOUT);

  const refused: [string[], RegExp][] = [
    [['--imags', '5'], /unknown option '--imags'/],
    [['--images', '0'], /'--images <n>' argument '0' is invalid. It must be a whole number from 1 to 60000/],
    [['--epochs', '1.5'], /'--epochs <n>' argument '1.5' is invalid/],
    [['--filters', '8'], /'--filters <K1,K2>' argument '8' is invalid. It must be 2 whole numbers/],
    [['--backend', 'gpu'], /Allowed choices are tensorflow, wasm, cpu/],
    [['extra'], /too many arguments/],
  ];
  for (const [args, message] of refused) {
    it(`refuses ${args.join(' ')} and lists the good flags`, async () => {
      const {code, stdout, stderr} = await start(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
      expect(stderr).toContain('--filters <K1,K2>');
      expect(stdout).toBe('');
    }, TIMEOUT);
  }
});
