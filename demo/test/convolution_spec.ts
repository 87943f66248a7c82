import type {Page} from 'playwright-core';

import {convBackward, convForward, maxPoolBackward, maxPoolForward} from '../../src/reference';
import {itLooksRight} from './support/looks';
import {cell, channelsFirst, number, readPlanes, type} from './support/planes';
import {expectQuiet, startSite} from './support/site';
import type {Site} from './support/site';

describe('the convolution page', () => {
  let site: Site;
  let page: Page;
  beforeAll(async () => {
    site = await startSite();
    page = await site.open('index.html');
  });
  afterAll(() => site.close());
  beforeEach(async () => {
    await page.goto(new URL('index.html', site.address).href);
    await page.reload();
    await page.locator('#result').waitFor();
  });
  afterEach(() => expectQuiet(page));

  const choose = (name: string) => page.getByRole('radio', {name, exact: true}).check();
  const press = (name: string) => page.getByRole('button', {name}).click();
  const unfold = () => page.locator('.settings').evaluate((details: HTMLDetailsElement) => { details.open = true; });
  const set = async (name: string, value: number) => {
    await unfold();
    await page.getByLabel(name).fill(String(value));
  };
  const result = () => page.locator('#result').innerText();

  /** What stands in the page, in the layout of the reference. */
  async function read({size: [width, depth, filters, kernel], stride, pad}:
      {size: [number, number, number, number], stride: number, pad: number}) {
    const planes = await readPlanes(page);
    const weights = Array.from({length: filters}, (_, k) => channelsFirst(planes, `w${k}`)).flat();
    return {
      planes,
      x: {shape: [1, depth, width, width], data: Float64Array.from(channelsFirst(planes, 'x', pad))},
      w: {shape: [filters, depth, kernel, kernel], data: Float64Array.from(weights)},
      b: {shape: [filters], data: Float64Array.from({length: filters}, (_, k) => planes[`bias b${k}`]![0]![0]!)},
      options: {stride, pad},
    };
  }
  const FIRST = {size: [5, 3, 2, 3] as [number, number, number, number], stride: 2, pad: 1};

  it('starts as in the notes: 5x5x3 in padding, two filters 3x3x3, output 3x3x2, as the reference computes it', async () => {
    const {planes, x, w, b, options} = await read(FIRST);
    expect(planes['x[:, :, 0]']!.map((row) => row.length)).toEqual([7, 7, 7, 7, 7, 7, 7]);
    expect(planes['x[:, :, 2]']![0]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    const {out} = convForward(x, w, b, options);
    expect(out.shape).toEqual([1, 2, 3, 3]);
    expect(channelsFirst(planes, 'out')).toEqual([...out.data]);
  });

  it('steps through all output cells: the products written out add up to the output', async () => {
    const {planes, b} = await read(FIRST);
    const out = channelsFirst(planes, 'out');
    const steps = await page.evaluate(async () => {
      const texts = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)].map((one) => one.innerText);
      const next = [...document.querySelectorAll('button')].find((button) => button.textContent.startsWith('Next'))!;
      const seen: {lines: string[], result: string, current: string}[] = [];
      const products = () => [...document.querySelectorAll('.products')].map((table) =>
        [...table.querySelectorAll<HTMLElement>('td [aria-hidden]')].map((cell) => cell.innerText).join(' + '));
      for (let step = 0; step < 18; step++) {
        const current = document.querySelector('td.current button')!.getAttribute('aria-label')!;
        seen.push({lines: products(), result: texts('#result')[0]!, current});
        next.click();
        while (texts('#result')[0] === seen.at(-1)!.result) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return seen;
    });
    steps.forEach(({lines, result: written}, step) => {
      const [k, i, j] = [Math.floor(step / 9), Math.floor(step % 9 / 3), step % 3];
      const sums = lines.map((line) => {
        const terms = line.split(' + ');
        expect(terms.length).toBe(9);
        return terms.map((term) => term.replace(/[()]/g, '').split('·').map(number))
          .reduce((sum, [a, weight]) => sum + a! * weight!, 0);
      });
      expect(sums.reduce((a, sum) => a + sum, b.data[k]!)).withContext(`step ${step}`).toBe(out[step]!);
      expect(written).toContain(`out[${i}, ${j}, ${k}] = `);
      expect(number(/= ([−\d]+)$/.exec(written)![1]!)).toBe(out[step]!);
    });
    expect(new Set(steps.map(({current}) => current)).size).toBe(18);
    expect(await result()).toContain('out[0, 0, 0]');
    await press('Back');
    expect(await result()).toContain('out[2, 2, 1]');
  });

  it('marks the window of the input, padding too, and the filter on it', async () => {
    const window = () => page.locator('table.input').first().locator('td.window')
      .evaluateAll((cells) => cells.map((td) => {
        const {rowIndex} = td.parentElement as HTMLTableRowElement;
        return [rowIndex - 1, (td as HTMLTableCellElement).cellIndex - 1].join();
      }));
    expect(await window()).toEqual(['0,0', '0,1', '0,2', '1,0', '1,1', '1,2', '2,0', '2,1', '2,2']);
    await cell(page, 'out[1, 2, 1]').click();
    expect(await window()).toEqual(['2,4', '2,5', '2,6', '3,4', '3,5', '3,6', '4,4', '4,5', '4,6']);
    expect(await page.locator('table.filter.marked caption').allInnerTexts())
      .toEqual(['w1[:, :, 0]', 'w1[:, :, 1]', 'w1[:, :, 2]', 'bias b1'].map((name) => `▸ ${name}`));
  });

  it('plays by itself until it is paused', async () => {
    await page.getByLabel('Speed').selectOption('fast');
    await press('Play');
    await page.locator('#result', {hasText: 'out[1, 0, 0]'}).waitFor();
    await press('Pause');
    const stopped = await result();
    await page.waitForTimeout(1500);
    expect(await result()).toBe(stopped);
  });

  it('takes other numbers everywhere, and no text', async () => {
    await type(page, 'x[0, 0, 0]', 7.5);
    await type(page, 'w0[1, 1, 0]', -2);
    await type(page, 'b[0]', 10);
    const {planes, x, w, b, options} = await read(FIRST);
    expect([x.data[0], w.data[4], b.data[0]]).toEqual([7.5, -2, 10]);
    expect(channelsFirst(planes, 'out')).toEqual([...convForward(x, w, b, options).out.data]);
    await type(page, 'x[0, 0, 0]', 'seven');
    expect(await cell(page, 'x[0, 0, 0]').getAttribute('aria-invalid')).toBe('true');
    expect(channelsFirst(await readPlanes(page), 'out')).toEqual(channelsFirst(planes, 'out'));
    await cell(page, 'x[0, 1, 0]').focus();
    expect(await cell(page, 'x[0, 0, 0]').inputValue()).toBe('7.5');
  });

  const SIZES: {[name: string]: [{[field: string]: number}, Parameters<typeof read>[0], number]} = {
    'W=7 D=1 K=4 F=3 S=2 P=0': [{W: 7, D: 1, K: 4, F: 3, S: 2, P: 0}, {size: [7, 1, 4, 3], stride: 2, pad: 0}, 3],
    'W=6 D=2 K=1 F=5 S=1 P=2': [{W: 6, D: 2, K: 1, F: 5, S: 1, P: 2}, {size: [6, 2, 1, 5], stride: 1, pad: 2}, 6],
    'W=1 D=4 K=3 F=1 S=5 P=0': [{W: 1, D: 4, K: 3, F: 1, S: 5, P: 0}, {size: [1, 4, 3, 1], stride: 5, pad: 0}, 1],
    'W=9 D=4 K=4 F=3 S=1 P=3': [{W: 9, D: 4, K: 4, F: 3, S: 1, P: 3}, {size: [9, 4, 4, 3], stride: 1, pad: 3}, 13],
  };
  for (const [title, [fields, sizes, length]] of Object.entries(SIZES)) {
    it(`computes other sizes, forward and backward: ${title}`, async () => {
      for (const [name, value] of Object.entries(fields)) await set(`${name},`, value);
      const {planes, x, w, b, options} = await read(sizes);
      const {out, cache} = convForward(x, w, b, options);
      expect(out.shape.slice(2)).toEqual([length, length]);
      expect(channelsFirst(planes, 'out')).toEqual([...out.data]);
      await choose('Backward');
      await expectGradients(out.shape, cache);
    });
  }

  async function expectGradients(shape: number[], cache: Parameters<typeof convBackward>[1]) {
    const planes = await readPlanes(page);
    const dout = {shape, data: Float64Array.from(channelsFirst(planes, 'dout'))};
    const {dx, dw, db} = convBackward(dout, cache);
    expect(channelsFirst(planes, 'dx')).toEqual([...dx.data]);
    const filters = shape[1]!;
    expect(Array.from({length: filters}, (_, k) => channelsFirst(planes, `dw${k}`)).flat()).toEqual([...dw.data]);
    expect(Array.from({length: filters}, (_, k) => planes[`db${k}`]![0]![0]!)).toEqual([...db!.data]);
  }

  it('explains by the formula what does not fit, and what would', async () => {
    await set('W,', 6);
    const problem = page.locator('#misfit');
    expect(await problem.innerText()).toContain('(W − F + 2P)/S + 1 = (6 − 3 + 2·1)/2 + 1 = 3.5, not a whole number');
    // The last picture stays, dimmed and out of reach.
    expect(await page.locator('.picture.dimmed[inert] #result').count()).toBe(1);
    expect(await page.locator('table.input').first().locator('tr').count()).toBe(8);
    await problem.getByRole('button', {name: 'F = 2'}).click();
    expect(await page.locator('.dimmed').count()).toBe(0);
    expect(await page.locator('.fit').innerText()).toContain('(6 − 2 + 2·1)/2 + 1 = 4');
    await set('F,', 7);
    await set('W,', 2);
    expect(await problem.innerText()).toContain('the window, 7, is larger than the padded input, 4');
    await press('Start over');
    expect(await page.locator('.fit').innerText()).toContain('(5 − 3 + 2·1)/2 + 1 = 3');
  });

  it('rounds down on demand, and shows what no window reads', async () => {
    await set('W,', 6);
    await page.getByRole('checkbox').uncheck({force: true});
    expect(await page.locator('.fit').innerText()).toContain('= 3.5, rounded down to 3');
    const {planes, x, w, b, options} = await read({...FIRST, size: [6, 3, 2, 3]});
    expect(channelsFirst(planes, 'out')).toEqual([...convForward(x, w, b, options).out.data]);
    await set('P,', 0);
    await set('W,', 8);  // windows at 0, 2, 4 end at 6: row and column 7 are left over
    expect(await page.locator('table.input').first().locator('td.unread').count()).toBe(15);
  });

  it('refuses sizes out of its bounds in words', async () => {
    await set('S,', 0);
    expect(await page.getByRole('alert').innerText()).toBe('1 to 5, whole');
    expect(await page.locator('.fit').innerText()).toContain('/2 + 1 = 3');
  });

  it('shows the same as im2col: filters as rows, windows as columns, one product', async () => {
    await choose('Forward');
    const out = channelsFirst(await readPlanes(page), 'out');
    await choose('Forward as im2col');
    await press('Next');
    const {W_row: rows, X_col: cols, out: shown} = await readPlanes(page);
    expect([rows!.length, rows![0]!.length, cols!.length, cols![0]!.length]).toEqual([2, 27, 27, 9]);
    const bias = [0, 1];  // as drawn at first, see the forward view
    expect(shown!.flat()).toEqual(out);
    expect(rows!.map((row, k) => cols![0]!.map((_, column) =>
      row.reduce((sum, weight, place) => sum + weight * cols![place]![column]!, bias[k]!)))).toEqual(shown!);
    expect(await page.locator('.matrix table.input td.window').count()).toBe(27);
    expect(await result()).toContain('out[0, 1, 0] = row 0 of W_row · column (0,1) of X_col');
    await cell(page, 'out, row 1, column 2,2').click();
    expect(await result()).toContain('out[2, 2, 1]');
    await type(page, 'W_row, row 1, column 0,0,0', 5);
    await choose('Forward');
    expect(await cell(page, 'w1[0, 0, 0]').inputValue()).toBe('5');
  });

  it('shows of many columns those of the current output row', async () => {
    await set('S,', 1);
    await set('P,', 2);
    await cell(page, 'out[3, 1, 1]').click();
    await choose('Forward as im2col');
    const {X_col: cols, out} = await readPlanes(page);
    expect([cols!.length, cols![0]!.length, out![0]!.length]).toEqual([27, 7, 7]);
    await cell(page, 'out, row 0, column 3,6').click();
    expect(await result()).toContain('out[3, 6, 0] = row 0 of W_row · column (3,6)');
    const shown = number((await result()).split(' = ').at(-1)!);
    await choose('Forward');
    expect((await readPlanes(page))['out[:, :, 0]']![3]![6]).toBe(shown);
  });

  it('lets the dout of a chosen cell flow into dx, dw and db', async () => {
    const {x, w, b, options} = await read(FIRST);
    const {out, cache} = convForward(x, w, b, options);
    await choose('Backward');
    await expectGradients(out.shape, cache);
    await cell(page, 'dout[0, 2, 1]').click();
    await type(page, 'dout[0, 2, 1]', -3);
    await expectGradients(out.shape, cache);
    await page.getByLabel('The gradients add up').selectOption('alone');
    const place = 1 * 9 + 0 * 3 + 2;
    const alone = convBackward({shape: out.shape, data: new Float64Array(18).with(place, -3)}, cache);
    const planes = await readPlanes(page);
    expect(channelsFirst(planes, 'dx')).toEqual([...alone.dx.data]);
    expect(channelsFirst(planes, 'dw1')).toEqual([...alone.dw.data.slice(27)]);
    expect(planes['db1']).toEqual([[-3]]);
    expect(await result()).toContain('dout[0, 2, 1] = −3');
    await page.getByLabel('The gradients add up').selectOption('so far');
    await page.getByRole('slider').fill('18');
    await expectGradients(out.shape, cache);  // after the last cell, all of them
  });

  it('shares the gradient of tied maxima as chosen', async () => {
    await choose('Max-pooling');
    for (const place of ['0, 0', '0, 1', '1, 0', '1, 1']) await type(page, `x[${place}, 0]`, place === '0, 1' ? 1 : 2);
    expect(await result()).toContain('max(2, 1, 2, 2) = 2');
    const before = await readPlanes(page);
    const x = {shape: [1, 2, 4, 4], data: Float64Array.from(channelsFirst(before, 'x'))};
    expect(channelsFirst(before, 'out')).toEqual(
      [...maxPoolForward(x, {poolHeight: 2, poolWidth: 2, stride: 2}).out.data]);
    await choose('Backward');
    await type(page, 'dout[0, 0, 0]', 6);
    const corner = {all: [[6, 0], [6, 6]], first: [[6, 0], [0, 0]], split: [[2, 0], [2, 2]]};
    for (const ties of ['all', 'first', 'split'] as const) {
      await page.getByLabel('When maxima tie').selectOption(ties);
      const planes = await readPlanes(page);
      expect(planes['dx[:, :, 0]']!.slice(0, 2).map((row) => row.slice(0, 2))).withContext(ties).toEqual(corner[ties]);
      const {out, cache} = maxPoolForward(x, {poolHeight: 2, poolWidth: 2, stride: 2, ties});
      const dout = {shape: out.shape, data: Float64Array.from(channelsFirst(planes, 'dout'))};
      const written = [...maxPoolBackward(dout, cache).dx.data].map((value) => Number(value.toFixed(2)));
      expect(channelsFirst(planes, 'dx')).toEqual(written);
    }
    expect(await result()).toContain('3 places, which tie');
  });

  it('shows the backward as gather too: dx as a convolution of the stretched dout with the flipped filters', async () => {
    const {x, w, b, options} = await read(FIRST);
    const {out, cache} = convForward(x, w, b, options);
    await choose('Backward');
    const dout = {shape: out.shape, data: Float64Array.from(channelsFirst(await readPlanes(page), 'dout'))};
    const {dx} = convBackward(dout, cache);
    await page.getByLabel('Shown as').selectOption('gather');
    expect(channelsFirst(await readPlanes(page), 'dx')).toEqual([...dx.data]);
    expect(await page.locator('.worked').innerText()).toContain('difference from the library’s convBackward: 0.');
    await cell(page, 'dx[3, 2, 1]').click();
    expect(await result()).toContain('dx[3, 2, 1] = ');
    expect(number((await result()).split(' = ').at(-1)!)).toBe(dx.data[25 + 3 * 5 + 2]!);
    const terms = await page.locator('.products td [aria-hidden]').allInnerTexts();
    const sum = terms.map((term) => term.replace(/[()]/g, '').split('·').map(number)).reduce((total, [a, c]) => total + a! * c!, 0);
    expect(sum).toBe(dx.data[25 + 3 * 5 + 2]!);
  });

  it('links products to their cells, and cells to their products', async () => {
    const linked = () => page.locator('[data-linked][data-cell]').evaluateAll((cells) =>
      cells.map((one) => (one as HTMLElement).dataset['cell']).sort());
    await page.locator('.picture .products td').nth(4).hover();
    expect(await linked()).toEqual(['w0[1,1,0]', 'x[0,0,0]']);
    await page.locator('.picture .products td').first().focus();
    await page.keyboard.press('ArrowDown');
    expect(await linked()).toEqual(['w0[1,0,0]', 'x[0,-1,0]']);
    await cell(page, 'w0[2, 1, 2]').hover();
    expect(await linked()).toEqual(['w0[2,1,2]', 'x[1,0,2]']);
    expect(await page.locator('.products td[data-linked]').count()).toBe(1);
  });

  it('writes what a step adds with a plus that is true for negative numbers', async () => {
    await choose('Backward');
    const notes = (await page.locator('.plane small').allInnerTexts()).filter((text) => text !== '');
    expect(notes.length).toBeGreaterThan(20);
    expect(notes.filter((text) => !/^\+([\d.]+|\(−[\d.]+\))$/.test(text))).toEqual([]);
    expect(notes.some((text) => text.startsWith('+(−'))).toBeTrue();
  });

  it('keeps all of its state in the address, for a link', async () => {
    await type(page, 'x[0, 0, 0]', 0.1);
    await type(page, 'w1[2, 2, 2]', -7);
    await choose('Backward');
    await page.getByLabel('Shown as').selectOption('gather');
    await cell(page, 'dx[4, 1, 2]').click();
    const before = await readPlanes(page);
    await page.getByRole('button', {name: 'Copy link'}).click();
    await page.locator('.copy-link [role=status]:not(:empty)').waitFor();
    const other = await site.open(`index.html${new URL(page.url()).hash}`);
    expect(await readPlanes(other)).toEqual(before);
    expect(await other.locator('#result').innerText()).toBe(await result());
    await other.getByRole('radio', {name: 'Forward', exact: true}).check();
    expect(await cell(other, 'x[0, 0, 0]').inputValue()).toBe('0.1');
    expect(await cell(other, 'w1[2, 2, 2]').inputValue()).toBe('−7');
    await other.context().close();
  });

  it('hides dx on a worksheet until the right number is typed', async () => {
    await choose('Backward');
    const dx = channelsFirst(await readPlanes(page), 'dx');
    await page.getByLabel('Worksheet').selectOption('dx');
    const guess = () => page.locator('[aria-label^="dx[0, 0, 0]"]');
    expect(await guess().inputValue()).toBe('');
    await guess().fill(String(dx[0]! + 1));
    expect(await result()).toContain('0 of 75 right, 1 wrong');
    await guess().fill(String(dx[0]));
    await page.locator('td.right').waitFor();
    expect(await result()).toContain('1 of 75 right');
    expect(await page.locator('td.right').innerText()).toContain('✓');
    await page.waitForTimeout(400);
    expect(page.url()).toContain('hide=dx');
    await page.getByLabel('Worksheet').selectOption('nothing');
    expect(channelsFirst(await readPlanes(page), 'dx')).toEqual(dx);
  });

  it('has input, filter, output and sum in one view at 1280x900; the sum and the buttons stay on a phone', async () => {
    await page.setViewportSize({width: 1280, height: 900});
    const bottoms = await page.locator('.stage > *, .stage .plane').evaluateAll((all) => all.map((one) =>
      one.getBoundingClientRect().bottom));
    expect(Math.max(...bottoms)).toBeLessThanOrEqual(900);
    await page.setViewportSize({width: 390, height: 844});
    await page.locator('table.output').last().scrollIntoViewIfNeeded();
    for (const what of ['.worked', '.worked .result', '.player .primary', '.products']) {
      const box = (await page.locator(what).first().boundingBox())!;
      expect(box.y).withContext(what).toBeGreaterThanOrEqual(0);
      expect(box.y + box.height).withContext(what).toBeLessThanOrEqual(844);
    }
    await page.setViewportSize({width: 1440, height: 900});
  });

  it('moves no row while it steps', async () => {
    await choose('Backward');
    const tops = () => page.locator('.picture table.plane tr').evaluateAll((rows) => rows.map((row) =>
      Math.round(row.getBoundingClientRect().top)));
    const before = await tops();
    for (let step = 0; step < 5; step++) {
      await press('Next');
      expect(await tops()).toEqual(before);
    }
  });

  it('runs a picture through a kernel, and learns the kernel by its gradient', async () => {
    await choose('A photo');
    const loss = async () => number((await page.locator('.photo-loss strong').innerText()));
    await page.locator('.photo-loss').waitFor();
    const first = await loss();
    for (let step = 0; step < 3; step++) await press('One step');
    await page.locator('.photo-loss', {hasText: 'Step 3'}).waitFor();
    expect(await loss()).toBeLessThan(first);
    await page.getByLabel('w[0, 0]', {exact: true}).fill('3');
    await page.waitForTimeout(500);
    expect(await page.getByLabel('A kernel to begin with').inputValue()).toBe('own');
    await page.locator('.canvas-box').first().focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('figcaption').first().innerText()).toContain('[0, 1] = ');
  });

  it('is all within reach of the keyboard: a table is one stop, arrows move in it', async () => {
    const active = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ??
      document.activeElement?.closest('label')?.textContent ?? document.activeElement?.textContent ?? '');
    const stops: string[] = [];
    await page.locator('#main').focus();
    for (let tab = 0; tab < 60; tab++) {
      await page.keyboard.press('Tab');
      stops.push(await active());
      if (stops.at(-1)!.startsWith('out[0, 0, 1]')) break;
    }
    for (const wanted of ['Convolution', 'Sizes', 'Play', 'x[-1, -1, 0]', 'w0[0, 0, 0]', 'b[1]', 'out[0, 0, 0]',
      'out[0, 0, 1]']) {
      expect(stops.some((stop) => stop.startsWith(wanted))).withContext(`${wanted} in ${stops.join(' | ')}`).toBeTrue();
    }
    expect(stops.length).toBeLessThan(40);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    expect(await active()).toContain('out[1, 1, 1]');
    await page.keyboard.press('Enter');
    expect(await result()).toContain('out[1, 1, 1]');
    await cell(page, 'x[2, 2, 1]').focus();
    await page.keyboard.press('ArrowLeft');
    expect(await active()).toContain('x[2, 1, 1]');
    await page.keyboard.type('9');
    await page.keyboard.press('ArrowUp');
    expect(await active()).toContain('x[1, 1, 1]');
    expect(await cell(page, 'x[2, 1, 1]').inputValue()).toBe('9');
  });
});

describe('the look of the convolution page', () => {
  let site: Site;
  beforeAll(async () => { site = await startSite(); });
  afterAll(() => site.close());

  const views: {[name: string]: (page: Page) => Promise<unknown>} = {
    convolution: (page) => page.getByRole('button', {name: 'Next'}).click(),
    im2col: (page) => page.getByRole('radio', {name: 'Forward as im2col'}).check(),
    backward: async (page) => {
      await page.getByRole('radio', {name: 'Backward'}).check();
      await cell(page, 'dout[1, 1, 0]').click();
    },
    pooling_backward: async (page) => {
      await page.getByRole('radio', {name: 'Max-pooling'}).check();
      await page.getByRole('radio', {name: 'Backward'}).check();
    },
    gather: async (page) => {
      await page.getByRole('radio', {name: 'Backward'}).check();
      await page.getByLabel('Shown as').selectOption('gather');
    },
    photo: async (page) => {
      await page.getByRole('radio', {name: 'A photo'}).check();
      await page.locator('.photo-loss').waitFor();
    },
    misfit: async (page) => {
      await page.locator('.settings summary').click();
      await page.getByLabel('W,').fill('6');
    },
  };
  for (const [name, prepare] of Object.entries(views)) itLooksRight(() => site, name, 'index.html', prepare);
});
