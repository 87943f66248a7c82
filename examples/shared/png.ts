import {readFileSync, writeFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type {Tensor3D} from '@tensorflow/tfjs-core';
import {PNG} from 'pngjs';

/** The picture in a PNG file as [height, width, 3] with values from 0 to 255; the caller disposes it. */
export function readPng(file: string): Tensor3D {
  const {width, height, data} = PNG.sync.read(readFileSync(file));
  const values = new Float32Array(height * width * 3);
  for (let i = 0; i < height * width; i++) values.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  return tf.tensor3d(values, [height, width, 3]);
}

/** Writes [height, width, 3] as a PNG file; values are rounded and cut to 0 .. 255. */
export async function writePng(file: string, picture: Tensor3D): Promise<void> {
  const [height, width] = picture.shape;
  const values = await picture.data();
  const png = new PNG({width, height});
  for (let i = 0; i < height * width; i++) {
    for (let k = 0; k < 3; k++) png.data[4 * i + k] = Math.max(0, Math.min(255, Math.round(values[3 * i + k]!)));
    png.data[4 * i + 3] = 255;
  }
  writeFileSync(file, PNG.sync.write(png));
}
