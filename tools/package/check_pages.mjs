import {copyFileSync, readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {findChromium, withPages} from './browser.mjs';
import {bundlers, checkShaking} from './bundle.mjs';
import {scriptFile} from './context.mjs';
import {step} from './run.mjs';

/** @param {string} folder */
export async function checkBundles(folder) {
  for (const [name, bundle] of Object.entries(bundlers)) {
    await step(`${name}, page`, () => bundle(folder, './page.mjs', name).then(() => ''));
    await step(`${name}, tree shaking`, () => checkShaking(folder, name));
  }
}

/** @param {string} folder */
export async function checkPages(folder) {
  const script = readFileSync(path.join(folder, 'script.html'), 'utf8');
  writeFileSync(path.join(folder, 'script.html'), script.replace('UMD', scriptFile));
  const full = scriptFile.replace('.min.js', '.full.min.js');
  writeFileSync(path.join(folder, 'script_full.html'), script.replace('UMD', full));
  const bundle = readFileSync(path.join(folder, 'bundle.html'), 'utf8');
  for (const name of Object.keys(bundlers)) {
    writeFileSync(path.join(folder, `bundle_${name}.html`), bundle.replace('BUNDLE', `./${name}/page.js`));
  }
  const pages = ['script', 'script_full', 'module', ...Object.keys(bundlers).map(name => `bundle_${name}`)];
  await openAll(folder, Object.fromEntries(pages.map(page => [page, ''])));
}

/**
 * Pages on wasm, whose kernels are in a file of their own: the small script with that file beside it and without, and bundles.
 * @param {string} folder
 */
export async function checkWasmPages(folder) {
  const page = readFileSync(path.join(folder, 'script_wasm.html'), 'utf8');
  const installed = `node_modules/tfjs-explicit-layers/${scriptFile}`;
  copyFileSync(path.join(folder, installed), path.join(folder, 'alone.js'));
  writeFileSync(path.join(folder, 'script_wasm.html'), page.replace('UMD', installed));
  writeFileSync(path.join(folder, 'script_wasm_alone.html'), page.replace('UMD', 'alone.js'));
  const bundle = readFileSync(path.join(folder, 'bundle.html'), 'utf8');
  for (const [name, run] of Object.entries(bundlers)) {
    await step(`${name}, page on wasm`, () => run(folder, './page_wasm.mjs', name).then(() => ''));
    writeFileSync(path.join(folder, `bundle_${name}.html`), bundle.replace('BUNDLE', `./${name}/page.js`));
  }
  const bundled = Object.fromEntries(Object.keys(bundlers).map(name => [`bundle_${name}`, 'kernels']));
  await openAll(folder, {script_wasm: 'kernels', script_wasm_alone: 'no kernels', ...bundled});
}

/**
 * @param {string} folder
 * @param {Record<string, string>} pages What each page's result begins with.
 */
async function openAll(folder, pages) {
  const chromium = findChromium();
  if (!chromium) {
    await step('Chromium', () => { throw new Error('none on PATH or in CHROME_PATH: apt-get install chromium'); });
    return;
  }
  await withPages(folder, chromium, async (open) => {
    for (const [page, beginning] of Object.entries(pages)) {
      await step(`Chromium, ${page}.html`, async () => {
        const result = await open(`${page}.html`);
        if (!result.startsWith(beginning)) throw new Error(`${result}; expected ${beginning}`);
        return result;
      });
    }
  });
}
