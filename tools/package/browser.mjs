import {createReadStream, existsSync, statSync} from 'node:fs';
import {createServer} from 'node:http';
import path from 'node:path';
import {chromium} from 'playwright-core';

const TYPES = new Map([['.html', 'text/html'], ['.js', 'text/javascript'], ['.mjs', 'text/javascript']]);
const SLOW_MACHINE_MS = 300_000;

/**
 * The Chromium of CHROME_PATH or of PATH.
 * @returns {string | undefined}
 */
export function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const onPath = (process.env.PATH ?? '').split(path.delimiter).flatMap(folder => names.map(name => path.join(folder, name)));
  return [process.env.CHROME_PATH ?? '', ...onPath].find(file => file !== '' && existsSync(file));
}

/**
 * Serves a folder on loopback and opens its pages in Chromium while `work` runs.
 * @template T
 * @param {string} folder
 * @param {string} executablePath
 * @param {(open: (page: string) => Promise<string>) => Promise<T>} work
 */
export async function withPages(folder, executablePath, work) {
  const server = createServer(({url = '/'}, response) => {
    const file = path.join(folder, path.normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname)));
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, {'Content-Type': TYPES.get(path.extname(file)) ?? 'application/octet-stream'});
    return createReadStream(file).pipe(response);
  });
  await new Promise(resolve => { server.listen(0, '127.0.0.1', () => resolve(undefined)); });
  const browser = await chromium.launch({executablePath, args: ['--no-sandbox', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'], timeout: SLOW_MACHINE_MS});
  const {port} = /** @type {import('node:net').AddressInfo} */ (server.address());
  try {
    return await work(name => resultOf(browser, `http://127.0.0.1:${port}/${name}`));
  } finally {
    await browser.close();
    server.close();
  }
}

/**
 * What a page's promise `result` comes to; an error on the page is one here.
 * @param {import('playwright-core').Browser} browser
 * @param {string} url
 */
async function resultOf(browser, url) {
  const page = await browser.newPage();
  page.setDefaultTimeout(SLOW_MACHINE_MS);
  try {
    /** @type {Promise<never>} */
    const failed = new Promise((_, reject) => { page.on('pageerror', reject); });
    const result = page.goto(url).then(() => page.waitForFunction('globalThis.result'))
        .then(() => page.evaluate('globalThis.result'));
    return String(await Promise.race([result, failed]));
  } finally {
    await page.close();
  }
}
