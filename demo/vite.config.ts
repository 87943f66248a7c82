import {readFileSync} from 'node:fs';
import path from 'node:path';

import {defineConfig} from 'vite';

import {digits} from './vite/digits.ts';
import {documents} from './vite/documents.ts';
import {offline} from './vite/offline.ts';
import {pageFrame} from './vite/page_frame.ts';
import {sourceLines} from './vite/source_lines.ts';

const root = import.meta.dirname;
const {version} = JSON.parse(readFileSync(path.join(root, '../package.json'), 'utf8')) as {version: string};

const shared = (name: string) => readFileSync(path.join(root, 'shared', name), 'utf8');

/** A static site: relative addresses, so that it works below any path, and nothing inline, for the security policy. */
export default defineConfig({
  root,
  base: './',
  publicDir: false,
  logLevel: 'warn',
  oxc: {jsx: {runtime: 'automatic', importSource: 'preact'}},
  define: {LIBRARY_VERSION: JSON.stringify(version)},
  worker: {format: 'es'},
  build: {
    outDir: '../out/demo/site',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      checks: {pluginTimings: false},
      input: ['index', 'tiny', 'train', 'check'].map((name) => path.join(root, `${name}.html`)),
    },
  },
  plugins: [
    digits(path.join(root, 'train/assets/mnist.zip')),
    pageFrame(shared('header.html') + shared('noscript.html')),
    sourceLines(path.join(root, '..')),
    documents(path.join(root, '..'), {
      header: shared('header.html'), style: shared('site.css') + shared('documents.css'), icon: shared('icon.svg')}),
    offline(path.join(root, 'shared')),
  ],
});
