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

const CAPTION = 24;

/** Writes [height, width, 3] as an SVG file: the pixels, and above each of their equally wide columns what it is called. */
export async function writeSvg(file: string, picture: Tensor3D, captions: readonly string[] = []): Promise<void> {
  const [height, width] = picture.shape;
  const top = captions.length > 0 ? CAPTION : 0;
  const png = (await encoded(picture)).toString('base64');
  const texts = captions.map((caption, i) => `<text x="${width * (i + 0.5) / captions.length}" y="17">${caption}</text>`);
  writeFileSync(file, `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + top}">
<rect width="100%" height="100%" fill="white"/>
<g font-family="sans-serif" font-size="14" text-anchor="middle">${texts.join('')}</g>
<image y="${top}" width="${width}" height="${height}" href="data:image/png;base64,${png}"/>
</svg>
`);
}

/** Writes [height, width, 3] as a PNG file; values are rounded and cut to 0 .. 255. */
export async function writePng(file: string, picture: Tensor3D): Promise<void> {
  writeFileSync(file, await encoded(picture));
}

async function encoded(picture: Tensor3D): Promise<Buffer> {
  const [height, width] = picture.shape;
  const values = await picture.data();
  const png = new PNG({width, height});
  for (let i = 0; i < height * width; i++) {
    for (let k = 0; k < 3; k++) png.data[4 * i + k] = Math.max(0, Math.min(255, Math.round(values[3 * i + k]!)));
    png.data[4 * i + 3] = 255;
  }
  return PNG.sync.write(png);
}
