import {axeViolations, expectQuiet, startSite} from './support/site';
import type {Site} from './support/site';

describe('the site', () => {
  let site: Site;
  beforeAll(async () => { site = await startSite(); });
  afterAll(() => site.close());

  for (const [name, title] of [['index.html', 'convolution'], ['train.html', 'Train'], ['check.html', 'Check']] as const) {
    it(`${name} loads quietly and marks itself in the navigation`, async () => {
      const page = await site.open(name);
      expect(await page.locator('h1').textContent()).toContain(title);
      expect(await page.locator('nav a[aria-current=page]').getAttribute('href')).toBe(`./${name}`);
      expect(await axeViolations(page)).toEqual([]);
      expectQuiet(page);
      await page.context().close();
    });
  }
});
