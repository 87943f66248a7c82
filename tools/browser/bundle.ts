import {copyFileSync, readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

import {build} from 'esbuild';
import type {BuildOptions, Metafile} from 'esbuild';

import {ROOT} from '../bootstrap/root.mjs';

const require = createRequire(import.meta.url);

const common: BuildOptions = {
  absWorkingDir: ROOT, bundle: true, format: 'esm', target: 'es2022', platform: 'browser', logLevel: 'error',
};

/** All spec files of the project, their paths from its root. */
export function specFiles(): string[] {
  return filesIn('spec').filter((file) => file.endsWith('_spec.ts')).sort();
}

/**
 * The spec files that run in a page, and those that need Node: which import a module of Node's (`node:...`), or import
 * a file of this project that does.
 */
export async function sortSpecs(files: string[]): Promise<{forPages: string[], forNode: string[]}> {
  const {metafile} = await build({
    ...common, entryPoints: files, outdir: 'unused', write: false, metafile: true, packages: 'external',
  });
  const forNode = files.filter((file) => reachesNode(metafile, file));
  return {forPages: files.filter((file) => !forNode.includes(file)), forNode};
}

/** Writes all that the page needs into a folder: itself, Jasmine, the specs, the .wasm files of tfjs. */
export async function bundleSpecs(files: string[], outdir: string): Promise<void> {
  await build({
    ...common, outdir, splitting: true, entryPoints: {page: 'tools/browser/page.ts'},
    stdin: {contents: files.map((file) => `import './${file}';`).join('\n'), sourcefile: 'specs.ts', resolveDir: ROOT},
  });
  copyFiles([
    'tools/browser/index.html',
    path.join(path.dirname(require.resolve('jasmine-core')), 'jasmine-core', 'jasmine.js'),
    ...wasmFiles(),
  ], outdir);
}

/** Writes a page and its program into a folder, with the .wasm files of tfjs. */
export async function bundlePage({entry, html}: {entry: string, html: string}, outdir: string): Promise<void> {
  await build({...common, outdir, entryPoints: [entry], minify: true});
  copyFiles([html, ...wasmFiles()], outdir);
}

/** The .wasm files of tfjs. */
function wasmFiles(): string[] {
  return filesIn(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))).filter((file) => file.endsWith('.wasm'));
}

function copyFiles(files: readonly string[], outdir: string): void {
  for (const file of files) copyFileSync(path.resolve(ROOT, file), path.join(outdir, path.basename(file)));
}

function filesIn(folder: string): string[] {
  return readdirSync(path.resolve(ROOT, folder), {recursive: true, encoding: 'utf8'})
    .map((file) => path.join(folder, file).split(path.sep).join('/'));
}

function reachesNode({inputs}: Metafile, file: string, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  return inputs[file]?.imports.some(({path: imported, external}) =>
    external ? imported.startsWith('node:') : reachesNode({inputs, outputs: {}}, imported, seen)) ?? false;
}
