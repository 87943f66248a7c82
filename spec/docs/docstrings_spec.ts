import {spawnSync} from 'node:child_process';
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';

import {ROOT} from '../../tools/bootstrap/root.mjs';
import {brokenPromise, docBlocksOf, sources, textOf} from './support/pages';

const scratch = path.join(ROOT, '.cache', 'docstrings');

/** Whose examples stand on their own; those of layers and models are lines out of a program. */
const selfContained = (source: string) => source.startsWith('src/ops/') || source === 'src/explicit_op.ts';

/** What every example of a doc comment takes for granted. */
const preamble = `
import * as tf from '@tensorflow/tfjs';
import {explicitOp, ops} from 'tfjs-explicit-layers';
`;

describe('the examples of the doc comments of ops', () => {
  beforeAll(() => mkdirSync(scratch, {recursive: true}));
  afterAll(() => rmSync(scratch, {recursive: true, force: true}));

  for (const source of sources().filter(selfContained)) {
    docBlocksOf(textOf(source)).forEach(({language, code}, i) => {
      it(`${source} block ${i + 1} runs, and prints what it says`, () => {
        expect(['js', 'ts']).toContain(language);
        const file = path.join(scratch, `${source.replace(/\W/g, '_')}_${i + 1}.mts`);
        writeFileSync(file, preamble + code);
        const args = ['--import', 'tsx', file];
        const {status, stdout, stderr} = spawnSync(process.execPath, args, {cwd: ROOT, encoding: 'utf8'});
        if (status !== 0) fail(stdout + stderr);
        expect(status).toBe(0);
        expect(brokenPromise(code, stdout)).toBeNull();
      }, 300_000);
    });
  }
});
