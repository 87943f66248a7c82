import {copyFileSync, cpSync, existsSync, readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {Converter, JSX, ReflectionKind, RendererEvent} from 'typedoc';
import {ROOT} from '../bootstrap/root.mjs';

/** The navigation's groups; a page belongs to the first whose pattern its path has. */
const groups = [
  {group: 'Layers', pattern: /^docs\/layers\//},
  {group: 'Reports', pattern: /^docs\/(compatibility|benchmarks|scaling|mutation)$/},
  {group: 'Guides', pattern: /^docs\//},
  {group: 'Project', pattern: /./},
];

/** The order within a group; pages that are not named come after these. */
const order = {
  docs: ['start_here', 'existing_model', 'own_op', 'backends', 'from_the_notes', 'migration', 'troubleshooting',
    'checks', 'keras', 'compatibility', 'benchmarks'],
  'docs/layers': ['convolution', 'im2col', 'relu', 'max_pooling', 'fully_connected', 'fc_as_conv', 'dropout', 'softmax_loss',
    'batch_norm', 'layer_norm'],
};

export const groupOrder = ['Guides', 'Layers', 'Reports', 'Namespaces', 'Modules', 'Functions', '*', 'Project'];

const FONT = '@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2';

const DEMO = path.join(ROOT, 'out', 'demo', 'site');

const heading = /^\s*# (.+)\n+/;

/** Every page of the site, in order. */
export function pages() {
  const ordered = Object.entries(order).flatMap(([folder, names]) => {
    const files = readdirSync(path.join(ROOT, folder));
    const there = files.filter((file) => file.endsWith('.md')).map((file) => file.slice(0, -3));
    const place = (/** @type {string} */ name) => (names.indexOf(name) + 1 || names.length + 1);
    return there.sort((a, b) => place(a) - place(b)).map((name) => `${folder}/${name}.md`);
  });
  const examples = readdirSync(path.join(ROOT, 'examples')).map((name) => `examples/${name}/README.md`);
  return [...ordered, ...examples, 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md']
    .map((page) => path.join(ROOT, page)).filter((page) => existsSync(page));
}

/**
 * A TypeDoc plugin for hand-written pages, which stay plain Markdown: the title is the first heading, the group comes
 * from the folder. (Excerpts of code are in the pages; excerpts.mjs keeps them.)
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, page) => {
    page.frontmatter['group'] ??= groups.find(({pattern}) => pattern.test(page.name))?.group;
    const [first] = page.content;
    const title = first && heading.exec(first.text);
    if (!first || !title?.[1]) throw new Error(`${page.name}.md must begin with its title, as in "# Start here".`);
    page.name = title[1].replaceAll('`', '');
    first.text = first.text.slice(title[0].length);
  });
  // What stands behind `from` in an import.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({project}) => {
    for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
      module.name = module.name.replace(/^src/, 'tfjs-explicit-layers').replace(/\/index$/, '');
    }
  });
  // The demo, where `npm run docs` has built it.
  if (existsSync(DEMO)) {
    app.renderer.hooks.on('sidebar.begin', (context) => JSX.createElement('p', null,
      JSX.createElement('a', {href: context.relativeURL('demo/index.html')}, 'Demo: a convolution, number by number')));
    app.renderer.on(RendererEvent.END, ({outputDirectory}) =>
      cpSync(DEMO, path.join(outputDirectory, 'demo'), {recursive: true}));
  }
  // Formulas are MathML, which wants a font with a table of its measures; style.css names it.
  app.renderer.on(RendererEvent.END, ({outputDirectory}) =>
    copyFileSync(createRequire(import.meta.url).resolve(FONT), path.join(outputDirectory, 'assets', 'math.woff2')));
}
