import {chromium} from 'playwright-core';

import type {BrowserPage, LaunchedBrowser} from './browser';
import {findProgram, PATIENCE_MS} from './find';

export {NoBrowserError} from './find';

/** WebGPU without a graphics card; a page that keeps quiet about anything but itself. */
const FLAGS = [
  '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan', '--use-vulkan=swiftshader',
  // The page itself is drawn without the graphics: in software each frame would cost more than what it shows.
  '--use-angle=swiftshader', '--disable-gpu-compositing', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

/** The path of a Chromium: CHROME_PATH, or the first of its usual names on PATH. */
export const findChromium = (env: NodeJS.ProcessEnv = process.env): string => findProgram({
  kind: 'Chromium', variable: 'CHROME_PATH', names: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium',
}, env);

/** Starts it headless, its graphics in software. */
export const launchChromium = (executablePath = findChromium()) =>
  chromium.launch({executablePath, args: FLAGS, timeout: PATIENCE_MS});

/** The same, as the specs want a browser. */
export async function startChromium(): Promise<LaunchedBrowser> {
  const browser = await launchChromium();
  return {
    newPage: async (): Promise<BrowserPage> => {
      const page = await browser.newPage();
      return {
        before: async (script) => { await page.addInitScript(script); },
        expose: async (name, f) => { await page.exposeFunction(name, f as () => unknown); },
        open: async (url, timeout) => { await page.goto(url, {timeout}); },
        onEnd: (ended) => {
          page.on('crash', () => ended('The page crashed.'));
          page.on('close', () => ended('The browser ended before the specs did.'));
        },
      };
    },
    close: () => browser.close(),
  };
}
