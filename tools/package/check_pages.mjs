import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {findChromium, withPages} from './browser.mjs';
import {bundlers, checkShaking} from './bundle.mjs';
import {scriptFile} from './context.mjs';
import {step} from './run.mjs';

/** @param {string} folder */
export async function checkBundles(folder) {
  for (const [name, bundle] of Object.entries(bundlers)) {
    await step(`${name}, page`, () => bundle(folder, './page.mjs', `out_${name}.js`).then(() => ''));
    await step(`${name}, tree shaking`, () => checkShaking(folder, name));
  }
}

/** @param {string} folder */
export async function checkPages(folder) {
  const chromium = findChromium();
  if (!chromium) {
    await step('Chromium', () => { throw new Error('none on PATH or in CHROME_PATH: apt-get install chromium'); });
    return;
  }
  const script = readFileSync(path.join(folder, 'script.html'), 'utf8');
  writeFileSync(path.join(folder, 'script.html'), script.replace('UMD', scriptFile));
  const full = scriptFile.replace('.min.js', '.full.min.js');
  writeFileSync(path.join(folder, 'script_full.html'), script.replace('UMD', full));
  const bundle = readFileSync(path.join(folder, 'bundle.html'), 'utf8');
  for (const name of Object.keys(bundlers)) {
    writeFileSync(path.join(folder, `bundle_${name}.html`), bundle.replace('BUNDLE', `./out_${name}.js`));
  }
  const pages = ['script', 'script_full', 'module', ...Object.keys(bundlers).map(name => `bundle_${name}`)];
  await withPages(folder, chromium, async (open) => {
    for (const page of pages) await step(`Chromium, ${page}.html`, () => open(`${page}.html`));
  });
}
