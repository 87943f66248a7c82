import {chmodSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {LIBRARIES} from '../../../tools/setup/library.mjs';
import {TENSORFLOW_VERSION, wheelFor} from '../../../tools/setup/platform.mjs';

export const HOST = {platform: 'linux', arch: 'x64', glibc: '2.36'};

/** Scripts run with a PATH of fakes alone, so each sets its own. */
const HEADER = '#!/bin/sh\nPATH=/usr/bin:/bin\n';

/** A scratch project with a tfjs-node without an addon, a cache, and a PATH that holds only what a spec puts there. */
export class Scratch {
  readonly root = realpathSync(mkdtempSync(path.join(tmpdir(), 'explicit-layers-spec-')));
  readonly cache = path.join(this.root, 'cache');
  readonly bin = path.join(this.root, 'bin');
  readonly tfjsNode = path.join(this.root, 'node_modules', '@tensorflow', 'tfjs-node');
  readonly env = {PATH: this.bin, HOME: this.root, TFJS_EXPLICIT_LAYERS_CACHE: this.cache};

  constructor({tfjsNodeVersion = '4.22.0'} = {}) {
    mkdirSync(this.bin);
    this.addPackage('node_modules/@tensorflow/tfjs-node', tfjsNodeVersion);
    this.write('node_modules/@tensorflow/tfjs-node/binding/tfjs_binding.cc', 'int main() {}');
  }

  write(name: string, text: string): string {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), {recursive: true});
    writeFileSync(file, text);
    return file;
  }

  addPackage(folder: string, version: string, rest: object = {}): void {
    this.write(`${folder}/package.json`, JSON.stringify({name: folder.split('node_modules/').at(-1), version, ...rest}));
  }

  addProgram(name: string, script: string): void {
    chmodSync(this.write(`bin/${name}`, HEADER + script), 0o755);
  }

  /** A python3 whose `pip --version` works and whose `pip download` runs `script` with $dest set. */
  addPython(script: string): void {
    this.addProgram('python3', `case "$*" in *"pip --version") echo pip 23; exit 0;; esac
      while [ $# -gt 0 ]; do [ "$1" = --dest ] && dest=$2; shift; done
      ${script}`);
  }

  /** A library in the cache that looks whole, so that only the compiler's turn is left. */
  addLibrary(): void {
    const folder = `cache/tensorflow-${TENSORFLOW_VERSION}-linux-x64`;
    for (const name of Object.keys(LIBRARIES)) this.write(`${folder}/lib/${name}`, 'library');
    this.write(`${folder}/manifest.json`, JSON.stringify({sha256: wheelFor(HOST).sha256, files: {}}));
  }

  list(folder: string): string[] {
    try {
      return readdirSync(path.join(this.root, folder)).sort();
    } catch {
      return [];
    }
  }

  remove(): void {
    rmSync(this.root, {recursive: true, force: true});
  }
}
