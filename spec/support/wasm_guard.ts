/**
 * Watches the memory of the wasm backend while specs run: behind each tensor lies a strip of known bytes, and a kernel
 * that wrote there, ours or one of tfjs, is found when the tensor is freed.
 */
interface WasmModule {
  _malloc(bytes: number): number;
  _free(address: number): void;
  HEAPU8: Uint8Array;
}

const STRIP_BYTES = 64;
/** Four of them are NaN, which shows in what a kernel makes of values beyond the end. */
const STRIP_VALUE = 0xff;

const damaged: string[] = [];
/** Of each module, the sizes by address of what is alive. */
const alive = new Map<WasmModule, Map<number, number>>();

/** Puts the strips behind all that this backend allocates from now on. */
export function guardWasm(backend: unknown): void {
  const {wasm} = backend as {wasm: WasmModule};
  if (alive.has(wasm)) return;
  const sizes = new Map<number, number>();
  alive.set(wasm, sizes);
  wasm._free(wasm._malloc(8));  // what is there at first puts another in its place when it is called
  const {_malloc: malloc, _free: free} = wasm;
  wasm._malloc = (bytes) => {
    const address = malloc(bytes + STRIP_BYTES) >>> 0;
    if (address === 0) return 0;
    sizes.set(address, bytes);
    wasm.HEAPU8.fill(STRIP_VALUE, address + bytes, address + bytes + STRIP_BYTES);
    return address;
  };
  wasm._free = (address) => {
    check(wasm, sizes, address >>> 0);
    sizes.delete(address >>> 0);
    free(address);
  };
}

function check({HEAPU8}: WasmModule, sizes: Map<number, number>, address: number): void {
  const bytes = sizes.get(address);
  if (bytes === undefined) return;
  const strip = HEAPU8.subarray(address + bytes, address + bytes + STRIP_BYTES);
  const at = strip.findIndex((value) => value !== STRIP_VALUE);
  if (at < 0) return;
  damaged.push(`a tensor of ${bytes} bytes was written ${at} bytes behind its end`);
  strip.fill(STRIP_VALUE);
}

/** What was damaged since the last call, tensors that are still alive too. */
export function damageDone(): string[] {
  for (const [wasm, sizes] of alive) for (const address of sizes.keys()) check(wasm, sizes, address);
  return damaged.splice(0);
}
