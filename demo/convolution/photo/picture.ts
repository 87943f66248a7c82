import {array, convBackward, convForward} from '../../../src/reference';
import type {ReferenceArray} from '../../../src/reference';

/** Small enough that the reference's loops keep up with a camera. */
export const SIZE = {width: 96, height: 72};

/** Kernels to begin with, and to aim at. */
export const KERNELS: {[name: string]: number[]} = {
  'edges': [0, -1, 0, -1, 4, -1, 0, -1, 0],
  'upright edges': [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  'blur': Array(9).fill(Math.fround(1 / 9)) as number[],
  'sharpen': [0, -1, 0, -1, 5, -1, 0, -1, 0],
  'emboss': [-2, -1, 0, -1, 1, 1, 0, 1, 2],
  'nothing changed': [0, 0, 0, 0, 1, 0, 0, 0, 0],
};

/** Grey values from 0 to 1 of what is drawn. */
export function greyOf({data}: ImageData): ReferenceArray {
  const grey = Float64Array.from({length: data.length / 4}, (_, i) =>
    (0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!) / 255);
  return {shape: [1, 1, SIZE.height, SIZE.width], data: grey};
}

export const filterOf = (kernel: number[]) => array([1, 1, 3, 3], kernel);

/** What the kernel makes of the picture, and how far that is from what the aim makes of it. */
export function look(x: ReferenceArray, kernel: number[], aim: number[]) {
  const options = {stride: 1, pad: 1};
  const {out, cache} = convForward(x, filterOf(kernel), null, options);
  const {out: target} = convForward(x, filterOf(aim), null, options);
  const M = out.data.length;
  // loss = the mean of (out - target)^2 / 2
  const dout = {shape: out.shape, data: out.data.map((value, i) => (value - target.data[i]!) / M)};
  const loss = dout.data.reduce((sum, value) => sum + value * value, 0) * M / 2;
  return {out, target, dout, loss, ...convBackward(dout, cache)};
}

export type Look = ReturnType<typeof look>;

/** A scene to begin with, drawn: sky, sun, hills, a house and a fence. */
export function drawScene(context: CanvasRenderingContext2D): void {
  const {width, height} = SIZE;
  const sky = context.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, '#3b6fb5');
  sky.addColorStop(1, '#e9eef5');
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#fff6cf';
  context.beginPath();
  context.arc(76, 15, 8, 0, 7);
  context.fill();
  const shape = (colour: string, ...points: [number, number][]) => {
    context.fillStyle = colour;
    context.beginPath();
    points.forEach(([x, y]) => context.lineTo(x, y));
    context.fill();
  };
  shape('#51715b', [0, 50], [24, 30], [52, 52], [70, 38], [96, 54], [96, 72], [0, 72]);
  shape('#2f4a38', [0, 60], [96, 56], [96, 72], [0, 72]);
  shape('#d8c7ab', [26, 40], [54, 40], [54, 62], [26, 62]);
  shape('#8a3b2e', [22, 41], [40, 26], [58, 41]);
  shape('#33231c', [36, 48], [44, 48], [44, 62], [36, 62]);
  shape('#f4f1dc', [29, 45], [34, 45], [34, 51], [29, 51]);
  for (let x = 62; x < 94; x += 5) shape('#f2f2f2', [x, 58], [x + 2, 58], [x + 2, 68], [x, 68]);
  shape('#f2f2f2', [60, 61], [95, 61], [95, 62.5], [60, 62.5]);
}
