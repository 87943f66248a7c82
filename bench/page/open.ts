import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';

import type {Page} from 'playwright-core';

import {bundlePage} from '../../tools/browser/bundle';
import {findChromium, launchChromium, NoBrowserError} from '../../tools/browser/chromium';
import {PATIENCE_MS} from '../../tools/browser/find';
import {serve} from '../../tools/browser/serve';
import {Unavailable} from '../cases/case';
import type {} from './main';

/**
 * Opens a cross-origin isolated page of the benchmark for each number of threads, in one Chromium.
 *
 * @throws {Unavailable} Where there is no Chromium, with what to install.
 */
export async function withPages<T>(threads: readonly number[], use: (pages: Page[], version: string) => Promise<T>): Promise<T> {
  const executable = chromiumFile();
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-page-'));
  try {
    await bundlePage({entry: 'bench/page/main.ts', html: 'bench/page/index.html'}, folder);
    const server = await serve(folder, {isolated: true});
    const browser = await launchChromium(executable);
    try {
      const pages: Page[] = [];
      for (const count of threads) {
        const page = await browser.newPage();
        // tfjs takes at most half as many threads as there are cores.
        await page.addInitScript(`Object.defineProperty(navigator, 'hardwareConcurrency', {value: ${2 * count}})`);
        await page.goto(server.url, {timeout: PATIENCE_MS});
        await page.evaluate((n) => globalThis.start(n), count);
        pages.push(page);
      }
      return await use(pages, browser.version());
    } finally {
      await browser.close();
      server.close();
    }
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function chromiumFile(): string {
  try {
    return findChromium();
  } catch (error) {
    throw error instanceof NoBrowserError ? new Unavailable(error.message.replaceAll('\n', ' ')) : error;
  }
}
