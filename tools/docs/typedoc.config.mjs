import {createRequire} from 'node:module';
import {OptionDefaults} from 'typedoc';
import {groupOrder, load, pages} from './pages.mjs';

// A CommonJS module whose types promise an ES module's default export.
const {default: katex} = createRequire(import.meta.url)('@vscode/markdown-it-katex');

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: 'tfjs-explicit-layers',
  plugin: [load],
  tsconfig: '../../tsconfig.json',
  entryPoints: ['../../src/index.ts', '../../src/keras/index.ts', '../../src/node.ts'],
  readme: './front_page.md',
  projectDocuments: pages(),
  out: '../../out/docs',
  basePath: '../..',
  disableSources: true,
  groupOrder,
  navigation: {includeGroups: true, includeFolders: false},
  hideGenerator: true,
  includeHierarchySummary: false,
  markdownItOptions: {html: true, linkify: false},
  headings: {readme: false, document: true},
  searchInDocuments: true,
  markdownItLoader: (parser) => parser.use(katex, {output: 'mathml', throwOnError: true}),
  customCss: 'style.css',
  validation: {invalidLink: true, invalidPath: true, notExported: false, notDocumented: false},
  treatWarningsAsErrors: true,
  skipErrorChecking: true,
  modifierTags: [...OptionDefaults.modifierTags, '@nocollapse'],
  excludePrivate: true,
  excludeInternal: true,
};
