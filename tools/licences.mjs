/**
 * The licences of everything that an installation brings, from package-lock.json, in LICENSES.md:
 *   npm run licences              writes it
 *   npm run licences -- --check   fails where it is not what the repository holds
 */
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {program} from 'commander';

/** @typedef {{license?: string, dependencies?: Record<string, string>, peerDependencies?: Record<string, string>}} Locked */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = path.join(ROOT, 'LICENSES.md');
/** @type {{packages: Record<string, Locked>}} */
const {packages} = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'));
const {check} = program.name('npm run licences --').description('Writes LICENSES.md from package-lock.json.')
    .option('--check', 'write nothing; fail where LICENSES.md is not up to date')
    .addHelpText('after', '\nExamples:\n  npm run licences\n  npm run licences -- --check')
    .showHelpAfterError().parse().opts();

/**
 * Where npm puts the package that a package asks for: its own folder first, then those around it.
 * @param {string} from
 * @param {string} name
 * @returns {string}
 */
function placeOf(from, name) {
  const place = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (place in packages) return place;
  if (from === '') throw new Error(`package-lock.json does not hold ${name}: run npm install`);
  return placeOf(from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name);
}

/**
 * The packages of these names and all they depend on.
 * @param {string[]} names
 */
function closure(names) {
  /** @type {Set<string>} */
  const found = new Set();
  /** @param {string} from @param {string} name */
  const visit = (from, name) => {
    const place = placeOf(from, name);
    if (found.has(place)) return;
    found.add(place);
    for (const next of Object.keys(packages[place].dependencies ?? {})) visit(place, next);
  };
  for (const name of names) visit('', name);
  const licences = new Map([...found].map(place => [place.replace(/^.*node_modules\//, ''), packages[place].license]));
  const unknown = [...licences].filter(([, licence]) => !licence).map(([name]) => name);
  for (const name of unknown) licences.set(name, licenceInFolder(name));
  return [...licences].sort(([a], [b]) => a < b ? -1 : 1);
}

/** The lock file lacks the licence of packages that name it in the old way. @param {string} name */
function licenceInFolder(name) {
  const {license, licenses} = JSON.parse(readFileSync(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
  const licence = license?.type ?? license ?? licenses?.[0]?.type;
  if (!licence) throw new Error(`${name} names no licence`);
  return licence;
}

/** @param {string[]} names */
const tableOf = names => ['| package | licence |', '| --- | --- |',
  ...closure(names).map(([name, licence]) => `| ${name} | ${licence} |`)].join('\n');

const own = packages[''];
const peers = Object.keys(own.peerDependencies ?? {});
const text = `# Licences

Made by \`npm run licences\`; checked by \`.ci/run\`.

The files of this package are under the MIT licence ([LICENSE](LICENSE)). The kernels for wasm in them are compiled by
AssemblyScript, whose standard library is under Apache-2.0. Nothing else is bundled.

## Installed with it

For its command-line tool and for \`setup-node\`:

${tableOf(Object.keys(own.dependencies ?? {}))}

\`setup-node\` downloads, when it is called, TensorFlow's library from PyPI (\`tensorflow-cpu\`, Apache-2.0).

## Peers, and what they bring

${tableOf(peers)}
`;

if (!check) {
  writeFileSync(TARGET, text);
} else if (readFileSync(TARGET, 'utf8') !== text) {
  console.error('LICENSES.md is not what package-lock.json says: run npm run licences');
  process.exitCode = 1;
}
