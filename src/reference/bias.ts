/** The bias of a convolution, one per output channel, and its gradient. */
import {zeros} from './array';
import type {ReferenceArray} from './array';

/** Adds b[k] to every entry of channel k of out [N, K, H, W], in place; null adds nothing. */
export function addBias(out: ReferenceArray, b: ReferenceArray | null): void {
  if (b === null) {
    return;
  }
  const [, channels, height, width] = out.shape;
  out.data.forEach((value, o) => {
    out.data[o] = value + b.data[Math.floor(o / (height * width)) % channels];
  });
}

/** db[k]: the sum of dout [N, K, H, W] over images and positions of channel k. */
export function sumPerChannel(dout: ReferenceArray): ReferenceArray {
  const [, channels, height, width] = dout.shape;
  const db = zeros([channels]);
  dout.data.forEach((value, o) => {
    db.data[Math.floor(o / (height * width)) % channels] += value;
  });
  return db;
}
