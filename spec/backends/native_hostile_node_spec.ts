/** The ops of `native/` called with what does not fit: each call in a process of its own would be slow, so all are in one. */
import {spawnSync} from 'node:child_process';
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {backendNames} from '../support/backends';
import type {Attempt} from './programs/hostile_native';
import {nativeOps} from './programs/native_ops';

const NATIVE = fileURLToPath(new URL('../../src/backends/tensorflow/native/', import.meta.url));
const PROGRAM = fileURLToPath(new URL('programs/hostile_native.ts', import.meta.url));

const describeThere = backendNames.includes('tensorflow') ? describe : xdescribe;

describeThere('SECURITY.md: tensors that do not fit each other are refused before a kernel reads them: ops of native/ ' +
    'that are called as they must not be [tensorflow]', () => {
  let attempts: Attempt[];

  beforeAll(() => {
    const {stdout, stderr, status, signal} = spawnSync(process.execPath, ['--import', 'tsx', PROGRAM], {encoding: 'utf8'});
    const lines = stdout.trim().split('\n').map(line => JSON.parse(line) as Attempt & {about?: string, done?: boolean});
    if (!lines.at(-1)?.done) throw new Error(`${lines.at(-1)?.about} ends the process: ${signal ?? status}\n${stderr}`);
    attempts = lines.filter(line => line.op !== undefined);
  }, 120_000);

  it('are all of them', () => {
    const text = readdirSync(NATIVE).map(name => readFileSync(path.join(NATIVE, name), 'utf8')).join('\n');
    const registered = new Set([...text.matchAll(/"(Explicit[A-Za-z]+)",/g)].map(([, name]) => name!));
    registered.delete('ExplicitVersion');
    expect([...registered].sort()).toEqual(Object.keys(nativeOps).sort());
  });

  for (const [op, {mayBe}] of Object.entries(nativeOps)) {
    it(`${op} names itself and what does not fit, and runs where all does`, () => {
      const own = attempts.filter(attempt => attempt.op === op);
      expect(own.length).toBeGreaterThan(10);
      for (const {what, input, message} of own) {
        if (what === 'as it should be') expect(message).withContext(what).toBeNull();
        else if (message === null) expect(mayBe?.test(what)).withContext(`${what}, accepted`).toBeTrue();
        else if (!mayBe?.test(what)) expect(message).withContext(what).toContain(op);
        else expect(message).withContext(`${what}, refused`).toBeNull();
        if (message && input && !/type/.test(what)) expect(message).withContext(what).toMatch(/ must .* got |larger than x/);
      }
    });
  }
});
