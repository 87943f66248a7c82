/** Pictures of the demo for README and docs: docs/images/demo_<page>_<width>_<light|dark>.png. */
import {writeFileSync} from 'node:fs';
import path from 'node:path';

import type {Page} from 'playwright-core';
import UPNG from 'upng-js';

import {ROOT} from '../../tools/bootstrap/root.mjs';
import {startSite} from './support/site';

const VIEWPORTS = [{width: 1280, height: 900}, {width: 390, height: 844}];
const MOST_KILOBYTES = 150;

const view = (name: string) => async (page: Page) => {
  await page.locator('#result').waitFor();
  await page.getByRole('radio', {name, exact: true}).check();
};
const fifthStep = async (page: Page) => page.getByRole('slider').first().fill('5');

/** What is to be seen, and how one gets there. */
const PICTURES: {[name: string]: {file: string, prepare: (page: Page) => Promise<unknown>}} = {
  convolution: {file: 'index.html', prepare: async (page) => { await view('Forward')(page); await fifthStep(page); }},
  im2col: {file: 'index.html', prepare: async (page) => { await view('Forward as im2col')(page); await fifthStep(page); }},
  backward: {file: 'index.html', prepare: async (page) => { await view('Backward')(page); await fifthStep(page); }},
  gather: {file: 'index.html', prepare: async (page) => {
    await view('Backward')(page);
    await page.getByLabel('Shown as').selectOption('gather');
    await page.getByRole('slider').first().fill('12');
  }},
  photo: {file: 'index.html', prepare: view('A photo')},
  tiny: {file: 'tiny.html', prepare: async (page) => page.locator('[data-cell="dw[0,0,0]"]').hover()},
  tiny_norm: {file: 'tiny.html', prepare: async (page) => {
    await page.getByLabel('Batch norm').selectOption('staged');
    await page.locator('[data-cell="dconv[0,1,1]"]').hover();
  }},
  train: {file: 'train.html#steps=40&seed=1&test=1', prepare: async (page) => {
    await page.locator('#backprop').scrollIntoViewIfNeeded();
    await page.locator('.strip').waitFor();
    await page.locator('.sweep').getByRole('slider').fill('16');
    await page.locator('#backprop').evaluate((element) => element.scrollIntoView());
    await page.waitForTimeout(1500);
  }},
  check: {file: 'check.html', prepare: async (page) => page.waitForTimeout(1000)},
};

// Names of pictures; without any, all.
const wanted = process.argv.slice(2);
const site = await startSite();
for (const [name, {file, prepare}] of Object.entries(PICTURES).filter(([name]) => wanted.length === 0 || wanted.includes(name))) {
  for (const viewport of VIEWPORTS) {
    const page = await site.open(file, {viewport});
    await prepare(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({colorScheme});
      const target = path.join(ROOT, 'docs', 'images', `demo_${name}_${viewport.width}_${colorScheme}.png`);
      const image = UPNG.decode(await page.screenshot());
      const bytes = new Uint8Array(UPNG.encode(UPNG.toRGBA8(image), image.width, image.height, 256));
      writeFileSync(target, bytes);
      const kilobytes = bytes.length / 1000;
      console.log(`${path.relative(ROOT, target)}: ${kilobytes.toFixed(0)} kB`);
      if (kilobytes > MOST_KILOBYTES) process.exitCode = 1;
    }
    await page.context().close();
  }
}
await site.close();
