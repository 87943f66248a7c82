import path from 'node:path';
import {folderFor, peer, runFile, work} from './context.mjs';
import {install, installNodes} from './folder.mjs';
import {lastLine, run, step} from './run.mjs';

const MAJORS = [20, 22, 24, 26];

/**
 * An installation by and for each Node.
 * @param {string} tarball
 * @param {string[]} bins
 */
export async function checkNodes(tarball, bins) {
  for (const bin of bins) {
    const node = path.join(bin, 'node');
    const {label, env} = await nodeIn(bin);
    const folder = folderFor(label.replace(' ', '_'));
    await step(`${label}, npm install`, () => install(folder, [tarball, peer('tfjs'), peer('tfjs-backend-wasm')], {env}));
    for (const file of ['esm.mjs', 'cjs.cjs', 'wasm.mjs']) await step(`${label}, ${file}`, () => runFile(folder, file, node));
  }
}

/**
 * @param {string} tarball
 * @param {string[]} bins
 */
export async function checkTfjsNode(tarball, bins) {
  const folder = folderFor('tfjs_node');
  await step('npm install, tfjs-node', () => install(folder, [tarball, peer('tfjs-node')]));
  await step('npx tfjs-explicit-layers setup-node', async () => {
    await run('npx', ['--no-install', 'tfjs-explicit-layers', 'setup-node'], {cwd: folder});
  });
  for (const bin of bins) {
    const {label} = await nodeIn(bin);
    for (const file of ['tfjs_node.mjs', 'tfjs_node.cjs']) {
      await step(`${label}, ${file}`, () => runFile(folder, file, path.join(bin, 'node')));
    }
  }
}

/** @param {string} bin */
async function nodeIn(bin) {
  const env = {...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}`};
  return {label: `Node ${lastLine(await run(path.join(bin, 'node'), ['-p', 'process.versions.node'], {cwd: work}))}`, env};
}

/** The folders that hold Node 20, 22, 24 and the newest. */
export async function getNodes() {
  /** @type {string[]} */
  let bins = [];
  await step('Node from npm', async () => {
    bins = await installNodes(path.join(work, 'nodes'), MAJORS);
    return MAJORS.join(', ');
  });
  return bins;
}
