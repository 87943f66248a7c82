import type {Page} from 'playwright-core';

import {run} from '../tiny/net';
import {readState} from '../tiny/state';
import {itLooksRight} from './support/looks';
import {number} from './support/planes';
import {expectQuiet, startSite} from './support/site';
import type {Site} from './support/site';

describe('the page of the tiny net', () => {
  let site: Site;
  let page: Page;
  beforeAll(async () => { site = await startSite(); });
  afterAll(() => site.close());
  beforeEach(async () => {
    page = await site.open('tiny.html', {viewport: {width: 1280, height: 900}});
    await page.locator('#story').waitFor();
  });
  afterEach(async () => {
    expectQuiet(page);
    await page.context().close();
  });

  const at = (key: string) => page.locator(`[data-cell="${key}"]`);
  const value = async (key: string) => at(key).evaluate((cell) => {
    const input = cell.querySelector('input');
    if (input) return input.value;
    const copy = cell.cloneNode(true) as HTMLElement;
    copy.querySelectorAll('.spoken').forEach((spoken) => spoken.remove());
    return copy.textContent;
  });
  const marked = (mark: string) => page.locator(`[data-path="${mark}"]`).evaluateAll((cells) =>
    cells.map((cell) => (cell as HTMLElement).dataset['cell']).sort());
  const net = async () => {
    await page.waitForTimeout(400);
    const {parameters, label, norm} = readState(new URLSearchParams(new URL(page.url()).hash.slice(1)));
    return run(parameters, label, norm);
  };

  it('shows every value and gradient as the reference computes them', async () => {
    const {values, gradients, loss} = await net();
    expect(number(await value('conv[1,2,3]'))).toBeCloseTo(values.conv.data[16 + 2 * 4 + 3]!, 2);
    expect(number(await value('dx[3,2]'))).toBeCloseTo(gradients.x.data[3 * 6 + 2]!, 2);
    expect(number(await value('dw[1,0,2]'))).toBeCloseTo(gradients.w.data[9 + 2]!, 2);
    expect(number(await value('dscores[0]'))).toBeCloseTo(gradients.scores!.data[0]!, 2);
    expect(number((await page.locator('.loss strong').innerText()))).toBeCloseTo(loss, 2);
  });

  for (const norm of ['off', 'staged', 'simplified']) {
    it(`fits one screen, with the sum, batch norm ${norm}`, async () => {
      await page.getByLabel('Batch norm').selectOption(norm);
      await at(norm === 'off' ? 'dw[0,0,0]' : 'dconv[0,1,1]').hover();
      const bottom = await page.locator('.story').evaluate((story) => story.getBoundingClientRect().bottom);
      expect(bottom).toBeLessThanOrEqual(900);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1280);
    });
  }

  it('lights the path forward, with the sum and the source', async () => {
    await at('pool[0,0,0]').hover();
    expect(await page.locator('#story').innerText()).toMatch(/^pool\[0, 0, 0\] = 3.5, a maximum/);
    expect(await marked('chosen')).toEqual(['pool[0,0,0]']);
    expect(await marked('direct')).toEqual(['relu[0,1,1]']);
    expect((await marked('path')).filter((key) => key!.startsWith('x')).length).toBe(9);
    expect(await page.locator('.story .sum').innerText()).toContain('max(');
    expect(await page.locator('.source').innerText()).toMatch(/src\/reference\/max_pool.ts, line \d+\n.*Math.max/s);
  });

  it('lights the path backward, by keyboard too', async () => {
    await at('dw[0,0,0]').click();
    const sum = await page.locator('.story .sum').innerText();
    expect(sum.split(' + ').length).toBe(16);
    const total = sum.replace(/^.*?= /, '').split(' = ')[0]!.split(' + ')
      .map((term) => term.replace(/[()]/g, '').split('·').map(number)).reduce((all, [a, b]) => all + a! * b!, 0);
    expect(total).toBeCloseTo(number(sum.split(' = ').at(-1)!), 1);
    expect((await marked('direct')).filter((key) => key!.startsWith('dconv')).length).toBe(16);
    expect((await marked('path'))).toContain('dscores[0]');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#story').innerText()).toMatch(/^dw\[0, 0, 1\] = .* the gradient of the loss by a weight/);
  });

  it('has batch norm with its statistics, and both backwards agree', async () => {
    const shown = async () => (await page.locator('.half.back .plane td').allInnerTexts()).join();
    await page.getByLabel('Batch norm').selectOption('staged');
    await at('dconv[0,1,1]').hover();
    expect(await page.locator('.story .facts').innerText()).toMatch(/Stage by stage: mu = .*dstd = .*dvar = .*dmu = /);
    expect(await page.locator('.source').innerText()).toContain('const dvar = dstd.map');
    const staged = await shown();
    await page.getByLabel('Batch norm').selectOption('simplified');
    expect(await page.locator('.source').innerText()).toContain('const meanXHat');
    expect(await page.locator('.story .facts').innerText()).toContain('mean(dxHat · xHat) = ');
    expect(await shown()).toBe(staged);
    const {statistics} = await net();
    expect((await page.locator('.statistics td').allInnerTexts()).slice(0, 2).map(number))
      .toEqual([statistics!.mu[0]!, statistics!.std[0]!].map((one) => Number(one.toFixed(2))));
  });

  it('learns, and a link brings the very same weights', async () => {
    const {loss} = await net();
    for (let step = 0; step < 3; step++) await page.getByRole('button', {name: 'One training step'}).click();
    const trained = await net();
    expect(trained.loss).toBeLessThan(loss);
    expect(page.url()).toContain('steps=3');
    const other = await site.open(`tiny.html${new URL(page.url()).hash}`);
    await other.locator('#story').waitFor();
    expect(await other.locator('.tiny').innerText()).toBe(await page.locator('.tiny').innerText());
    await other.context().close();
  });

  it('hides dw on a worksheet until it is guessed', async () => {
    const right = await value('dw[0,1,1]');
    await page.getByLabel('Worksheet').selectOption('dw');
    await at('dw[0,1,1]').locator('input').fill('9');
    expect(await page.locator('.after-step').innerText()).toContain('0 right, 1 wrong');
    expect(await page.locator('#story').innerText()).toContain('dw[0, 1, 1] = ?');
    await at('dw[0,1,1]').locator('input').fill(right);
    await page.locator('.after-step', {hasText: '1 right'}).waitFor();
  });
});

describe('the look of the page of the tiny net', () => {
  let site: Site;
  beforeAll(async () => { site = await startSite(); });
  afterAll(() => site.close());
  itLooksRight(() => site, 'tiny', 'tiny.html', (page) => page.locator('[data-cell="dw[0,0,0]"]').click());
  itLooksRight(() => site, 'tiny_norm', 'tiny.html#norm=staged', (page) => page.locator('[data-cell="dconv[0,1,1]"]').click());
});
