/** What the bundlers bundle for a page on wasm. */
import * as tf from '@tensorflow/tfjs';
import {setWasmPaths} from '@tensorflow/tfjs-backend-wasm';
import * as library from 'tfjs-explicit-layers';
import {onWasm} from './on_wasm.mjs';

setWasmPaths('node_modules/@tensorflow/tfjs-backend-wasm/dist/');
globalThis.result = onWasm(tf, library);
