/** The files of Keras's own that the specs read: see golden/make.py. */
import {readdirSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs-core';

const folder = new URL('../golden/', import.meta.url);

/** 'keras3_conv_net.keras' and the like. */
export const goldenNames =
    readdirSync(folder).filter((name) => /\.(keras|h5)$/.test(name) && !/_(before|after)\./.test(name)).sort();

/** The path of a file of Keras's. */
export function goldenPath(name: string): string {
  return fileURLToPath(new URL(name, folder));
}

/** The bytes of a file of Keras's. */
export function goldenBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(goldenPath(name)));
}

/** Inputs, and what Keras made of them. */
export function goldenValues(name: string): {inputs: tf.Tensor[], outputs: tf.Tensor[]} {
  const {inputs, outputs} = JSON.parse(readFileSync(goldenPath(`${name}.json`), 'utf8')) as {
    [key in 'inputs' | 'outputs']: {shape: number[], values: number[]}[]
  };
  const tensors = (list: typeof inputs) => list.map(({values, shape}) => tf.tensor(values, shape, 'float32'));
  return {inputs: tensors(inputs), outputs: tensors(outputs)};
}
