import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';

import type {Browser, BrowserContextOptions, Page} from 'playwright-core';
import {preview} from 'vite';

import {ROOT} from '../../../tools/bootstrap/root.mjs';
import {launchChromium} from '../../../tools/browser/chromium';

/** Not the root of the host: the site must work below any path. */
const BASE = '/some/where/';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

/** The built site on a port of this machine, and a browser to see it with. */
export interface Site {
  /**
   * A page of the site in a context of its own. What it logs as an error, or throws, fails {@link expectQuiet}.
   * `before` runs in the page before its own scripts.
   */
  open: (page: string, options?: BrowserContextOptions, before?: () => void) => Promise<Page>;
  /** Where it is served: some path of some port. */
  address: string;
  close: () => Promise<void>;
}

const errorsOf = new WeakMap<Page, string[]>();

/** Serves what `npm run demo -- --build` wrote. */
export async function startSite(): Promise<Site> {
  const server = await preview({
    configFile: path.join(ROOT, 'demo', 'vite.config.ts'), base: BASE, preview: {host: '127.0.0.1', port: 0},
  });
  const address = new URL(BASE, server.resolvedUrls!.local[0]);
  const browser: Browser = await launchChromium();
  return {
    address: address.href,
    open: async (name, options = {}, before = () => undefined) => {
      const context = await browser.newContext(
        {viewport: {width: 1440, height: 900}, serviceWorkers: 'block', ...options});
      context.setDefaultTimeout(10 * 60_000);  // a slow machine is no failure
      const page = await context.newPage();
      await page.addInitScript('globalThis.__name = (f) => f');  // tsx calls it in functions that run in the page
      await page.addInitScript(before);
      const errors: string[] = [];
      errorsOf.set(page, errors);
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      page.on('requestfailed', (request) => {
        const reason = request.failure()?.errorText;
        if (reason !== 'net::ERR_ABORTED') errors.push(`${request.url()}: ${reason}`);  // aborted: the page was left
      });
      await page.goto(new URL(name, address).href);
      return page;
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** Nothing was thrown, logged as an error, refused by the security policy, or missing. */
export function expectQuiet(page: Page): void {
  expect(errorsOf.get(page)).toEqual([]);
}

/** A picture of the whole page, kept as output. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({path: path.join(ROOT, 'out', 'demo', `${name}.png`), fullPage: true});
}

/** What axe-core holds against the page as it stands, one line a rule with the elements. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);  // not addScriptTag, which the page's security policy refuses
  return page.evaluate(async () => {
    const {axe} = globalThis as unknown as {axe: {run: () => Promise<{violations: Violation[]}>}};
    const {violations} = await axe.run();
    interface Violation {id: string, help: string, nodes: {target: string[], failureSummary: string}[]}
    return violations.map(({id, help, nodes}) =>
      `${id}: ${help}: ${nodes.length} times, as at ${nodes[0]!.target}: ${nodes[0]!.failureSummary}`);
  });
}
