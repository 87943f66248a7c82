import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as library from 'tfjs-explicit-layers';
import {trainStep} from './train.mjs';

if (!await tf.setBackend('wasm')) throw new Error('wasm does not start');
console.log(await trainStep(tf, library));
if (!tf.env().getBool('EXPLICIT_LAYERS_WASM_HEAP')) throw new Error('our kernels for wasm are not in the package');
