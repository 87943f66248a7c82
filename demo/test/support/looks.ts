import type {Page} from 'playwright-core';

import {axeViolations, expectQuiet, screenshot} from './site';
import type {Site} from './site';

const WIDTHS = [375, 1440];
const SCHEMES = ['light', 'dark'] as const;

/**
 * A spec that a page in this state is accessible and fits the screen, on a phone and a wide screen, light and dark; each
 * leaves a picture.
 */
export function itLooksRight(site: () => Site, name: string, file: string, prepare: (page: Page) => Promise<unknown>): void {
  it(`${name} is accessible and fits, light and dark, ${WIDTHS.join(' and ')} px wide`, async () => {
    const page = await site().open(file);
    await prepare(page);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({colorScheme});
      for (const width of WIDTHS) {
        await page.setViewportSize({width, height: 900});
        await screenshot(page, `${name}_${colorScheme}_${width}`);
        expect(await axeViolations(page)).withContext(`${colorScheme}, ${width} px`).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
    }
    expectQuiet(page);
    await page.context().close();
  });
}
