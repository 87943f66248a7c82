import {existsSync, readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';

import {ROOT} from '../../tools/bootstrap/root.mjs';
import {planted} from '../../tools/mutation/planted/copy.mjs';
import {PLANTED_PARTS} from '../../tools/mutation/planted/run.mjs';
import {merged, rowsOf, tableOf} from '../../tools/mutation/score.mjs';
import {SHARDS, shardNamed} from '../../tools/mutation/shards.mjs';

/** Of types alone, of exports alone, for browsers, or compiled ahead: nothing to change, or nothing that runs in Node. */
const leftOut = /(ops|backends|default|cpu|reference)\/index\.ts$|backends\/(kernels\.ts|gpu\/|wasm\/(assembly\/|module_bytes\.ts))/;

const sources = ['src/geometry.ts', ...['src/ops', 'src/backends', 'src/reference'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder), {recursive: true, encoding: 'utf8'}).map((file) => path.posix.join(folder, file)))]
  .filter((file) => file.endsWith('.ts') && !leftOut.test(file));

function matches(file: string, pattern: string): boolean {
  const parts: {[glob: string]: string} = {'**/': '(.*/)?', '*': '[^/]*', '{': '(', '}': ')', ',': '|', '.': '\\.'};
  return new RegExp(`^${pattern.replace(/\*\*\/|[*{},.]/g, (glob) => parts[glob]!)}$`).test(file);
}

const mutates = ({mutate}: {mutate: string[]}, file: string) =>
  mutate.some((pattern) => !pattern.startsWith('!') && matches(file, pattern));

describe('the parts of mutation testing', () => {
  it('hold every file that computes in Node, each once', () => {
    expect(sources.length).toBeGreaterThan(50);
    for (const file of sources) {
      expect(SHARDS.filter((shard) => mutates(shard, file)).map(({name}) => name)).withContext(file).toHaveSize(1);
    }
  });

  it('name files and specs that are there', () => {
    for (const {name, mutate, specs} of SHARDS) {
      for (const pattern of mutate.filter((one) => !one.startsWith('!'))) {
        expect(sources.some((file) => matches(file, pattern))).withContext(`${name}: ${pattern}`).toBeTrue();
      }
      for (const spec of specs.filter((one) => !one.includes('*'))) {
        expect(existsSync(path.join(ROOT, 'spec', spec))).withContext(`${name}: ${spec}`).toBeTrue();
      }
    }
  });

  it('have names of their own, and are found by them', () => {
    expect(new Set(SHARDS.map(({name}) => name)).size).toBe(SHARDS.length);
    expect(shardNamed('geometry').folder).toBe('src/geometry.ts');
    expect(() => shardNamed('geometri')).toThrowError(/No part is called geometri\. There are geometry, reference\/dense/);
  });

  it('make a table', () => {
    const row = {folder: 'src/ops', mutants: 40, killed: 39, survived: 1, left: 2, score: 97.5, on: '2026-11-29'};
    expect(tableOf([row]).split('\n').at(-1)).toMatch(/^\| src\/ops +\| +40 \| +39 \| +1 \| +2 \| +97\.5 \| +2026-11-29 \|$/);
    expect(rowsOf(tableOf([row]))).toEqual([row]);
    const [some, other] = [{...row, folder: 'src/ops (1 of 9)', killed: 1}, {...row, folder: 'src/geometry.ts'}];
    expect(merged([row, other], [{...row, killed: 40}])).toEqual([{...row, killed: 40}, other]);
    expect(merged([some], [row, other])).toEqual([row, other]);
    expect(merged([other, row], [some])).toEqual([other, row]);
    expect(merged([some], [{...some, folder: 'src/ops (2 of 9)'}])).toEqual([{...some, folder: 'src/ops (2 of 9)'}]);
  });
});

describe('changes planted in compiled kernels', () => {
  /** Without loops over values: registration, the way to TensorFlow, threads' names, exports. */
  const unplanted = /(kernel|graph|log|ties|parallel|window)\.(cc|h)$|assembly\/(index|window)\.ts$/;

  for (const {name, folder, changes} of PLANTED_PARTS) {
    it(`of ${name} are in their files, in every file that computes, and name specs that are there`, () => {
      expect(changes.length).toBeGreaterThan(29);
      for (const {file, find, replace, specs} of changes) {
        expect(() => planted(readFileSync(path.join(ROOT, file), 'utf8'), file, find, replace)).not.toThrow();
        for (const spec of specs) expect(existsSync(path.join(ROOT, spec))).withContext(spec).toBeTrue();
      }
      const files = readdirSync(path.join(ROOT, folder)).filter((file) => /\.(cc|h|ts)$/.test(file))
        .map((file) => `${folder}/${file}`);
      const missing = files.filter((file) => !unplanted.test(file) && !changes.some((change) => change.file === file));
      expect(missing).toEqual([]);
    });
  }

  it('are refused where the code has changed', () => {
    expect(planted('a + b', 'x.cc', '+', '-')).toBe('a - b');
    expect(() => planted('a * b', 'x.cc', '+', '-')).toThrowError(/^x\.cc has 0 places with the text "\+".*change the list/);
    expect(() => planted('a + b + c', 'x.cc', '+', '-')).toThrowError(/^x\.cc has 2 places/);
  });
});
