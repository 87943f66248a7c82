import {spawnSync} from 'node:child_process';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {createReporter} from '../../tools/test/reporter.mjs';
import {Scratch} from './support/fixtures';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('npm test', () => {
  let scratch: Scratch;

  beforeEach(() => {
    scratch = new Scratch();
  });

  afterEach(() => scratch.remove());

  function test(...args: string[]) {
    const {status, stdout, stderr} = spawnSync(process.execPath, [path.join(ROOT, 'tools', 'test.mjs'), '--no-build', ...args],
      {cwd: ROOT, encoding: 'utf8'});
    return {status, stdout, stderr, lastLine: stdout.trimEnd().split('\n').at(-1)};
  }

  it('ends with the counts and tells failures with title and message', () => {
    const file = scratch.write('some_spec.ts', `describe('sum [wasm]', () => {
      it('adds', () => expect(1 + 1).toBe(2));
      it('subtracts', () => expect(3 - 1).toBe(3));
      xit('divides', () => undefined);
    });`);
    const {status, stdout, lastLine} = test(file);
    expect(status).toBe(1);
    expect(stdout).toMatch(/1\) sum \[wasm\] subtracts\n {3}Expected 2 to be 3\./);
    expect(stdout).toMatch(/wasm +1 passed, 1 failed, 1 skipped/);
    expect(lastLine).toBe('1 passed, 1 failed, 1 skipped');
  });

  it('counts a crash as a failure', () => {
    const file = scratch.write('some_spec.ts', `describe('crash', () => {
      it('passes', () => expect(1).toBe(1));
      it('is killed', () => process.kill(process.pid, 'SIGKILL'));
    });`);
    const {status, stdout, lastLine} = test('--seed=1', file);
    expect(status).toBe(1);
    expect(stdout).toContain('did not come to its end (SIGKILL)');
    expect(lastLine).toMatch(/^[01] passed, 1 failed, 0 skipped$/);
  });

  it('fails when no spec ran, when a spec file does not load, and for an unknown flag', () => {
    const good = scratch.write('good_spec.ts', 'describe("good", () => { it("passes", () => expect(1).toBe(1)); });');
    expect(test(good)).toEqual(jasmine.objectContaining({status: 0, lastLine: '1 passed, 0 failed, 0 skipped'}));
    expect(test('--filter=nothing is called so', good))
      .toEqual(jasmine.objectContaining({status: 1, lastLine: '0 passed, 0 failed, 0 skipped'}));
    const bad = scratch.write('bad_spec.ts', 'throw new Error("does not load");');
    expect(test(good, bad)).toEqual(jasmine.objectContaining({status: 1, lastLine: jasmine.stringMatching(/, 1 failed,/)}));
    const unknown = test('--quik');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toMatch(/--quik.*--filter/s);
  });

  it('goes on after a crash, with a process for what is left', () => {
    const files = ['one', 'two', 'three'].map((name) => scratch.write(`${name}_spec.ts`, `describe('${name}', () => {
      it('runs', () => ${name === 'one' ? 'process.kill(process.pid, "SIGKILL")' : 'expect(1).toBe(1)'});
    });`));
    const {stdout, lastLine} = test('--jobs=1', ...files);
    expect(stdout).toMatch(/FAIL one: 0 passed, 1 failed/);
    expect(stdout).toMatch(/1\) .*one_spec\.ts\n {3}The run did not come to its end \(SIGKILL\)/);
    expect(lastLine).toBe('2 passed, 1 failed, 0 skipped');
  });

  it('--jobs: so many files at the same time', () => {
    const [mine, others] = ['one', 'two'].map((name) => JSON.stringify(path.join(scratch.root, `${name} is here`)));
    const meets = (own: string, other: string) => `import {existsSync, writeFileSync} from 'node:fs';
      describe('meeting', () => it('waits for the other', async () => {
        writeFileSync(${own}, '');
        while (!existsSync(${other})) await new Promise((resolve) => setTimeout(resolve, 20));
        expect(existsSync(${other})).toBeTrue();
      }));`;
    const files = [scratch.write('one_spec.ts', meets(mine!, others!)), scratch.write('two_spec.ts', meets(others!, mine!))];
    expect(test('--jobs=2', ...files).lastLine).toBe('2 passed, 0 failed, 0 skipped');
  });

  it('--seed: a file has the same order, whatever ran before it in its process', () => {
    const files = ['one', 'two'].map((name) => scratch.write(`${name}_spec.ts`, `describe('${name}', () => {
      for (let i = 0; i < 9; i++) it('spec ' + i, () => { console.log('${name}', i); expect(i).toBe(i); });
    });`));
    const orderOf = (name: string, ...args: string[]) =>
      [...test('--seed=7', '--jobs=1', ...args).stdout.matchAll(new RegExp(`^${name} (\\d)$`, 'gm'))].map(([, i]) => i);
    const alone = orderOf('two', files[1]!);
    expect(alone.length).toBe(9);
    expect(orderOf('two', ...files)).toEqual(alone);
  });

  it('--fail-fast ends the run at the first failure', () => {
    const file = scratch.write('a_spec.ts', 'describe("a", () => { it("fails", () => expect(1).toBe(2)); });');
    const never = scratch.write('b_spec.ts', 'describe("b", () => { it("passes", () => expect(1).toBe(1)); });');
    expect(test('--jobs=1', '--fail-fast', file, never).lastLine).toBe('0 passed, 1 failed, 0 skipped');
  });

  it('refuses what it cannot take', () => {
    for (const [flag, message] of [
      ['--jobs=0', /--jobs must be a whole number/], ['--jobs=two', /"two"/], ['--jobs=1.5', /"1\.5"/], ['--filter=(', /\(/],
    ] as const) {
      const {status, stderr} = test(flag);
      expect(status).withContext(flag).toBe(2);
      expect(stderr).withContext(flag).toMatch(message);
    }
    const {status, stdout} = test('spec/no_such_spec.ts');
    expect(status).toBe(1);
    expect(stdout).toMatch(/1\) spec\/no_such_spec\.ts\n {3}No spec file is called so\./);
  });

  it('shows each suite in a line, the slowest specs and the counts of each backend', () => {
    let text = '';
    const reporter = createReporter({write: (part: string) => text += part});
    const [one, other] = [reporter.ofFile('one_spec.ts'), reporter.ofFile('other_spec.ts')];
    one.suiteStarted({description: 'relu [cpu]'});
    other.suiteStarted({description: 'affine [wasm]'});
    one.suiteStarted({description: 'ties'});
    one.specDone({fullName: 'relu [cpu] ties slow', status: 'passed', failedExpectations: [], duration: 1234});
    other.specDone({fullName: 'affine [wasm] adds', status: 'passed', failedExpectations: []});
    one.specDone({fullName: 'relu [cpu] other', status: 'excluded', failedExpectations: []});
    one.suiteDone({fullName: 'relu [cpu] ties'});
    one.suiteDone({fullName: 'relu [cpu]', failedExpectations: [{message: 'leaked 1 tensor'}]});
    other.suiteDone({fullName: 'affine [wasm]'});
    reporter.end({seconds: 1.5, seed: '123'});
    expect(text).toMatch(/^FAIL relu \[cpu\]: 1 passed, 1 failed/);
    expect(text).toMatch(/^ok {3}affine \[wasm\]: 1 passed \(/m);
    expect(text).toContain('relu [cpu] (around its specs)\n   leaked 1 tensor');
    expect(text).toMatch(/Slowest:\n {2}1\.2 s {2}relu \[cpu\] ties slow/);
    expect(text).toMatch(/cpu +1 passed, 0 failed, 0 skipped/);
    expect(reporter.counts).toEqual({passed: 2, failed: 1, skipped: 0});
  });
});
