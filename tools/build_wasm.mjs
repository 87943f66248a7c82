// Compiles the kernels of the wasm backend (AssemblyScript), with and without relaxed SIMD, into a TypeScript module that
// carries their bytes:
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
 * @param {{shared?: boolean, relaxed?: boolean}} [options] `shared` for a memory that threads share, `relaxed` for fused
 * multiply-add.
 * @returns {Promise<Uint8Array>}
 */
export async function compileWasm({shared = false, relaxed = false} = {}) {
  /** @type {Uint8Array | undefined} */
  let bytes;
  const {error, stderr} = await asc.main([
    SOURCE, '--baseDir', ROOT, '--outFile', 'module.wasm',
    '-O3', '--shrinkLevel', '1', '--noAssert', '--runtime', 'stub', '--importMemory',
    '--enable', 'simd', ...(relaxed ? ['--enable', 'relaxed-simd'] : []),
    ...(shared ? ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'] : []),
  ], {
    writeFile: (name, contents) => {
      if (name === 'module.wasm') bytes = /** @type {Uint8Array} */ (contents);
    },
  });
  if (error || !bytes) throw new Error(`asc does not compile ${SOURCE}: ${error?.message}\n${stderr.toString()}`);
  return bytes;
}

/** Shorter runs of equal bytes are written out. */
const SHORTEST_RUN = 6;

/**
 * The second file as runs of the first and bytes of its own: [offset, length, hex, offset, length, hex, ...].
 * @param {Uint8Array} from
 * @param {Uint8Array} to
 * @returns {Array<number | string>}
 */
export function editsBetween(from, to) {
  const keyAt = (/** @type {Uint8Array} */ bytes, /** @type {number} */ i) =>
    bytes.subarray(i, i + SHORTEST_RUN).join();
  /** @type {Map<string, number[]>} */
  const places = new Map();
  for (let i = 0; i + SHORTEST_RUN <= from.length; i++) {
    const key = keyAt(from, i);
    places.set(key, [...places.get(key)?.slice(-30) ?? [], i]);
  }
  /** @type {Array<number | string>} */
  const edits = [];
  let [offset, length, own] = [0, 0, ''];
  for (let i = 0; i < to.length;) {
    let [best, run] = [0, 0];
    for (const place of places.get(keyAt(to, i)) ?? []) {
      let n = 0;
      while (place + n < from.length && i + n < to.length && from[place + n] === to[i + n]) n++;
      if (n > run) [best, run] = [place, n];
    }
    if (run >= SHORTEST_RUN) {
      if (length > 0 || own) edits.push(offset, length, own);
      [offset, length, own] = [best, run, ''];
      i += run;
    } else {
      own += to[i]?.toString(16).padStart(2, '0');
      i++;
    }
  }
  edits.push(offset, length, own);
  return edits;
}

/** What a string in TypeScript holds without an escape, in ASCII; the first of them announce a second. */
const ALPHABET = String.fromCharCode(...Array.from({length: 95}, (_, i) => 32 + i)).replace(/['"`\\$]/g, '');
const ESCAPES = 2;

/**
 * The TypeScript that carries these modules: a character for each of the commonest bytes, two for the others, which a
 * server compresses to what it makes of the bytes themselves. (Hex is a tenth larger then, base64 a third.)
 * @param {Uint8Array} plain
 * @param {Uint8Array} relaxed
 */
export function moduleSource(plain, relaxed) {
  const counts = new Uint32Array(256);
  plain.forEach((byte) => counts[byte]++);
  const byCount = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b);
  const common = byCount.slice(0, ALPHABET.length - ESCAPES);
  const rest = byCount.slice(common.length).sort((a, b) => a - b);
  /** @type {Map<number, string>} */
  const codes = new Map();
  common.forEach((byte, i) => codes.set(byte, ALPHABET[ESCAPES + i]));
  rest.forEach((byte, i) => codes.set(byte, ALPHABET[Math.floor(i / ALPHABET.length)] + ALPHABET[i % ALPHABET.length]));
  const text = Array.from(plain, (byte) => codes.get(byte)).join('');
  return '// Made by `npm run build:wasm` from assembly/; not to be changed by hand.\n\n' +
    `/** Characters of \`text\`; the first ${ESCAPES} stand before another: the two of them are one of the rarer bytes. */\n` +
    `export const alphabet = '${ALPHABET}';\nexport const escapes = ${ESCAPES};\n\n` +
    '/** The bytes that have a character to themselves, in hex, in the order of the alphabet; the others follow by size. */\n' +
    `export const common = '${Buffer.from(common).toString('hex')}';\n\n` +
    '/** The compiled kernels, for a memory that is not shared. */\n' +
    `export const text = '${text}';\n\n` +
    '/** The same with fused multiply-add: runs of these bytes (offset, length), and after each what comes in between. */\n' +
    `export const relaxedEdits = '${editsBetween(plain, relaxed).join()}';\n`;
}

/** The TypeScript that is in the repository. */
export function currentSource() {
  return readFileSync(TARGET, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  new Command('npm run build:wasm --')
    .description('Compiles the kernels of the wasm backend into src/backends/wasm/module_bytes.ts.')
    .addHelpText('after', '\nExamples:\n  npm run build:wasm')
    .showHelpAfterError().allowExcessArguments(false).parse();
  const plain = await compileWasm(), relaxed = await compileWasm({relaxed: true});
  writeFileSync(TARGET, moduleSource(plain, relaxed));
  console.log(`${plain.length} bytes of WebAssembly, ${relaxed.length} with relaxed SIMD, in ${relative(ROOT, TARGET)}`);
}
