/**
 * What the bundler leaves to do: dist/<entry>.import.mjs beside each dist/<entry>.cjs, which is what Node's `import`
 * gets, the CommonJS file's own objects under their names; and what makes dist/umd work by itself: its files are
 * CommonJS where something requires them, and TypeScript knows the global that they make.
 */
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const require = createRequire(import.meta.url);
const {exports: entryPoints} = require('../package.json');
const entries = Object.keys(entryPoints).map(name => name === '.' ? 'index' : name.slice(2));
const files = new Set(readdirSync(dist));

/**
 * Read, not run: dist/node.cjs refuses to load where tfjs-node has no addon, and there the build must work too.
 * @param {string} entry
 */
function namesOf(entry) {
  const source = readFileSync(join(dist, `${entry}.js`), 'utf8');
  const [, list = ''] = /^export \{([^}]*)\};?$/m.exec(source) ?? [];
  return list.split(',').map(name => name.trim().split(/\s+as\s+/).pop() ?? '').filter(name => name !== '' && name !== 'default');
}

for (const entry of entries.filter(name => files.has(`${name}.cjs`))) {
  const names = namesOf(entry);
  const source = names.length === 0 ? `import './${entry}.cjs';\n` :
      `import all from './${entry}.cjs';\n${names.map(name => `export const ${name} = all.${name};\n`).join('')}`;
  writeFileSync(join(dist, `${entry}.import.mjs`), source);
}
for (const types of ['index.d.ts', 'index.d.cts']) {
  const file = join(dist, types);
  writeFileSync(file, `export as namespace tfjsExplicitLayers;\n${readFileSync(file, 'utf8')}`);
}
writeFileSync(join(dist, 'umd', 'package.json'), '{"type": "commonjs"}\n');
