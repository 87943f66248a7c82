import {batchOf} from '../../../examples/shared/images';
import type {Batch, ImageSet} from '../../../examples/shared/images';
import {seededRandom, shuffled} from '../../../examples/shared/random';

/** Batches of a set without end: every image once, in random order, then again in another. */
export class Batches {
  private readonly random: () => number;
  private order: Uint32Array = new Uint32Array();
  private at = 0;

  constructor(private readonly images: ImageSet, seed: number) {
    this.random = seededRandom(seed);
  }

  /** Tensors that the caller disposes. */
  next(size: number): Batch {
    if (this.at + size > this.order.length) {
      this.order = shuffled(this.images.size, this.random);
      this.at = 0;
    }
    this.at += size;
    return batchOf(this.images, this.order.subarray(this.at - size, this.at));
  }
}
