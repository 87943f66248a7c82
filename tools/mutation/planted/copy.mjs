import {cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {ROOT} from '../../bootstrap/root.mjs';
import {makeTempFolder, remove, sweepTempFolders} from '../../setup/cache.mjs';

const COPIES = path.join(ROOT, '.cache', 'mutation', 'planted');
const TAKEN = ['src', 'spec', 'tools', 'package.json', 'tsconfig.json'];
const TFJS_NODE = path.join('node_modules', '@tensorflow', 'tfjs-node');

/**
 * A copy of the project to plant changes in, so that the project itself is never changed, whatever ends the run. Its
 * packages are those of the project, except that a tfjs-node of its own takes the addon that is compiled from it.
 */
export class Copy {
  constructor() {
    mkdirSync(COPIES, {recursive: true});
    sweepTempFolders(COPIES);
    this.folder = makeTempFolder(COPIES);
    for (const name of TAKEN) cpSync(path.join(ROOT, name), path.join(this.folder, name), {recursive: true});
    linkAll('node_modules', this.folder, ['@tensorflow']);
    linkAll(path.join('node_modules', '@tensorflow'), this.folder, ['tfjs-node']);
    linkAll(TFJS_NODE, this.folder, ['dist', 'lib', 'package.json']);
    for (const name of ['dist', 'package.json', path.join('lib', 'napi-v8')]) {
      cpSync(path.join(ROOT, TFJS_NODE, name), path.join(this.folder, TFJS_NODE, name), {recursive: true});
    }
  }

  /** @param {string[]} names */
  at(...names) {
    return path.join(this.folder, ...names);
  }

  get addon() {
    return this.at(TFJS_NODE, 'lib', 'napi-v8', 'tfjs_binding.node');
  }

  /** @param {import('./run.mjs').Planted} change */
  plant({file, find, replace}) {
    writeFileSync(this.at(file), planted(readFileSync(path.join(ROOT, file), 'utf8'), file, find, replace));
  }

  /** @param {import('./run.mjs').Planted} change */
  restore({file}) {
    cpSync(path.join(ROOT, file), this.at(file));
  }

  remove() {
    remove(this.folder);
  }
}

/**
 * The text with the change in it.
 * @param {string} text
 * @param {string} file
 * @param {string} find
 * @param {string} replace
 */
export function planted(text, file, find, replace) {
  const parts = text.split(find);
  if (parts.length === 2 && find !== replace) return parts.join(replace);
  throw new Error(`${file} has ${parts.length - 1} places with the text ${JSON.stringify(find)}, which a planted change ` +
    'replaces. There must be one: the code has changed, so change the list in tools/mutation/planted too.');
}

/**
 * @param {string} folder
 * @param {string} copy
 * @param {string[]} except
 */
function linkAll(folder, copy, except) {
  mkdirSync(path.join(copy, folder), {recursive: true});
  for (const name of readdirSync(path.join(ROOT, folder))) {
    if (!except.includes(name)) symlinkSync(path.join(ROOT, folder, name), path.join(copy, folder, name));
  }
}
