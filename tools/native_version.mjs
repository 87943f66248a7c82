// Writes which sources of src/backends/tensorflow/native the library expects in tfjs-node's addon:
//   npm run build:native
import {readFileSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Command} from 'commander';
import {nativeDigest} from './setup/binding.mjs';

const TARGET = fileURLToPath(new URL('../src/backends/tensorflow/native_version.ts', import.meta.url));

/** The module for the sources as they are. */
export function versionSource() {
  return '// Made by `npm run build:native` from native/ and how it is compiled; not to be changed by hand.\n\n' +
    '/** The digest of the sources, in parts that a float holds exactly; the addon\'s ExplicitVersion gives the same. */\n' +
    `export const digest: readonly number[] = [${nativeDigest().join(', ')}];\n`;
}

/** The module in the repository. */
export function currentVersionSource() {
  return readFileSync(TARGET, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  new Command('npm run build:native --')
    .description('Writes the digest of the C++ kernels into src/backends/tensorflow/native_version.ts.')
    .addHelpText('after', '\nExamples:\n  npm run build:native')
    .showHelpAfterError().allowExcessArguments(false).parse();
  writeFileSync(TARGET, versionSource());
}
