/**
 * Packs the library, installs the tarball into empty folders as users would, and uses it there:
 *   npm run test:package             this Node, npm, TypeScript, three bundlers, pages in Chromium
 *   npm run test:package -- --full   and Node 20, 22, 24 and the newest, pnpm, tfjs-node
 */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {program} from 'commander';
import {bundlers, checkShaking, checkSize} from './package/bundle.mjs';
import {findChromium, withPages} from './package/browser.mjs';
import {install, installNodes, makeFolder} from './package/folder.mjs';
import {attw, audit, build, checkFiles, checkReproducible, pack, publint, ROOT} from './package/pack.mjs';
import {lastLine, rows, run, step, table} from './package/run.mjs';

const {full} = program.name('npm run test:package --').description('Tries the packed library as users would install it.')
    .option('--full', 'also Node 20, 22, 24 and the newest, pnpm and tfjs-node (several minutes)').parse().opts();

const MAJORS = [20, 22, 24, 26];
const UMD_KILOBYTES = 40;
const work = mkdtempSync(path.join(os.tmpdir(), 'explicit-layers-package-'));
const {devDependencies, unpkg} = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const version = devDependencies['@tensorflow/tfjs-core'].replace('^', '');
/** @param {string} name */
const peer = name => `@tensorflow/${name}@${version}`;
/** @param {string} name */
const folderFor = name => makeFolder(path.join(work, name));
/**
 * @param {string} folder
 * @param {string} file
 * @param {string} [node]
 */
const runFile = (folder, file, node = process.execPath) => run(node, [file], {cwd: folder}).then(lastLine);

/** @param {string} tarball */
async function checkTarball(tarball) {
  await step('publint', () => publint(tarball));
  await step('attw', () => attw(tarball));
  await step('script tag file', () => checkSize(unpkg, readFileSync(path.join(ROOT, unpkg)), UMD_KILOBYTES));
}

/**
 * @param {string} folder
 * @param {string} label
 */
async function checkTypes(folder, label) {
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  for (const [module, resolution] of [['node16', 'node16'], ['esnext', 'bundler']]) {
    for (const file of resolution === 'node16' ? ['types.ts', 'types.mts'] : ['types.ts']) {
      writeFileSync(path.join(folder, file), readFileSync(path.join(folder, 'types.ts')));
      await step(`${label}, TypeScript ${resolution}, ${file}`, async () => {
        await run(process.execPath, [tsc, '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', module,
          '--moduleResolution', resolution, '--types', '', file], {cwd: folder});
      });
    }
  }
}

/** @param {string} tarball */
async function checkNpm(tarball) {
  const folder = folderFor('npm');
  const installed = await step('npm install', () => install(folder, [tarball, peer('tfjs')]));
  if (!installed) return;
  for (const file of ['esm.mjs', 'cjs.cjs']) await step(`npm, ${file}, plain tfjs`, () => runFile(folder, file));
  await checkTypes(folder, 'npm');
  await step('npm audit', () => audit(folder));
  await step('npx tfjs-explicit-layers --help', async () => {
    const help = await run('npx', ['--no-install', 'tfjs-explicit-layers', '--help'], {cwd: folder});
    if (!help.includes('setup-node')) throw new Error(`it names no setup-node:\n${help}`);
  });
  await step('npx tfjs-explicit-layers verify', () =>
    run('npx', ['--no-install', 'tfjs-explicit-layers', 'verify', '--backend', 'cpu'], {cwd: folder}).then(lastLine));
  await checkBundles(folder);
  await checkPages(folder);
  await step('two copies of core', async () => {
    await install(makeFolder(path.join(folder, 'other')), [peer('tfjs')]);
    return runFile(folder, 'two_cores.mjs');
  });
}

/** @param {string} tarball */
async function checkWasm(tarball) {
  const folder = folderFor('wasm');
  await step('npm install, wasm', () => install(folder, [tarball, peer('tfjs'), peer('tfjs-backend-wasm')]));
  await step('npm, wasm.mjs', () => runFile(folder, 'wasm.mjs'));
}

/** @param {string} folder */
async function checkBundles(folder) {
  for (const [name, bundle] of Object.entries(bundlers)) {
    await step(`${name}, page`, () => bundle(folder, './page.mjs', `out_${name}.js`).then(() => ''));
    await step(`${name}, tree shaking`, () => checkShaking(folder, name));
  }
}

/** @param {string} folder */
async function checkPages(folder) {
  const chromium = findChromium();
  if (!chromium) {
    await step('Chromium', () => { throw new Error('none on PATH or in CHROME_PATH: apt-get install chromium'); });
    return;
  }
  const script = readFileSync(path.join(folder, 'script.html'), 'utf8');
  writeFileSync(path.join(folder, 'script.html'), script.replace('UMD', path.posix.normalize(unpkg)));
  const full = path.posix.normalize(unpkg).replace('.min.js', '.full.min.js');
  writeFileSync(path.join(folder, 'script_full.html'), script.replace('UMD', full));
  const bundle = readFileSync(path.join(folder, 'bundle.html'), 'utf8');
  for (const name of Object.keys(bundlers)) {
    writeFileSync(path.join(folder, `bundle_${name}.html`), bundle.replace('BUNDLE', `./out_${name}.js`));
  }
  const pages = ['script', 'script_full', 'module', ...Object.keys(bundlers).map(name => `bundle_${name}`)];
  await withPages(folder, chromium, async (open) => {
    for (const page of pages) await step(`Chromium, ${page}.html`, () => open(`${page}.html`));
  });
}

/** @param {string} tarball */
async function checkPnpm(tarball) {
  const folder = folderFor('pnpm');
  await step('pnpm add', () => install(folder, [tarball, peer('tfjs'), peer('tfjs-core')], {manager: 'pnpm'}));
  for (const file of ['esm.mjs', 'cjs.cjs']) await step(`pnpm, ${file}`, () => runFile(folder, file));
  await checkTypes(folder, 'pnpm');
}

/**
 * An installation by and for each Node.
 * @param {string} tarball
 * @param {string[]} bins
 */
async function checkNodes(tarball, bins) {
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
async function checkTfjsNode(tarball, bins) {
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

try {
  await step('build', build);
  const {tarball, files, hash} = await pack(work);
  await step('files in the package', () => checkFiles(files));
  await step('the same bytes twice', () => checkReproducible(path.join(work, 'again'), hash));
  await checkTarball(tarball);
  await checkNpm(tarball);
  await checkWasm(tarball);
  if (full) {
    /** @type {string[]} */
    let bins = [];
    await step('Node from npm', async () => {
      bins = await installNodes(path.join(work, 'nodes'), MAJORS);
      return MAJORS.join(', ');
    });
    await checkNodes(tarball, bins);
    await checkPnpm(tarball);
    await checkTfjsNode(tarball, bins);
  }
  console.log(table());
  if (rows.some(({state}) => state === 'FAILED')) process.exitCode = 1;
} finally {
  rmSync(work, {recursive: true, force: true});
}
