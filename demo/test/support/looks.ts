import type {Page} from 'playwright-core';

import {axeViolations, expectQuiet, screenshot} from './site';
import type {Site} from './site';

const WIDTHS = [375, 1440];
const SCHEMES = ['light', 'dark'] as const;

/**
 * Specs that a page in this state is accessible and fits the screen, on a phone and a wide screen, light and dark; each
 * leaves a picture.
 */
export function itLooksRight(site: () => Site, name: string, file: string, prepare: (page: Page) => Promise<unknown>): void {
  for (const scheme of SCHEMES) {
    for (const width of WIDTHS) {
      it(`${name} is accessible and fits, ${scheme}, ${width} px`, async () => {
        const page = await site().open(file, {viewport: {width, height: 900}, colorScheme: scheme});
        await prepare(page);
        await screenshot(page, `${name}_${scheme}_${width}`);
        expect(await axeViolations(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        expectQuiet(page);
        await page.context().close();
      });
    }
  }
}
