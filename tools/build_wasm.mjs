// Compiles the kernels of the wasm backend (AssemblyScript) into a TypeScript module that carries their bytes:
//   npm run build:wasm
import {readFileSync, writeFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {fileURLToPath} from 'node:url';
import asc from 'assemblyscript/asc';
import {Command} from 'commander';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const SOURCE = 'src/backends/wasm/assembly/index.ts';
const TARGET = join(ROOT, 'src/backends/wasm/module_bytes.ts');

/**
 * The compiled module; its memory is imported, so it has no data of its own.
 * @param {{shared?: boolean}} [options] `shared` for a memory that threads share.
 * @returns {Promise<Uint8Array>}
 */
export async function compileWasm({shared = false} = {}) {
  /** @type {Uint8Array | undefined} */
  let bytes;
  const {error, stderr} = await asc.main([
    SOURCE, '--baseDir', ROOT, '--outFile', 'module.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--importMemory',
    '--enable', 'simd', ...(shared ? ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'] : []),
  ], {
    writeFile: (name, contents) => {
      if (name === 'module.wasm') bytes = /** @type {Uint8Array} */ (contents);
    },
  });
  if (error || !bytes) throw new Error(`asc does not compile ${SOURCE}: ${error?.message}\n${stderr.toString()}`);
  return bytes;
}

/**
 * The TypeScript that carries these bytes, in hex: twice as long, but a fifth smaller than base64 once a server has
 * compressed it, since base64 straddles the bytes.
 * @param {Uint8Array} bytes
 */
export function moduleSource(bytes) {
  return '// Made by `npm run build:wasm` from assembly/; not to be changed by hand.\n\n' +
    '/** The compiled kernels, for a memory that is not shared. */\n' +
    `export const hex = '${Buffer.from(bytes).toString('hex')}';\n`;
}

/** The TypeScript that is kept in the repository. */
export function currentSource() {
  return readFileSync(TARGET, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  new Command('npm run build:wasm --')
    .description('Compiles the kernels of the wasm backend into src/backends/wasm/module_bytes.ts.')
    .showHelpAfterError().allowExcessArguments(false).parse();
  const bytes = await compileWasm();
  writeFileSync(TARGET, moduleSource(bytes));
  console.log(`${bytes.length} bytes of WebAssembly in ${relative(ROOT, TARGET)}`);
}
