// Run by proof.mjs with the folder of a tfjs-node: exit code 0 and 'right' where its addon computes right.
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

const [, , folder] = process.argv;
const root = fileURLToPath(new URL('../../', import.meta.url));
const own = createRequire(path.join(root, 'noop.js'));
const theirs = createRequire(path.join(folder, 'noop.js'));

/** @param {NodeJS.Require} require */
function coreOf(require) {
  try {
    return require.resolve('@tensorflow/tfjs-core');
  } catch {
    return null;
  }
}

/** @param {'checks' | 'node'} entry */
function load(entry) {
  const source = path.join(root, 'src', entry === 'checks' ? 'checks/index.ts' : 'node.ts');
  return import(pathToFileURL(existsSync(source) ? source : path.join(root, 'dist', `${entry}.import.mjs`)).href);
}

if (coreOf(own) === null || coreOf(own) !== coreOf(theirs)) {
  console.log('absent');
} else {
  await load('node');
  theirs(folder);
  const tf = /** @type {typeof import('@tensorflow/tfjs-core')} */ (own('@tensorflow/tfjs-core'));
  tf.env().set('PROD', true);
  await tf.setBackend('tensorflow');
  const checks = /** @type {typeof import('../../src/checks')} */ (await load('checks'));
  const report = await checks.verifyBackend();
  const ok = report.ok && report.kernels.set === 'native';
  console.log(ok ? 'right' : String(report));
  process.exitCode = ok ? 0 : 1;
}
