import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {run} from './run.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The tarball, the files in it and a hash of its bytes.
 * @param {string} to
 * @returns {Promise<{tarball: string, files: string[], hash: string}>}
 */
export async function pack(to) {
  mkdirSync(to, {recursive: true});
  const listed = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', to], {cwd: ROOT});
  const [{filename, files}] = JSON.parse(listed);
  const tarball = path.join(to, filename);
  return {tarball, files: files.map((/** @type {{path: string}} */ file) => file.path),
    hash: createHash('sha256').update(readFileSync(tarball)).digest('hex')};
}

/**
 * @param {string[]} files
 */
export function checkFiles(files) {
  const ours = /^(dist|tools|src\/backends\/tensorflow\/native)\/|^docs\/(?!api).*\.md$|^docs\/images\/demo_convolution_1280_light\.png$|^examples\/\w+\/README\.md$|^(package\.json|LICENSE)$|^[A-Z]+\.md$/;
  const stray = files.filter(file => !ours.test(file));
  if (stray.length > 0) throw new Error(`the package holds what it should not: ${stray.join(', ')}`);
  const maps = files.filter(file => file.endsWith('.map'));
  if (maps.length > 0) throw new Error(`the package holds source maps: ${maps.join(', ')}`);
  const links = [...readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(([, link]) => link ?? '');
  const broken = links.filter(link => !files.includes(link) && !files.some(file => file.startsWith(`${link.replace(/\/$/, '')}/`)));
  if (broken.length > 0) throw new Error(`README.md links to what is not in the package: ${broken.join(', ')}`);
  return `${files.length} files`;
}

/** What the tarball is made of. */
export const build = () => run('npm', ['run', '--silent', 'build'], {cwd: ROOT}).then(() => '');

/**
 * Whether the same sources give the same bytes.
 * @param {string} to
 * @param {string} hash
 */
export async function checkReproducible(to, hash) {
  await build();
  if ((await pack(to)).hash !== hash) throw new Error('a second build and npm pack give other bytes');
  return `sha256 ${hash.slice(0, 12)}`;
}

/** @param {string} tarball */
export async function publint(tarball) {
  const file = path.join(ROOT, 'node_modules', 'publint', 'src', 'cli.js');
  await run(process.execPath, [file, 'run', tarball, '--strict'], {cwd: ROOT});
}

/**
 * Types for each way to resolve them.
 * @param {string} tarball
 */
export async function attw(tarball) {
  const file = path.join(ROOT, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  await run(process.execPath, [file, tarball, '--format', 'ascii', '--no-emoji'], {cwd: ROOT});
}

/** What we add beyond the peers; a registry that does not answer is a notice, an advisory is a failure. @param {string} folder */
export async function audit(folder) {
  const {dependencies} = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const text = await run('npm', ['audit', '--json'], {cwd: folder}).catch(error => String(error.message));
  const start = text.indexOf('{');
  const report = start < 0 ? {} : JSON.parse(text.slice(start, text.lastIndexOf('}') + 1));
  if (!report.vulnerabilities) return 'notice: the registry does not answer npm audit; nothing is known';
  const known = Object.keys(report.vulnerabilities);
  const ours = known.filter(name => name in dependencies || name === 'tfjs-explicit-layers');
  if (ours.length > 0) throw new Error(`known advisories: ${ours.join(', ')}`);
  return known.length === 0 ? 'no advisory' : `none of ours; what the peers bring: ${known.join(', ')}`;
}
