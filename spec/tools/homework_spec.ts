import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import * as reference from '../../src/reference';
import {check} from '../../tools/homework/check.mjs';
import {EXERCISES, isAsked} from '../../tools/homework/exercises.mjs';
import {gradeFile, HomeworkError} from '../../tools/homework/grade.mjs';
import {indexOf, originOf, totalOf} from '../../tools/homework/origins.mjs';
import {templateOf} from '../../tools/homework/template.mjs';
import {MISTAKES} from './homework/mistakes';
import {Scratch} from './support/fixtures';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLI = path.join(ROOT, 'tools', 'cli.mjs');
const NAMES = ['conv2d', 'relu', 'maxPool2d', 'affine', 'softmaxLoss', 'batchNorm', 'layerNorm', 'col2im'];
const rightFile = (exercise: string) => fileURLToPath(new URL(`homework/${exercise}.mjs`, import.meta.url));

/** The module of these lines. */
async function moduleOf(text: string): Promise<{[name: string]: unknown}> {
  return await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`) as {[name: string]: unknown};
}

describe('homework', () => {
  let scratch: Scratch;
  beforeEach(() => {
    if (!existsSync(path.join(ROOT, 'dist', 'reference.cjs'))) pending('the library is not built');
    scratch = new Scratch();
  });
  afterEach(() => scratch?.remove());

  const cli = (...args: string[]) => spawnSync(process.execPath, [CLI, ...args], {encoding: 'utf8', cwd: scratch.root});
  const grade = (file: string, text: string) => gradeFile(scratch.write(file, text));

  describe('the command exercise', () => {
    it('has the eight exercises', () => expect(Object.keys(EXERCISES)).toEqual(NAMES));

    for (const typescript of [false, true]) {
      it(`writes empty functions that load, ${typescript ? 'with' : 'without'} types, and that the grader fails`, async () => {
        for (const name of typescript ? ['conv2d', 'batchNorm', 'col2im'] : NAMES) {
          const file = `${name}.${typescript ? 'ts' : 'mjs'}`;
          const verdicts = await grade(file, templateOf(name, {typescript, file}));
          expect(verdicts.map((verdict) => verdict.name)).toEqual(EXERCISES[name]!.tasks.map((task) => task.name));
          for (const {mistake} of verdicts) expect(mistake?.problem).toContain('still to be written');
        }
      });
    }

    it('names its file after the exercise, and never writes over work', () => {
      expect(cli('exercise', 'conv2d').stdout).toMatch(/^conv2d\.mjs: convForward, convBackward\n.*grade conv2d\.mjs$/m);
      const again = cli('exercise', 'conv2d');
      expect([again.status, again.stderr]).toEqual([1, jasmine.stringContaining('--out')]);
      expect(cli('exercise', 'conv2d', '--typescript').status).toBe(0);
      expect(cli('exercise', 'relu', '--out', 'deep/er/mine.ts').status).toBe(0);
      expect(scratch.list('.').filter((name) => name.startsWith('conv2d'))).toEqual(['conv2d.mjs', 'conv2d.ts']);
      expect(readFileSync(path.join(scratch.root, 'deep/er/mine.ts'), 'utf8')).toContain('x: ReferenceArray');
      expect(cli('exercise', 'relu', '--out', 'x.js', '--typescript').stderr).toContain('ends in .ts');
      expect(cli('exercise', 'relu', '--out', '-').stdout).toContain('export function reluBackward(dout, cache)');
    });

    it('knows no other', () => {
      const {status, stderr} = cli('exercise', 'conv3d');
      expect([status, stderr]).toEqual([2, jasmine.stringContaining('conv2d, relu, maxPool2d')]);
    });
  });

  describe('the command grade', () => {
    it('passes the reference itself', async () => {
      const verdicts = await grade('all.cjs',
        `module.exports = require(${JSON.stringify(path.join(ROOT, 'dist/reference.cjs'))})`);
      expect(verdicts.length).toBe(16);
      expect(verdicts.filter(({mistake}) => mistake)).toEqual([]);
    });

    it('passes the formulas of the notes, with exit code 0', () => {
      for (const name of NAMES) {
        const {status, stdout} = cli('grade', rightFile(name));
        expect(status).withContext(stdout).toBe(0);
        expect(stdout).not.toContain('✗');
      }
    });

    it('ends with 1, and says which cells of which window make the entry', () => {
      const file = scratch.write('mine.mjs', readFileSync(rightFile('conv2d'), 'utf8').replace('dxp.data[p] +=',
        'dxp.data[p] ='));
      const {status, stdout} = cli('grade', file);
      expect(status).toBe(1);
      expect(stdout).toContain('1 of 2 functions is right');
      expect(stdout).toMatch(/✗ convBackward {2}wrong in case 1 of 11: x \[1,1,3,3\], w \[1,1,2,2\]/);
      expect(stdout).toMatch(new RegExp([
        'dx\\[0, 0, 0, 1\\] is [−\\d.]+, should be ([−\\d.]+)\\.', ' +Central differences of the forward say \\1\\.',
          ' +dx = .*:',
        ' +dout\\[0, 0, 0, 0\\] \\(.*\\) · w\\[0, 0, 0, 1\\] \\(.*\\) =\\s+[−\\d.]+',
        ' +dout\\[0, 0, 0, 1\\] \\(.*\\) · w\\[0, 0, 0, 0\\] \\(.*\\) =\\s+[−\\d.]+'].join('\n')));
    });

    it('speaks JSON, whatever the file prints', () => {
      const file = scratch.write('mine.mjs', `console.log('hello');\n${readFileSync(rightFile('relu'), 'utf8')}`);
      expect(JSON.parse(cli('grade', file, '--json').stdout).map(({name, mistake}: {name: string,
        mistake: null}) => [name, mistake]))
        .toEqual([['reluForward', null], ['reluBackward', null]]);
    });

    const refused: {[title: string]: [text: string, message: RegExp]} = {
      'no such file': ['', /There is no file .*nothing\.mjs.*exercise conv2d/],
      'a file without functions': ['export const x = 1;', /exports no function of an exercise. It exports x; .*convForward/],
      'a file with an error': ['export function reluForward(x) {', /does not load: SyntaxError/],
      'an endless loop': ['export function reluForward(x) { for (;;); }', /within 1 s: is there an endless loop/],
      'a file that ends the program': ['process.exit(0); export function reluForward() {}', /ends the program/],
    };
    for (const [title, [text, message]] of Object.entries(refused)) {
      it(`refuses ${title}`, async () => {
        const file = text === '' ? 'nothing.mjs' : scratch.write('mine.mjs', text);
        await expectAsync(gradeFile(file, title === 'an endless loop' ?
          {seconds: 1} : {})).toBeRejectedWithError(HomeworkError, message);
      });
    }

    const problems: {[title: string]: [text: string, problem: RegExp]} = {
      'a function that is not there': ['export function reluForward(x) { return {out: x}; }', /reluBackward is not there: export/],
      'a function that throws, with its line':
        ['\nexport function reluBackward() { null.x; }\nexport const reluForward = (x) => ({out: x});', /throws: TypeError.*\(line 2\)/],
      'nothing returned': ['export function reluForward() {}\nexport function reluBackward() {}', /must return \{out\}.*It returned undefined/],
      'a plain array': ['export const reluForward = (x) => ({out: [1]});', /must return \{out\} with out as \{shape.*a JavaScript array/],
      'too few values': ['export const reluForward = (x) => ({out: {shape: x.shape, data: []}});', /needs 1 values, but 0 are there/],
      'an input changed':
        ['export function reluForward(x) { x.data.fill(0); return {out: x}; }', /reluForward changes x, which it is given/],
    };
    for (const [title, [text, problem]] of Object.entries(problems)) {
      it(`says what is wrong: ${title}`, async () => {
        const found = (await grade('mine.mjs', text)).map(({mistake}) => mistake?.problem ?? '');
        expect(found.some((words) => problem.test(words))).withContext(found.join('\n')).toBeTrue();
      });
    }

    it('runs TypeScript, and what it imports beside it', async () => {
      const text = readFileSync(rightFile('relu'), 'utf8').replace('reluForward(x)',
        'reluForward(x: {shape: number[], data: Float64Array})');
      scratch.write('relu_half.ts', text);
      const verdicts = await grade('mine.ts', "export * from './relu_half.ts';\nexport const typed: number = 1;");
      expect(verdicts.map(({mistake}) => mistake)).toEqual([null, null]);
    });
  });

  for (const [exercise, mistakes] of Object.entries(MISTAKES)) {
    it(`names the first wrong entry of ${mistakes.length} mistakes in ${exercise}`, async () => {
      expect(mistakes.length).toBeGreaterThanOrEqual(10);
      const right = readFileSync(rightFile(exercise), 'utf8');
      for (const [title, from, to, name, entry] of mistakes) {
        expect(right.split(from).length).withContext(`${title}: its place in the right file`).toBe(2);
        const verdicts = check(exercise, await moduleOf(right.replace(from, () => to)), reference);
        const {array, index, found, wanted, origin} = verdicts.find((verdict) => verdict.name === name)!.mistake ?? {};
        expect(index?.length ? `${array}[${index.join(', ')}]` : array).withContext(title).toBe(entry);
        expect(found).withContext(title).not.toBe(wanted);
        if (wanted != null) expect(origin!.terms.length + (origin!.from?.length ?? 0)).withContext(title).toBeGreaterThan(0);
      }
    });
  }

  it('lists terms that come to every entry of every result of the reference', () => {
    for (const {tasks, cases} of Object.values(EXERCISES)) {
      for (const given of cases) {
        const forward = run(tasks[0]!.name, tasks[0]!.parameters.map(([name]) => given[name]));
        for (const task of tasks.filter((one) => isAsked(one, given))) {
          const results = run(task.name, task.parameters.map(([name]) => (name === 'cache' ? forward['cache'] : given[name])));
          for (const name of task.results) {
            const array = asArray(task.bare ? results : results[name]);
            const call = {...given, out: forward['out'], cache: forward['cache'], results, reference};
            array.data.forEach((value, i) => {
              const index = indexOf(array.shape, i);
              expect(totalOf(originOf(task.name, name, call, index))).withContext(`${task.name} ${name}[${index}]`)
                .toBeCloseTo(value, 8);
            });
          }
        }
      }
    }
  });
});

type Results = {[name: string]: reference.ReferenceArray | number};

function run(name: string, parameters: unknown[]): Results {
  return (reference as unknown as {[name: string]: (...all: unknown[]) => Results})[name]!(...parameters);
}

function asArray(value: unknown): {shape: number[], data: number[] | Float64Array} {
  return typeof value === 'number' ? {shape: [], data: [value]} : value as reference.ReferenceArray;
}
