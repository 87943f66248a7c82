/** Every example stands alone: a command, a line in the README, a run here or in a spec of its own. */
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TIMEOUT = 300_000;
const EXAMPLES = readdirSync(path.join(ROOT, 'examples'), {withFileTypes: true})
  .filter((entry) => entry.isDirectory() && entry.name !== 'shared').map(({name}) => name);

describe('each example', () => {
  const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
  const {scripts} = JSON.parse(read('package.json')) as {scripts: {[name: string]: string}};
  const rows = read('README.md').split('\n').filter((line) => line.startsWith('| `npm'));

  for (const name of EXAMPLES) {
    it(`${name} has a command and a line in the README`, () => {
      const script = name === 'mnist' ? 'start' : `example:${name}`;
      const command = name === 'mnist' ? 'npm start' : `npm run ${script}`;
      expect(scripts[script]).toBeDefined();
      expect(existsSync(path.join(ROOT, 'examples', name, 'main.ts'))).toBeTrue();
      expect(rows.filter((row) => row.startsWith(`| \`${command}\` |`)).length).toBe(1);
    });
  }
});

describe('the example', () => {
  let out = '';
  beforeEach(() => { out = mkdtempSync(path.join(tmpdir(), 'example-')); });
  afterEach(() => rmSync(out, {recursive: true}));

  const run = (name: string, ...flags: string[]) => spawnSync(
      process.execPath, ['--import', 'tsx', `examples/${name}/main.ts`, '--out', out, ...flags],
      {cwd: ROOT, encoding: 'utf8'});

  it('gradient_penalty trains a critic on the gradient of a gradient', () => {
    const {stdout, stderr, status} = run(
        'gradient_penalty', '--backend', 'wasm', '--steps', '2', '--images', '64', '--batch', '8');
    expect(status).withContext(stderr).toBe(0);
    expect(stdout.replace(/\s+/g, ' '))
      .toMatch(/The same critic of built-in layers: ".*" Continuing with the explicit ones/);
    expect(readdirSync(out).sort()).toEqual(['images.svg', 'losses.svg']);
  }, TIMEOUT);

  it('custom_rule draws what guided ReLU lets through, and the gradient check finds it out', () => {
    const {stdout, stderr, status} = run('custom_rule', '--backend', 'wasm', '--images', '320', '--digits', '2');
    expect(status).withContext(stderr).toBe(0);
    expect(stdout).toMatch(/gradCheck: right/);
    expect(stdout).toMatch(/gradCheck: WRONG/);
    expect(readdirSync(out)).toEqual(['saliency.svg']);
  }, TIMEOUT);

  for (const name of ['custom_rule', 'gradient_penalty', 'pretrained', 'sliding_window']) {
    it(`${name} refuses an unknown flag and lists the good ones`, () => {
      const {stderr, status} = run(name, '--sed', '3');
      expect(status).toBe(2);
      expect(stderr).toMatch(/unknown option '--sed'[\s\S]*--seed <n>[\s\S]*--out <folder>/);
    }, TIMEOUT);
  }
});
