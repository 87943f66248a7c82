/** Facts that compiled kernels share with TypeScript, and the digest that tells one set of kernels from another. */
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {tieNumber, tieRules} from '../../src/backends/tie_rules';
import {thresholds} from '../../src/backends/tensorflow/thresholds';
import {digest} from '../../src/backends/tensorflow/native_version';
import {nativeDigest} from '../../tools/setup/binding.mjs';
import {currentVersionSource, versionSource} from '../../tools/native_version.mjs';

const source = (file: string) => readFileSync(fileURLToPath(new URL(`../../src/backends/${file}`, import.meta.url)), 'utf8');

describe('written once for all languages', () => {
  it('the rules for ties have the same numbers in C++', () => {
    const [, names] = /enum Ties \{([^}]*)\}/.exec(source('tensorflow/native/ties.h'))!;
    expect(names!.split(',').map(name => name.trim().slice(1).toLowerCase())).toEqual([...tieRules]);
  });

  it('and in AssemblyScript', () => {
    const numbers = [...source('wasm/assembly/pooling.ts').matchAll(/^const ties([A-Z]\w*): i32 = (\d+);/gm)];
    expect(numbers.length).toBeGreaterThan(1);
    for (const [, name, number] of numbers) {
      expect(tieNumber(name!.toLowerCase() as 'all' | 'first' | 'split')).withContext(name!).toBe(Number(number));
    }
  });

  it('a vector is as long in thresholds as in C++', () => {
    const [, narrow] = /kNarrow = (\d+)/.exec(source('tensorflow/native/tiles.h'))!;
    expect(thresholds.vector).toBe(Number(narrow));
  });

  it('the digest of the C++ sources is that of the sources (npm run build:native writes it)', () => {
    expect(currentVersionSource()).toBe(versionSource());
    expect(digest).toEqual(nativeDigest());
    expect(digest.every(part => Math.fround(part) === part)).toBeTrue();
  });
});
