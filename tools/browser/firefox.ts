import puppeteer from 'puppeteer-core';

import type {BrowserPage, LaunchedBrowser} from './browser';
import {findProgram, PATIENCE_MS} from './find';

/** The path of a Firefox: FIREFOX_PATH, or the first of its usual names on PATH. */
export const findFirefox = (env: NodeJS.ProcessEnv = process.env): string => findProgram({
  kind: 'Firefox', variable: 'FIREFOX_PATH', names: ['firefox-esr', 'firefox'], debian: 'firefox-esr',
}, env);

/** Starts it headless, over WebDriver BiDi, which needs no build of Firefox made for tests. */
export async function launchFirefox(executablePath = findFirefox()): Promise<LaunchedBrowser> {
  const browser = await puppeteer.launch({
    browser: 'firefox', executablePath, headless: true, timeout: PATIENCE_MS, protocolTimeout: PATIENCE_MS,
    // Nothing that leaves this machine, and no first-run pages.
    extraPrefsFirefox: {'app.update.enabled': false, 'datareporting.policy.dataSubmissionEnabled': false},
  });
  return {
    newPage: async (): Promise<BrowserPage> => {
      const page = await browser.newPage();
      return {
        before: async (script) => { await page.evaluateOnNewDocument(script); },
        expose: (name, f) => page.exposeFunction(name, f),
        open: async (url, timeout) => { await page.goto(url, {timeout}); },
        onEnd: (ended) => {
          page.on('error', () => ended('The page crashed.'));
          page.on('close', () => ended('The browser ended before the specs did.'));
        },
      };
    },
    close: () => browser.close(),
  };
}
