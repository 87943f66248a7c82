import {expectQuiet, startSite} from './support/site';
import type {Site} from './support/site';

const PAGES = [['index.html', 'convolution'], ['train.html', 'Train'], ['check.html', 'Check']] as const;

describe('the site', () => {
  let site: Site;
  beforeAll(async () => { site = await startSite(); });
  afterAll(() => site.close());

  for (const [name, title] of PAGES) {
    it(`${name} loads quietly, with nothing inline, and marks itself in the navigation`, async () => {
      const page = await site.open(name);
      await page.locator('#app:not(:empty)').waitFor();
      expect(await page.locator('h1').textContent()).toContain(title);
      expect(await page.locator('nav a[aria-current=page]').getAttribute('href')).toBe(`./${name}`);
      expect(await page.locator('script:not([src]), style, [style], [onclick]').count()).toBe(0);
      const addresses = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name));
      expect(addresses.filter((address) => !address.startsWith(site.address))).toEqual([]);
      expectQuiet(page);
      await page.context().close();
    });
  }

  it('refuses inline scripts and other hosts', async () => {
    const page = await site.open('index.html');
    const refused = await page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => violations.push(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'document.title = "ran"';
      document.body.append(script);
      await fetch('https://example.org/').catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return violations;
    });
    expect(refused.sort()).toEqual(['connect-src', 'script-src-elem']);
    // That it refuses eval cannot be tried from here: the debugger that drives the page may do it.
    const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).not.toMatch(/'unsafe-/);
    expect(await page.title()).not.toBe('ran');
    await page.context().close();
  });

  it('works without a network once it was loaded, other pages and the wasm backend too', async () => {
    const page = await site.open('index.html', {serviceWorkers: 'allow'});
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.context().setOffline(true);
    await page.reload();
    await page.locator('#result').waitFor();
    await page.locator('nav a', {hasText: 'Checks'}).click();
    await page.getByLabel('Backend').selectOption('wasm');
    await page.getByRole('combobox', {name: 'Layer', exact: true}).selectOption('dense');
    await page.getByRole('button', {name: 'Check the gradients'}).click();
    await page.locator('.verdict', {hasText: 'Right'}).waitFor();
    await page.locator('nav a', {hasText: 'Training'}).click();
    await page.locator('.state', {hasText: /^Ready on wasm/}).waitFor();
    await page.getByRole('button', {name: 'One step'}).click();
    await page.locator('.figures dd', {hasText: /^1$/}).waitFor();
    expectQuiet(page);
    await page.context().close();
  });

  it('lets the keyboard skip to the content', async () => {
    const page = await site.open('index.html');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    await page.context().close();
  });
});
