import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import type {VerifyReport} from '../../src/checks';
import {ProjectError} from '../../tools/project.mjs';
import {verifyBackends} from '../../tools/verify.mjs';
import {Scratch} from './support/fixtures';

const root = fileURLToPath(new URL('../../', import.meta.url));

function run(...args: string[]) {
  return spawnSync(process.execPath, ['tools/cli.mjs', 'verify', ...args], {cwd: root, encoding: 'utf8'});
}

describe('tfjs-explicit-layers verify', () => {
  beforeEach(() => {
    if (!existsSync(`${root}dist/index.cjs`)) pending('the library is not built');
  });

  it('prints what it found, a line an op', () => {
    const {stdout, status} = run('--backend', 'cpu');
    expect(stdout).toMatch(/^cpu, float32: every case agrees with the reference\n/);
    for (const op of ['conv2d', 'maxPool2d', 'batchNorm']) expect(stdout).toMatch(new RegExp(`^  ${op} +\\d+ +0 `, 'm'));
    expect(status).toBe(0);
  });

  it('speaks JSON', () => {
    const reports: VerifyReport[] = JSON.parse(run('--backend', 'cpu', '--json').stdout);
    expect(reports.map(({backend, ok}) => [backend, ok])).toEqual([['cpu', true]]);
    expect(reports[0]!.cases[0]!.error).toBeLessThan(reports[0]!.cases[0]!.tolerance);
  });

  it('says what to do about a backend that it cannot run', () => {
    const {stderr, status} = run('--backend', 'webgl');
    expect(stderr).toContain('webgl runs in browsers');
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(1);
  });
});

describe('verifyBackends', () => {
  const refusal = (options: Parameters<typeof verifyBackends>[0]) => verifyBackends(options).then(
      () => '', error => (error instanceof ProjectError ? error.message : `no ProjectError: ${error}`));

  it('names the backends there are', async () => {
    expect(await refusal({backends: ['gpu']})).toBe('There is no backend gpu. Those for Node are cpu, wasm, tensorflow.');
  });

  it('looks at the packages of the project', async () => {
    const scratch = new Scratch();
    expect(await refusal({project: scratch.root, backends: ['wasm']}))
        .toContain('npm install @tensorflow/tfjs-backend-wasm');
    expect(await refusal({project: scratch.root})).toContain('has no backend that runs in Node');
    scratch.remove();
  });
});
