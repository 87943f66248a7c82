import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

import MarkdownIt from 'markdown-it';
import type {Plugin} from 'vite';

import {declarationsOf} from '../../tools/docs/declarations.mjs';
import {headOf} from './page_frame.ts';

const CODE = /<!-- code (\S+): ([^>]+?) -->/g;

/** The folder of sources that the pages point at. */
const SOURCES = 'src/reference';

interface Frame {
  header: string;
  style: string;
  icon: string;
}

/** The documentation, and the sources that the pages point at, as pages of the site: they work without a network too. */
export function documents(root: string, frame: Frame): Plugin {
  return {
    name: 'documents',
    apply: 'build',
    generateBundle() {
      const emit = (fileName: string, source: string) => this.emitFile({type: 'asset', fileName, source});
      emit('docs/style.css', frame.style);
      emit('docs/icon.svg', frame.icon);
      for (const page of markdownPages(root)) {
        const text = readFileSync(path.join(root, page), 'utf8');
        emit(page.replace(/\.md$/, '.html'), framed(frame, page, /^# (.+)/m.exec(text)?.[1] ?? page, rendered(root, page, text)));
      }
      for (const name of readdirSync(path.join(root, SOURCES))) {
        const file = `${SOURCES}/${name}`;
        emit(`source/${file}.html`, framed(frame, `source/${file}`, file, listing(readFileSync(path.join(root, file),
          'utf8'), file)));
      }
      for (const image of readdirSync(path.join(root, 'docs/images')).filter((name) => name.endsWith('.svg'))) {
        emit(`docs/images/${image}`, readFileSync(path.join(root, 'docs/images', image), 'utf8'));
      }
    },
  };
}

function markdownPages(root: string): string[] {
  return ['docs', 'docs/layers'].flatMap((folder) => readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`));
}

function rendered(root: string, page: string, text: string): string {
  const katex = createRequire(import.meta.url)('@vscode/markdown-it-katex') as {default: (parser: MarkdownIt) => void};
  const markdown = new MarkdownIt({html: true}).use(katex.default, {output: 'mathml', throwOnError: true});
  // As GitHub names its headings.
  markdown.core.ruler.push('heading_ids', ({tokens}) => tokens.forEach((token, i) => {
    if (token.type === 'heading_open') token.attrSet('id', slug(tokens[i + 1]!.content));
  }));
  const withCode = text.replaceAll(CODE, (_, file: string, names: string) =>
    `\`\`\`ts\n${declarationsOf(path.join(root, file), names.split(/,\s*/))}\n\`\`\``);
  return markdown.render(withCode)
    .replaceAll('<pre>', '<pre tabindex="0">')
    .replaceAll(/<th( style="[^"]*")?><\/th>/g, '<td></td>')
    .replaceAll(/ style="[^"]*"/g, '')
    .replaceAll(/<a href="([^":#]+)(#[^"]*)?">(.*?)<\/a>/gs, (_, to: string, hash = '', words: string) => {
      const target = path.posix.join(path.posix.dirname(page), to);
      if (target.startsWith('docs/') && target.endsWith('.md') && existsSync(path.join(root, target))) {
        return `<a href="${to.replace(/\.md$/, '.html')}${hash}">${words}</a>`;
      }
      // What is not part of the site is named, not linked.
      return words;
    });
}

const slug = (heading: string) => heading.toLowerCase().replaceAll(/[^\w\- ]/g, '').replaceAll(' ', '-');

function listing(text: string, file: string): string {
  const lines = text.trimEnd().split('\n').map((line, i) =>
    `<code id="L${i + 1}"><a href="#L${i + 1}">${i + 1}</a>${escaped(line)}</code>`);
  return `<h1>${file}</h1><p>The float64 loops that everything else is checked against.</p>` +
    `<div class="listing scroll" tabindex="0" role="region" aria-label="${file}">${lines.join('')}</div>`;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function framed({header}: Frame, page: string, title: string, content: string): string {
  const up = '../'.repeat(page.split('/').length - 1);
  return `<!doctype html>
<html lang="en">
<head>${headOf(`${up}docs/icon.svg`, `${up}docs/style.css`)}
  <title>${escaped(title.replaceAll('`', ''))} - tfjs-explicit-layers</title>
</head>
<body>
${header.replaceAll('href="./', `href="${up}`)}
<main id="main" class="document" tabindex="-1">
${content}
</main>
</body>
</html>
`;
}
