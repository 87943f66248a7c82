import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import esbuild from 'esbuild';
import {build as vite} from 'vite';
import webpack from 'webpack';

const PEERS = /^@tensorflow\//;

/**
 * Each bundles one file of a folder for a page, into a folder of its own there, and gives the file that the page loads;
 * what that imports dynamically is in files beside it.
 * @type {Record<string, (folder: string, entry: string, out: string, options?: {withoutPeers?: boolean}) => Promise<string>>}
 */
export const bundlers = {
  esbuild: async (folder, entry, out, {withoutPeers = false} = {}) => {
    await esbuild.build({absWorkingDir: folder, entryPoints: {page: entry}, outdir: out, bundle: true, splitting: true,
      minify: true, format: 'esm', platform: 'browser', external: withoutPeers ? ['@tensorflow/*'] : [], logLevel: 'error'});
    return path.join(folder, out, 'page.js');
  },
  vite: async (folder, entry, out, {withoutPeers = false} = {}) => {
    await vite({root: folder, base: './', configFile: false, logLevel: 'error', publicDir: false, build: {
      outDir: out, minify: true, target: 'es2022',
      rolldownOptions: {input: path.join(folder, entry), external: withoutPeers ? PEERS : [],
        preserveEntrySignatures: 'allow-extension', output: {entryFileNames: 'page.js', format: 'es'}},
    }});
    return path.join(folder, out, 'page.js');
  },
  webpack: (folder, entry, out, {withoutPeers = false} = {}) => new Promise((resolve, reject) => {
    webpack({context: folder, entry, mode: 'production', target: ['web', 'es2022'], experiments: {outputModule: true},
      performance: {hints: false},
      output: {path: path.join(folder, out), filename: 'page.js', module: true, chunkFormat: 'module'},
      externals: withoutPeers ? PEERS : [], externalsType: 'module'}, (error, stats) => {
      if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString('errors-only')));
      else resolve(path.join(folder, out, 'page.js'));
    });
  }),
};

/**
 * What a page loads before a bundle runs: the file and those that it imports, minified.
 * @param {string} file
 * @returns {string}
 */
function loaded(file) {
  const text = readFileSync(file, 'utf8');
  const imported = [...text.matchAll(/\b(?:from|import)\s*"(\.[^"]+)"/g)]
      .map(([, name]) => path.resolve(path.dirname(file), name));
  return [text, ...imported.map(loaded)].join('');
}

/** Programs, what of the library they must not hold, and how large they may be, minified and gzipped. */
const SHAKEN = [
  {name: 'one op', source: 'import {relu} from "tfjs-explicit-layers/ops"; globalThis.used = relu;',
    without: /ExplicitDense|toBuiltIn|verifyBackend/, kilobytes: 23},
  {name: 'one op by its namespace', source: 'import {ops} from "tfjs-explicit-layers/ops"; globalThis.used = ops.relu;',
    without: /ExplicitDense|toBuiltIn|verifyBackend/, kilobytes: 29},
  {name: 'layers and losses', source: 'import {layers, losses} from "tfjs-explicit-layers"; globalThis.used = ' +
    '[layers.conv2d, layers.dense, losses.softmaxLoss];', without: /toBuiltIn|verifyBackend/, kilobytes: 36},
  {name: 'reference', source: 'import {convForward} from "tfjs-explicit-layers/reference"; globalThis.used = convForward;',
    without: /ExplicitDense|registerKernels|verifyBackend/, kilobytes: 5},
];

/**
 * Whether a bundler leaves out what a program does not use.
 * @param {string} folder
 * @param {string} bundler
 */
export async function checkShaking(folder, bundler) {
  const sizes = [];
  for (const {name, source, without, kilobytes} of SHAKEN) {
    const entry = `./shaken_${bundler}.mjs`;
    writeFileSync(path.join(folder, entry), source);
    const text = loaded(await bundlers[bundler](folder, entry, `shaken_${bundler}`, {withoutPeers: true}));
    const found = without.exec(text)?.[0];
    if (found) throw new Error(`${name}: the bundle holds ${found}`);
    sizes.push(`${name} ${checkSize(name, text, kilobytes)}`);
  }
  return sizes.join(', ');
}

/**
 * @param {string} name
 * @param {string | Buffer} text
 * @param {number} kilobytes
 */
export function checkSize(name, text, kilobytes) {
  const size = gzipSync(text, {level: 9}).length;
  if (size === 0 || size >= kilobytes * 1000) throw new Error(`${name}: ${size} bytes gzipped; less than ${kilobytes} kB wanted`);
  return `${(size / 1000).toFixed(1)} kB`;
}
