import {existsSync} from 'node:fs';
import path from 'node:path';

import {ROOT} from '../../tools/bootstrap/root.mjs';
import {declarationsOf} from '../../tools/docs/declarations.mjs';
import {anchorsOf, linksOf, pages, textOf} from './support/pages';

describe('the pages of README and docs', () => {
  for (const page of pages()) {
    it(`${page}: links lead somewhere`, () => {
      const broken = linksOf(textOf(page)).filter((link) => {
        const [file, anchor] = link.split('#') as [string, string?];
        const target = file === '' ? page : path.join(path.dirname(page), file);
        return !existsSync(path.join(ROOT, target)) ||
          (anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor));
      });
      expect(broken).toEqual([]);
    });

    it(`${page}: the code it asks for is there`, () => {
      for (const [, file, names] of textOf(page).matchAll(/<!-- code (\S+): ([^>]+?) -->/g)) {
        expect(declarationsOf(path.join(ROOT, file!), names!.split(/,\s*/))).not.toBe('');
      }
      expect(textOf(page)).toMatch(/^# \S/);
    });
  }

  it('name every page somewhere, so that a reader finds it', () => {
    const linked = new Set(pages().flatMap((page) => linksOf(textOf(page))
      .map((link) => path.join(path.dirname(page), link.split('#')[0]!))));
    expect(pages().filter((page) => page !== 'README.md' && !linked.has(page))).toEqual([]);
  });
});
