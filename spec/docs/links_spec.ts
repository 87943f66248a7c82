import {existsSync} from 'node:fs';
import path from 'node:path';

import {ROOT} from '../../tools/bootstrap/root.mjs';
import {withExcerpts} from '../../tools/docs/excerpts.mjs';
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

    it(`${page}: the code it shows is what src has (npm run docs:excerpts writes it)`, () => {
      expect(withExcerpts(textOf(page))).toBe(textOf(page));
      expect(textOf(page)).toMatch(/^# \S/);
    });
  }

  it('notice code that is not what src has', () => {
    const page = withExcerpts('# A page\n\n<!-- code src/ops/relu.ts: rectify -->\n\nMore.\n');
    expect(page).toMatch(/```ts\n[\s\S]*rectify[\s\S]*```\n<!-- end of code -->\n\nMore\.\n$/);
    expect(withExcerpts(page.replace('rectify(', 'mend('))).toBe(page);
    expect(() => withExcerpts('<!-- code src/ops/relu.ts: nothing -->\n')).toThrowError(/declares no nothing/);
  });

  it('name every page somewhere, so that a reader finds it', () => {
    const linked = new Set(pages().flatMap((page) => linksOf(textOf(page))
      .map((link) => path.join(path.dirname(page), link.split('#')[0]!))));
    expect(pages().filter((page) => page !== 'README.md' && !linked.has(page))).toEqual([]);
  });
});
