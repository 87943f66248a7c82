/**
 * Packs the library, installs the tarball into empty folders as users would, and uses it there:
 *   npm run test:package             this Node, npm, TypeScript, three bundlers, pages in Chromium, wasm
 *   npm run test:package -- --full   and Node 20, 22, 24 and the newest, pnpm, yarn, tfjs-node
 */
import {rmSync} from 'node:fs';
import path from 'node:path';
import {Argument, program} from 'commander';
import {checkManager, checkNpm, checkWasm} from './package/check_managers.mjs';
import {checkNodes, checkTfjsNode, getNodes} from './package/check_nodes.mjs';
import {checkTarball} from './package/check_tarball.mjs';
import {work} from './package/context.mjs';
import {build, checkFiles, checkReproducible, pack} from './package/pack.mjs';
import {rows, step, table} from './package/run.mjs';

/** @type {Promise<string[]> | undefined} */
let nodes;
/** @type {Record<string, (tarball: string, hash: string) => Promise<unknown>>} */
const parts = {
  'tarball': checkTarball,
  'bytes': (_, hash) => step('the same bytes twice', () => checkReproducible(path.join(work, 'again'), hash)),
  'npm': checkNpm,
  'wasm': checkWasm,
  'pnpm': tarball => checkManager(tarball, 'pnpm'),
  'yarn': tarball => checkManager(tarball, 'yarn'),
  'nodes': async tarball => checkNodes(tarball, await (nodes ??= getNodes())),
  'tfjs-node': async tarball => checkTfjsNode(tarball, await (nodes ??= getNodes())),
};
const QUICK = ['tarball', 'bytes', 'npm', 'wasm'];

program.name('npm run test:package --').description('Tries the packed library as users would install it.')
    .addArgument(new Argument('[parts...]', 'what to try').choices(Object.keys(parts)).default(QUICK, QUICK.join(', ')))
    .option('--full', 'all parts: also pnpm, yarn, Node 20, 22, 24 and the newest, tfjs-node')
    .addHelpText('after', '\nExamples:\n  npm run test:package -- npm wasm\n  npm run test:package -- --full')
    .showHelpAfterError().parse();
const chosen = program.opts().full ? Object.keys(parts) : program.processedArgs[0];

try {
  await step('build', build);
  const {tarball, files, hash} = await pack(work);
  await step('files in the package', () => checkFiles(files));
  for (const part of chosen) await parts[part](tarball, hash);
  console.log(table());
  if (rows.some(({state}) => state === 'FAILED')) process.exitCode = 1;
} finally {
  rmSync(work, {recursive: true, force: true});
}
