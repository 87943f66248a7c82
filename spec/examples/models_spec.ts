/** The examples that convert whole models, run small. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the example', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'example-')); });
  afterEach(() => rmSync(folder, {recursive: true}));

  const run = (name: string, ...flags: string[]) => spawnSync(
      process.execPath, ['--import', 'tsx', `examples/${name}/main.ts`, '--small', '--out', folder, ...flags],
      {cwd: ROOT, encoding: 'utf8'});

  it('pretrained converts a MobileNetV2 of others, which then trains on wasm', () => {
    const {stdout, stderr, status} = run('pretrained');
    expect(status).withContext(stderr).toBe(0);
    expect(stdout).toMatch(/145\s+layers\s+are\s+explicit\s+now/);
    expect(stdout).toMatch(/The\s+original\s+cannot\s+train\s+here/);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/All layers fine-tuned for 3 steps of 4 digits, 32x32: loss [\d.]+ to [\d.]+\./);
    expect(readdirSync(folder).sort()).toEqual(['digits.svg', 'loss.svg']);
  }, 120_000);

  it('sliding_window gives the scores of the 36 crops in one pass', () => {
    const {stdout, stderr, status} = run('sliding_window', '--backend', 'wasm');
    expect(status).withContext(stderr).toBe(0);
    expect(stdout).toMatch(/convolutional form gives\s+\[6,6,1000\]/);
    expect(readdirSync(folder)).toEqual(['heat_map.png']);
  }, 300_000);
});
