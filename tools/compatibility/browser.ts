import {build} from 'esbuild';

import {ROOT} from '../bootstrap/root.mjs';
import {launchChromium} from '../browser/chromium';
import type {BackendResults} from './table';

/** Never asked for over the network: the page below answers. A page of localhost may use WebGPU. */
const ADDRESS = 'http://localhost/';

/** The features on a backend of a browser without a window. */
export async function runInBrowser(backend: string, onProgress: (done: number) => void): Promise<BackendResults> {
  const {outputFiles} = await build({
    absWorkingDir: ROOT, entryPoints: ['tools/compatibility/page.ts'], bundle: true, format: 'iife', target: 'es2022',
    platform: 'browser', write: false, logLevel: 'error',
  });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.route('**/*', (route) =>
      route.fulfill({contentType: 'text/html', body: '<!doctype html><title>Features</title>'}));
    await page.exposeFunction('onProgress', onProgress);
    await page.goto(ADDRESS);
    await page.addScriptTag({content: outputFiles[0]!.text});
    const found = await page.evaluate((name) => globalThis.runOn(name), backend);
    return {backend, environment: `Chromium ${browser.version()}, graphics in software`, ...found};
  } finally {
    await browser.close();
  }
}
