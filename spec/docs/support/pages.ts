import {readFileSync, readdirSync} from 'node:fs';
import path from 'node:path';

import {ROOT} from '../../../tools/bootstrap/root.mjs';
import {withoutExcerpts} from '../../../tools/docs/excerpts.mjs';

/** A fenced block of a page or of a doc comment. */
export interface Block {
  language: string;
  code: string;
}

/** The README and everything in docs/ but the reports of the API, their paths from the project's root. */
export function pages(): string[] {
  return ['README.md', ...filesIn('docs').filter((name) => name.endsWith('.md') && !name.endsWith('.api.md'))];
}

/** The sources, their paths from the project's root. */
export function sources(): string[] {
  return filesIn('src').filter((name) => name.endsWith('.ts') && !name.includes('/assembly/'));
}

export function textOf(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** The fenced blocks of a text, in order, but for excerpts of src, which the compiler sees where they come from. */
export function blocksOf(text: string): Block[] {
  return [...withoutExcerpts(text).matchAll(/^```(\S*)[^\n]*\n([\s\S]*?)^```$/gm)]
    .map(([, language, code]) => ({language: language!, code: code!}));
}

/** The fenced blocks of all doc comments of a source file. */
export function docBlocksOf(source: string): Block[] {
  const comments = [...source.matchAll(/^\s*\/\*\*[\s\S]*?\*\//gm)].map(([comment]) => comment);
  return comments.flatMap((comment) => blocksOf(comment.replace(/^\s*\* ?/gm, '')));
}

/** Links of a page to other files of this project, as they stand there. */
export function linksOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!).filter((link) => !/^[a-z]+:/.test(link));
}

/** What a heading is called in links. */
export function anchorsOf(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-'));
}

/** A comment that is a value, not a sentence. */
const value = /^(?:[[{'-]|\d|\w+$)/;

/**
 * What `console.log(...);  // value` promises, and the output does not hold in this order; spaces and quotes apart.
 * @returns the first such promise, or null
 */
export function brokenPromise(code: string, output: string): string | null {
  const plain = (text: string) => text.replace(/[\s'"]/g, '');
  let rest = plain(output);
  for (const [, promise] of code.matchAll(/^\s*console\.log\(.*\);\s+\/\/ (.+)$/gm)) {
    if (!value.test(promise!)) continue;
    const at = rest.indexOf(plain(promise!));
    if (at < 0) return promise!;
    rest = rest.slice(at + plain(promise!).length);
  }
  return null;
}

function filesIn(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), {recursive: true, encoding: 'utf8'})
    .map((name) => path.join(folder, name).split(path.sep).join('/')).sort();
}
