import type {Page} from 'playwright-core';

import {itLooksRight} from './support/looks';
import {expectQuiet, startSite} from './support/site';
import type {Site} from './support/site';

describe('the page of checks', () => {
  let site: Site;
  beforeAll(async () => { site = await startSite(); });
  afterAll(() => site.close());

  const verdict = (page: Page, task: string) => page.locator(`section[aria-labelledby=${task}] .verdict`);
  const report = (page: Page, name: string) => page.getByRole('region', {name: `Report of ${name}`});
  const done = (page: Page, task: string) => verdict(page, task).filter({hasText: /✓|✗|Stopped/}).waitFor({timeout: 0});

  /** Presses Stop after so many cases: from within the page, so that the run is not over before. */
  const stopAfter = (page: Page, cases: number) => page.evaluate(async (wanted) => {
    const stop = () => [...document.querySelectorAll('button')].find(({textContent}) => textContent === 'Stop');
    while (!stop() || document.querySelector('progress')!.value < wanted) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    stop()!.click();
  }, cases);

  for (const backend of ['wasm', 'cpu']) {
    it(`verifies ${backend}, and has a report to copy`, async () => {
      const page = await site.open('check.html', {permissions: ['clipboard-read', 'clipboard-write']});
      await page.getByLabel('Backend').selectOption(backend);
      await page.getByRole('button', {name: `Verify ${backend}`}).click();
      await done(page, 'backend-check');
      const text = await report(page, 'verifyBackend').innerText();
      expect(await verdict(page, 'backend-check').innerText()).withContext(text).toContain('✓ Right');
      expect(text).toContain(`${backend}, float32: every case agrees with the reference`);
      expect(text).toMatch(/^tfjs-explicit-layers \d+\.\d+\.\d+, tfjs 4\.\d+\.\d+\nMozilla/);
      await page.getByRole('button', {name: 'Copy the report'}).click();
      await page.getByText('Copied.').waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text);
      expectQuiet(page);
      await page.context().close();
    });
  }

  for (const backend of ['webgpu', 'webgl']) {
    // All of it takes minutes on graphics in software, where the specs of the library run it anyway.
    it(`gets a first case of ${backend} done, and stops`, async () => {
      const page = await site.open('check.html');
      await page.getByLabel('Backend').selectOption(backend);
      const stopped = stopAfter(page, 1);
      await page.getByRole('button', {name: `Verify ${backend}`}).click();
      await stopped;
      await done(page, 'backend-check');
      expect(await verdict(page, 'backend-check').innerText()).toBe('Stopped.');
      expectQuiet(page);
      await page.context().close();
    });
  }

  it('shows progress, stays free meanwhile, and can be stopped', async () => {
    const page = await site.open('check.html');
    await page.getByLabel('Backend').selectOption('cpu');
    await page.evaluate(() => {
      const longest = {gap: 0};
      Object.assign(globalThis, {longest});
      let last = performance.now();
      setInterval(() => {
        longest.gap = Math.max(longest.gap, performance.now() - last);
        last = performance.now();
      }, 5);
    });
    const start = Date.now();
    await page.getByRole('button', {name: 'Verify cpu'}).click();
    await page.getByRole('progressbar').waitFor();
    await done(page, 'backend-check');
    const took = Date.now() - start;
    const gap = await page.evaluate(() => (globalThis as unknown as {longest: {gap: number}}).longest.gap);
    console.log(`verifyBackend on cpu: ${took} ms, longest time without the page's own timer: ${Math.round(gap)} ms`);
    expect(gap).toBeLessThan(took / 2);
    const stopped = stopAfter(page, 0);
    await page.getByRole('button', {name: 'Verify cpu'}).click();
    await stopped;
    await verdict(page, 'backend-check').filter({hasText: 'Stopped'}).waitFor();
    expect(await verdict(page, 'backend-check').innerText()).toBe('Stopped.');
    await page.context().close();
  });

  it('says which backends are missing, and does not offer them', async () => {
    const page = await site.open('check.html', {}, () => {
      Object.defineProperty(Navigator.prototype, 'gpu', {value: undefined});
      Object.defineProperty(globalThis, 'OffscreenCanvas', {value: undefined});
    });
    expect(await page.locator('#missing').innerText()).toBe('This browser does not have webgpu, webgl.');
    expect(await page.locator('option:disabled').allInnerTexts())
      .toEqual(['webgpu (not in this browser)', 'webgl (not in this browser)']);
    expect(await page.getByLabel('Backend').inputValue()).toBe('wasm');
    await page.context().close();
  });

  describe('of gradients', () => {
    let page: Page;
    beforeAll(async () => { page = await site.open('check.html'); });
    beforeEach(async () => {
      await page.reload();
      await page.getByLabel('Backend').selectOption('cpu');
    });
    afterEach(() => expectQuiet(page));

    const check = async () => {
      await page.getByRole('button', {name: 'Check the gradients'}).click();
      await page.locator('section[aria-labelledby=layer-check] :is(pre, .problem)').waitFor();
    };
    const problem = () => page.locator('.problem').innerText();

    for (const layer of ['conv2d', 'maxPooling2d', 'reLU', 'dense', 'batchNormalization', 'layerNormalization']) {
      it(`checks ${layer} as it stands there`, async () => {
        await page.getByRole('combobox', {name: 'Layer', exact: true}).selectOption(layer);
        await check();
        expect(await verdict(page, 'layer-check').innerText()).toContain('✓ Right');
        expect(await report(page, 'gradCheck').innerText()).toContain('ok    order 1 x');
      });
    }

    it('checks the layer that was configured: pairs, words, second derivatives, training, ties', async () => {
      await page.getByLabel('kernelSize').fill('[2, 3]');
      await page.getByLabel('padding').fill('same');
      await page.getByLabel('useBias').fill('false');
      await page.getByLabel('Derivatives').selectOption('2');
      await check();
      const text = await report(page, 'gradCheck').innerText();
      expect(text).toContain('kernel [2,3,3,2]');
      expect(text).toContain('order 2');
      expect(text).not.toContain('bias');
      await page.getByRole('combobox', {name: 'Layer', exact: true}).selectOption('maxPooling2d');
      await page.getByLabel('Entries of x').selectOption('whole');
      await check();
      await page.locator('pre', {hasText: 'at a kink or tie'}).waitFor();
    });

    const refused: {[title: string]: [string, string, RegExp]} = {
      'groups that do not divide': ['groups', '2', /groups \(2\) must divide|channels/],
      'an unknown padding': ['padding', 'around', /padding must be 'valid', 'same'/],
      'a stride of 0': ['strides', '0', /strides must be a whole number of at least 1/],
      'a window that is too large': ['kernelSize', '9', /does not fit|window of 9/],
      'a wrong activation': ['activation', 'reluu', /reluu/],
      'a shape of another rank': ['Shape of x', '4, 6', /rank|4/],
      'a shape that is none': ['Shape of x', '4, x', /The shape of x must be whole numbers/],
    };
    for (const [title, [field, text, message]] of Object.entries(refused)) {
      it(`shows the error of ${title}`, async () => {
        await page.getByLabel(field, {exact: true}).fill(text);
        await check();
        expect(await problem()).toMatch(message);
      });
    }
  });

  itLooksRight(() => site, 'check', 'check.html', async (page) => {
    await page.getByLabel('Backend').selectOption('wasm');
    await page.getByRole('button', {name: 'Verify wasm'}).click();
    await done(page, 'backend-check');
    await page.getByLabel('groups').fill('2');
    await page.getByRole('button', {name: 'Check the gradients'}).click();
    await page.locator('.problem').waitFor();
  });
});
