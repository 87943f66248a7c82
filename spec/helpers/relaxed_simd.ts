import {setFlagsFromString} from 'node:v8';

/** Node 20 has relaxed SIMD behind a flag, which has to be set before the first module is compiled. */
setFlagsFromString('--experimental-wasm-relaxed-simd');
