/** The sizes at which compiled kernels go another way, read from their sources, so that the cases follow them. */
import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const BACKENDS = fileURLToPath(new URL('../../../src/backends/', import.meta.url));

/** Constants of a folder of sources by name; which of them were asked for is kept. */
export class Constants {
  private readonly values: ReadonlyMap<string, number>;
  private readonly asked = new Set<string>();

  constructor(folder: string, extension: RegExp, declaration: RegExp) {
    const text = readdirSync(path.join(BACKENDS, folder)).filter(name => extension.test(name)).sort()
        .map(name => readFileSync(path.join(BACKENDS, folder, name), 'utf8')).join('\n');
    this.values = new Map([...text.matchAll(declaration)].map(([, name, value]) => [name!, valueOf(value!)]));
  }

  /** A constant; an error where the sources have none of this name. */
  get(name: string): number {
    const value = this.values.get(name);
    if (value === undefined) throw new Error(`The kernels have no constant ${name} any more: change its cases.`);
    this.asked.add(name);
    return value;
  }

  /** Those that no case asked for. */
  get forgotten(): string[] {
    return [...this.values.keys()].filter(name => !this.asked.has(name));
  }
}

/** Of a number, or of one shifted by another. */
function valueOf(text: string): number {
  const [base, shift = 0] = text.replace(/int64_t\{(\d+)\}/, '$1').split('<<').map(Number);
  return base! * 2 ** shift;
}

/** Those of `tensorflow/native`; the floats of a vector and the rows of a tile are its enumerators and `kTile`. */
export function nativeConstants(): Constants {
  return new Constants('tensorflow/native', /\.(cc|h)$/, /\b(k[A-Z]\w*) = ((?:int64_t\{)?\d+\}?(?: << \d+)?)\s*[;,}]/g);
}

/** Those of `wasm/assembly`. */
export function assemblyConstants(): Constants {
  return new Constants('wasm/assembly', /\.ts$/, /\bconst (\w+): i32 = (\d+(?: << \d+)?);/g);
}

/** A limit and its neighbours. */
export function around(limit: number): number[] {
  return [limit - 1, limit, limit + 1];
}

/** Each case once, by what it is called: limits of one size give the same cases. */
export function once<T>(cases: readonly T[], title: (one: T) => string = String): T[] {
  return [...new Map(cases.map(one => [title(one), one])).values()];
}
