/** What of `npm run test:browser` works without a browser. */
import {spawnSync} from 'node:child_process';
import {chmodSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {sortSpecs, specFiles} from '../../tools/browser/bundle';
import {findChromium} from '../../tools/browser/chromium';
import {serve} from '../../tools/browser/serve';
import {Scratch} from './support/fixtures';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe('npm run test:browser', () => {
  let scratch: Scratch;
  beforeEach(() => {
    scratch = new Scratch();
  });
  afterEach(() => scratch.remove());

  function run(args: string[], env: NodeJS.ProcessEnv = process.env) {
    return spawnSync(process.execPath, ['--import', 'tsx', 'tools/test_browser.ts', ...args],
      {cwd: ROOT, encoding: 'utf8', env});
  }

  it('refuses flags and backends that it does not know, and says which there are', () => {
    const unknown = run(['--quick']);
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toMatch(/--quick.*--backend.*--filter/s);
    expect(run(['--backend', 'metal']).stderr).toMatch(/Allowed choices are webgpu, webgl, wasm, cpu/);
    expect(run(['--filter', '(']).stderr).toContain('must be a regular expression');
    expect(run(['--help']).status).toBe(0);
  });

  it('takes Firefox, and says what to install where there is none', () => {
    const {status, stderr} = run(['--browser', 'firefox'], {...process.env, PATH: scratch.root, FIREFOX_PATH: ''});
    expect(status).toBe(1);
    expect(stderr).toMatch(/There is no Firefox.*apt-get install firefox-esr.*FIREFOX_PATH/s);
    expect(run(['--browser', 'lynx']).stderr).toMatch(/Allowed choices are chromium, firefox/);
  });

  it('says what to install where there is no browser, and counts a failure', () => {
    const {status, stdout, stderr} = run([], {...process.env, PATH: scratch.root, CHROME_PATH: ''});
    expect(status).toBe(1);
    expect(stderr).toMatch(/apt-get install chromium.*CHROME_PATH/s);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  });

  it('takes the browser that CHROME_PATH names, else one on PATH', () => {
    const found = scratch.write('google-chrome', '');
    const text = scratch.write('text', '');
    chmodSync(found, 0o755);
    chmodSync(text, 0o644);
    const PATH = path.dirname(found);
    expect(findChromium({PATH})).toBe(found);
    expect(findChromium({PATH: '', CHROME_PATH: found})).toBe(found);
    expect(() => findChromium({PATH, CHROME_PATH: text})).toThrowError(/CHROME_PATH is .*text, which is not a program/);
  });

  it('leaves out what needs Node, and nothing of what a page runs', async () => {
    const files = specFiles();
    const {forPages, forNode} = await sortSpecs(files);
    expect([...forPages, ...forNode].sort()).toEqual(files);
    expect(forNode).toContain('spec/tools/test_browser_spec.ts');
    const inPages = /^spec\/(ops|layers|losses|reference|checks|golden|hostile|\w+_spec)/;
    const needsNode = /_node_spec\.ts$/;
    expect(forNode.filter((file) => inPages.test(file) && !needsNode.test(file))).toEqual([]);
  });

  it('serves a folder to this machine alone, isolated where asked for', async () => {
    const folder = path.dirname(scratch.write('page.html', 'here'));
    for (const isolated of [true, false]) {
      const server = await serve(folder, {isolated});
      const response = await fetch(`${server.url}page.html`);
      expect(await response.text()).toBe('here');
      expect(response.headers.get('Cross-Origin-Embedder-Policy')).toBe(isolated ? 'require-corp' : null);
      expect(response.headers.get('Content-Security-Policy')).toBeNull();
      expect(new URL(server.url).hostname).toBe('127.0.0.1');
      server.close();
    }
    const server = await serve(folder, {isolated: true, policy: "script-src 'self'"});
    expect((await fetch(`${server.url}page.html`)).headers.get('Content-Security-Policy')).toBe("script-src 'self'");
    server.close();
  });
});
