import {alphabet, common, escapes, relaxedEdits, text} from './module_bytes';
import {withSharedMemory} from './shared_memory';

/** () => relaxed_madd of three vectors of zeros. */
const relaxedProbe = Uint8Array.of(
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0, 0x0a, 0x13, 1, 0x11, 0, 0x41, 0, 0xfd, 0x0f, 0x41, 0,
    0xfd, 0x0f, 0x41, 0, 0xfd, 0x0f, 0xfd, 0x85, 2, 0x0b);

let relaxed: boolean | undefined;

/** Whether the engine has relaxed SIMD: one small function is enough to tell, and it is asked once. */
export function hasRelaxedSimd(): boolean {
  return relaxed ??= WebAssembly.validate(relaxedProbe);
}

/** The bytes of the kernels, for a memory that threads share or not, with fused multiply-add or not. */
export function moduleBytes({shared, relaxed}: {shared: boolean, relaxed: boolean}): Uint8Array<ArrayBuffer> {
  const plain = decode();
  const bytes = relaxed ? edited(plain, relaxedEdits) : plain;
  return shared ? withSharedMemory(bytes) : bytes;
}

/** Runs of these bytes with others in between: offset, length, hex, offset, length, hex, ... */
function edited(bytes: Uint8Array, edits: string): Uint8Array<ArrayBuffer> {
  const parts = edits.split(',');
  const out: number[] = [];
  for (let i = 0; i < parts.length; i += 3) {
    const offset = Number(parts[i]);
    out.push(...bytes.subarray(offset, offset + Number(parts[i + 1])), ...ofHex(parts[i + 2]!));
  }
  return Uint8Array.from(out);
}

function decode(): Uint8Array<ArrayBuffer> {
  const bytes = ofHex(common);
  const known = new Set(bytes);
  const rest = Array.from({length: 256}, (_, byte) => byte).filter(byte => !known.has(byte));
  const out: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = alphabet.indexOf(text[i]!);
    out.push(code < escapes ? rest[code * alphabet.length + alphabet.indexOf(text[++i]!)]! : bytes[code - escapes]!);
  }
  return Uint8Array.from(out);
}

function ofHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], pair => parseInt(pair, 16));
}
