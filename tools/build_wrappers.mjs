/**
 * Writes dist/<entry>.import.mjs beside each dist/<entry>.cjs: what Node's `import` gets, the CommonJS file's own
 * objects under their names.
 */
import {readdirSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const require = createRequire(import.meta.url);
const entries = ['index', 'ops', 'layers', 'reference', 'keras', 'node'];
const files = new Set(readdirSync(dist));

for (const entry of entries.filter(name => files.has(`${name}.cjs`))) {
  const names = Object.keys(require(join(dist, `${entry}.cjs`))).filter(name => name !== 'default');
  const source = names.length === 0 ? `import './${entry}.cjs';\n` :
      `import all from './${entry}.cjs';\n${names.map(name => `export const ${name} = all.${name};\n`).join('')}`;
  writeFileSync(join(dist, `${entry}.import.mjs`), source);
}
