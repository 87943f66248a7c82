import 'tfjs-explicit-layers/node';
import * as tf from '@tensorflow/tfjs-node';
import * as library from 'tfjs-explicit-layers';
import {trainStep} from './train.mjs';

if (tf.getBackend() !== 'tensorflow') throw new Error(`the backend is ${tf.getBackend()}`);
console.log(await trainStep(tf, library));
