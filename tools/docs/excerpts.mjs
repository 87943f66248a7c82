/**
 * The code that pages show, as it is in src now. A page asks for it by a marker and holds it beneath, so that it shows
 * wherever Markdown is read:
 *
 *     <!-- code src/ops/relu.ts: rectify, mask -->
 *     (a ts block)
 *     <!-- end of code -->
 *
 *   npm run docs:excerpts              writes them
 *   npm run docs:excerpts -- --check   fails where one is not what src has
 */
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {pathToFileURL} from 'node:url';
import {parseArgs} from 'node:util';
import {ROOT} from '../bootstrap/root.mjs';
import {declarationsOf} from './declarations.mjs';

const PLACE = /(<!-- code (\S+): ([^>]+?) -->\n)(?:```ts\n[\s\S]*?^```\n<!-- end of code -->\n)?/gm;

/**
 * A page with its excerpts as src has them.
 * @param {string} text
 */
export function withExcerpts(text) {
  return text.replace(PLACE, (_, marker, file, names) =>
    `${marker}\`\`\`ts\n${declarationsOf(path.join(ROOT, file), names.split(/,\s*/))}\n\`\`\`\n<!-- end of code -->\n`);
}

/** @param {string} text */
export function withoutExcerpts(text) {
  return text.replace(PLACE, '$1');
}

/** The pages that may hold excerpts, from the project's root. */
function pagesWithCode() {
  return ['README.md', ...readdirSync(path.join(ROOT, 'docs'), {recursive: true, encoding: 'utf8'})
    .filter((name) => name.endsWith('.md')).map((name) => path.join('docs', name))];
}

/** @param {boolean} check */
function main(check) {
  const changed = pagesWithCode().filter((page) => {
    const file = path.join(ROOT, page);
    const text = readFileSync(file, 'utf8');
    const wanted = withExcerpts(text);
    if (!check && wanted !== text) writeFileSync(file, wanted);
    return wanted !== text;
  });
  if (check && changed.length > 0) {
    console.error(`The code in ${changed.join(', ')} is not what src has now: run npm run docs:excerpts.`);
    process.exitCode = 1;
  } else {
    console.log(check ? 'Every excerpt is what src has.' : `Written: ${changed.join(', ') || 'nothing to change'}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const {check, help} = parseArgs({
    options: {check: {type: 'boolean', default: false}, help: {type: 'boolean', short: 'h'}},
  }).values;
  if (help) {
    console.log('Usage: npm run docs:excerpts -- [--check]\n\nWrites the code that pages show, as it is in src; with ' +
      '--check it only fails where\na page differs.\n\nExamples:\n  npm run docs:excerpts\n  npm run docs:excerpts -- --check');
  } else {
    main(check ?? false);
  }
}
