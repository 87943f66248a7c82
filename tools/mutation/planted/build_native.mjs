import {existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {ROOT} from '../../bootstrap/root.mjs';
import {addonSources, compilerArguments, nativeKey, requireCompiler} from '../../setup/binding.mjs';
import {runProgram} from './run_program.mjs';

const NATIVE = path.join('src', 'backends', 'tensorflow', 'native');
const TFJS_NODE = path.join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node');
/** Quicker to compile than what is shipped, and as sensitive to a change. */
const QUICK = '-O1';
/** Of what the addon is linked with, only the names count: who needs the symbols finds them where TensorFlow is loaded. */
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** Compiles the addon of a copy: what does not depend on a change is compiled once and kept. */
export class NativeBuild {
  constructor() {
    this.kept = path.join(ROOT, '.cache', 'mutation', `objects-${nativeKey()}`);
    const [command = '', ...own] = requireCompiler(process.env);
    this.command = command;
    this.own = own;
    const library = path.dirname(path.dirname(realpathSync(path.join(TFJS_NODE, 'deps', 'lib', LIBRARIES[0] ?? ''))));
    this.args = [...this.own, ...compilerArguments(TFJS_NODE, library), QUICK];
  }

  /** Compiles all that is missing of what is kept. */
  async prepare() {
    mkdirSync(this.kept, {recursive: true});
    for (const name of LIBRARIES) {
      await this.compile([...this.own, '-shared', `-Wl,-soname,${name}`, '-x', 'c++', '/dev/null'], path.join(this.kept, name));
    }
    for (const source of [...addonSources(TFJS_NODE), ...sourcesIn(path.join(ROOT, NATIVE))]) {
      const object = path.join(this.kept, objectOf(source));
      await this.compile([...this.args, '-c', '-MMD', '-MF', `${object}.d`, source], object);
    }
  }

  /**
   * The addon of a copy with a change in this file.
   * @param {import('./copy.mjs').Copy} copy
   * @param {string} file
   */
  async build(copy, file) {
    const changed = path.basename(file), objects = [];
    for (const source of [...addonSources(TFJS_NODE), ...sourcesIn(copy.at(NATIVE))]) {
      const kept = path.join(this.kept, objectOf(source)), own = copy.at(objectOf(source));
      const isChanged = readFileSync(`${kept}.d`, 'utf8').split(/\s+/).some((name) => path.basename(name) === changed);
      if (isChanged) await runProgram(this.command, [...this.args, '-c', source, '-o', own]);
      objects.push(isChanged ? own : kept);
    }
    await runProgram(this.command, [...this.args, ...objects, '-o', copy.addon, '-Wl,--no-as-needed',
      ...LIBRARIES.map((name) => path.join(this.kept, name)), '-Wl,-rpath,$ORIGIN/../../deps/lib']);
  }

  /**
   * @param {string[]} args
   * @param {string} to
   */
  async compile(args, to) {
    if (existsSync(to)) return;
    const temp = `${to}.${process.pid}`;
    await runProgram(this.command, [...args, '-o', temp]);
    renameSync(temp, to);
  }
}

/** @param {string} source */
function objectOf(source) {
  return `${path.basename(source, '.cc')}.o`;
}

/** @param {string} folder */
function sourcesIn(folder) {
  return readdirSync(folder).filter((name) => name.endsWith('.cc')).sort().map((name) => path.join(folder, name));
}
