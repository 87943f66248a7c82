/** Where the module's only import says what memory it wants: "env" "memory", kind memory, no maximum, 0 pages. */
const importOf = [3, ...ascii('env'), 6, ...ascii('memory'), 2];
const unshared = [...importOf, 0, 0];
/** Shared, 0 pages, at most 65536 (in LEB128). */
const shared = [...importOf, 3, 0, 0x80, 0x80, 4];

/**
 * The same module for a memory that threads share: only the type of the imported memory differs, so a second compiled
 * copy is not needed.
 */
export function withSharedMemory(module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = module.findIndex((_, i) => unshared.every((byte, k) => module[i + k] === byte));
  const section = at - 2;  // its length, then the count of imports
  const patched = new Uint8Array(module.length + shared.length - unshared.length);
  patched.set(module.subarray(0, at));
  patched.set(shared, at);
  patched.set(module.subarray(at + unshared.length), at + shared.length);
  patched[section]! += shared.length - unshared.length;
  return patched;
}

function ascii(text: string): number[] {
  return Array.from(text, letter => letter.charCodeAt(0));
}
