import {launchChromium} from '/work/w/docs/tools/browser/chromium';
import {createServer} from 'node:http';
import {readFileSync, existsSync, statSync} from 'node:fs';
const root = '/work/w/docs/out/docs';
const types = {html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml'};
const server = createServer((q, r) => { let f = root + decodeURIComponent(q.url.split('?')[0]); if (f.endsWith('/')) f += 'index.html'; if (!existsSync(f)) { r.writeHead(404).end(); return; } r.setHeader('content-type', types[f.split('.').pop()] ?? 'application/octet-stream'); r.end(readFileSync(f)); }).listen(0);
const port = server.address().port;
const browser = await launchChromium();
for (const [name, width, url, y] of JSON.parse(process.argv[2])) {
  const page = await browser.newPage({viewport: {width, height: 1000}});
  const bad = [];
  page.on('requestfailed', q => bad.push(q.url())); page.on('request', q => { if (!q.url().includes('localhost')) bad.push(q.url()); });
  page.on('response', q => { if (q.status() >= 400) bad.push(q.status() + q.url()); });
  await page.goto(`http://localhost:${port}/${url}`, {timeout: 120000});
  await page.waitForTimeout(1500);
  if (y) await page.evaluate(y => window.scrollTo(0, y), y);
  await page.waitForTimeout(300);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await page.screenshot({path: `/tmp/shots/${name}.png`});
  console.log(name, 'overflow', over, bad);
  await page.close();
}
await browser.close(); server.close();
