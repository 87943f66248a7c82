import {writeFileSync} from 'node:fs';
import {compileWasm, moduleSource} from '../../build_wasm.mjs';

// In the copy whose code was changed: the kernels without relaxed SIMD alone, which takes half the time.
const plain = await compileWasm();
writeFileSync(new URL('../../../src/backends/wasm/module_bytes.ts', import.meta.url), moduleSource(plain, plain));
