import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {gzipSync} from 'node:zlib';
import esbuild from 'esbuild';
import {build as vite} from 'vite';
import webpack from 'webpack';

const PEERS = /^@tensorflow\//;

/**
 * Each bundles one file of a folder for a page, and writes `name` beside it.
 * @type {Record<string, (folder: string, entry: string, name: string, options?: {withoutPeers?: boolean}) => Promise<string>>}
 */
export const bundlers = {
  esbuild: async (folder, entry, name, {withoutPeers = false} = {}) => {
    const outfile = path.join(folder, name);
    await esbuild.build({absWorkingDir: folder, entryPoints: [entry], outfile, bundle: true, minify: true, format: 'esm',
      platform: 'browser', external: withoutPeers ? ['@tensorflow/*'] : [], logLevel: 'error'});
    return outfile;
  },
  vite: async (folder, entry, name, {withoutPeers = false} = {}) => {
    await vite({root: folder, configFile: false, logLevel: 'error', publicDir: false, build: {
      outDir: folder, emptyOutDir: false, minify: true, target: 'es2022',
      rolldownOptions: {input: path.join(folder, entry), external: withoutPeers ? PEERS : [],
        preserveEntrySignatures: 'allow-extension', output: {entryFileNames: name, format: 'es'}},
    }});
    return path.join(folder, name);
  },
  webpack: (folder, entry, name, {withoutPeers = false} = {}) => new Promise((resolve, reject) => {
    webpack({context: folder, entry, mode: 'production', target: ['web', 'es2022'], experiments: {outputModule: true},
      performance: {hints: false},
      output: {path: folder, filename: name, module: true, chunkFormat: 'module'},
      externals: withoutPeers ? PEERS : [], externalsType: 'module'}, (error, stats) => {
      if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString('errors-only')));
      else resolve(path.join(folder, name));
    });
  }),
};

/** Programs, what of the library they must not hold, and how large they may be, minified and gzipped. */
const SHAKEN = [
  {name: 'one op', source: 'import {relu} from "tfjs-explicit-layers/ops"; globalThis.used = relu;',
    without: /ExplicitDense|toBuiltIn|verifyBackend/, kilobytes: 42},
  {name: 'one op by its namespace', source: 'import {ops} from "tfjs-explicit-layers/ops"; globalThis.used = ops.relu;',
    without: /ExplicitDense|toBuiltIn|verifyBackend/, kilobytes: 48},
  {name: 'layers and losses', source: 'import {layers, losses} from "tfjs-explicit-layers"; globalThis.used = ' +
    '[layers.conv2d, layers.dense, losses.softmaxLoss];', without: /toBuiltIn|verifyBackend/, kilobytes: 55},
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
    const file = await bundlers[bundler](folder, entry, `out_${bundler}_shaken.js`, {withoutPeers: true});
    const text = readFileSync(file);
    const found = without.exec(text.toString())?.[0];
    if (found) throw new Error(`${name}: the bundle holds ${found}`);
    sizes.push(`${name} ${checkSize(name, text, kilobytes)}`);
  }
  return sizes.join(', ');
}

/**
 * @param {string} name
 * @param {Buffer} text
 * @param {number} kilobytes
 */
export function checkSize(name, text, kilobytes) {
  const size = gzipSync(text, {level: 9}).length;
  if (size === 0 || size >= kilobytes * 1000) throw new Error(`${name}: ${size} bytes gzipped; less than ${kilobytes} kB wanted`);
  return `${(size / 1000).toFixed(1)} kB`;
}
