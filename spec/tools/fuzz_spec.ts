import {spawnSync} from 'node:child_process';
import path from 'node:path';

import {ROOT} from '../../tools/bootstrap/root.mjs';
import {damaged, drawing} from '../../tools/fuzz/damage';
import {KINDS} from '../../tools/fuzz/names';

describe('npm run fuzz', () => {
  const fuzz = (...args: string[]) => spawnSync(
    process.execPath, ['--import', 'tsx', path.join('tools', 'fuzz.ts'), ...args], {cwd: ROOT, encoding: 'utf8'});

  it('says what it takes, in 80 columns', () => {
    const {stdout, status} = fuzz('--help');
    expect(status).toBe(0);
    for (const word of ['--minutes', '--seed', '--case', '--only', '--backend', ...KINDS]) expect(stdout).toContain(word);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(fuzz('--only', 'tensors').status).toBe(2);
  });

  it('runs the case that is named, and ends with one line of counts', () => {
    const {stdout, status} = fuzz('--seed', '7', '--case', '1107', '--backend', 'cpu');
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^seed 7, \d+ s: 1 archives; 0 failed$/);
    expect(status).toBe(0);
  }, 120_000);

  it('draws the same of the same seed and case, other things of others', () => {
    const bytes = Uint8Array.from({length: 500}, (_, i) => i % 251);
    const of = (seed: number, index: number) => damaged(bytes, drawing(seed, index));
    expect(of(7, 3)).toEqual(of(7, 3));
    const all = new Set(Array.from({length: 40}, (_, i) => of(7 + (i % 4), i >> 2).join()));
    expect(all.size).toBeGreaterThan(35);
    expect(bytes.every((byte, i) => byte === i % 251)).toBeTrue();
  });
});
