import type {WindowGeometry} from '../../geometry';

/**
 * The patches of x [N, H, W, C] that a window sees, one at each position; positions run image by image and row by row,
 * entries of a patch in the order (kh, kw, c). A patch is walked in segments that lie in one piece in x: rows of the
 * kernel, or single taps where dilation or other groups' channels are in between.
 */
export class Patches {
  /** N Ho Wo */
  readonly positions: number;
  /** kh kw C */
  readonly length: number;
  /** Taps and entries of a segment. */
  private readonly taps: number;
  private readonly size: number;
  /** Rows and columns of x from a window's first entry to each segment's. */
  private readonly down: Int32Array;
  private readonly right: Int32Array;

  /**
   * @param g The geometry of the window.
   * @param firstChannel The first of the channels that count.
   * @param channels How many of x's channels count.
   */
  constructor(
      private readonly g: WindowGeometry, private readonly firstChannel: number, private readonly channels: number) {
    const [kh, kw] = g.kernel;
    this.positions = g.batch * g.outSize[0] * g.outSize[1];
    this.length = kh * kw * channels;
    this.taps = g.dilation[1] === 1 && channels === g.channels ? kw : 1;
    this.size = this.taps * channels;
    const segments = Array.from({length: kh * kw / this.taps}, (_, s) => s * this.taps);
    this.down = Int32Array.from(segments, tap => Math.floor(tap / kw) * g.dilation[0]);
    this.right = Int32Array.from(segments, tap => (tap % kw) * g.dilation[1]);
  }

  /** Writes entries `start` to `end` of a patch to target[at], target[at + step], ...; padding is 0. */
  read(x: Float32Array, position: number, start: number, end: number, target: Float32Array, at: number, step: number):
      void {
    const {size, channels} = this;
    const [height, width] = this.g.inSize;
    const {image, top, left} = this.place(position);
    let to = at;
    for (let s = Math.floor(start / size), begin = s * size; begin < end; s++, begin += size) {
      const row = top + this.down[s]!;
      const column = left + this.right[s]!;
      const isRow = row >= 0 && row < height;
      const from = ((image * height + row) * width + column) * this.g.channels + this.firstChannel;
      const first = Math.max(0, start - begin);
      const last = Math.min(size, end - begin);
      // Entries `low` to `high` of the segment are not padding.
      const low = Math.min(last, Math.max(first, isRow ? -column * channels : last));
      const high = Math.max(low, Math.min(last, (width - column) * channels));
      for (let e = first; e < low; e++, to += step) target[to] = 0;
      for (let e = from + low; e < from + high; e++, to += step) target[to] = x[e]!;
      for (let e = high; e < last; e++, to += step) target[to] = 0;
    }
  }

  /** Adds source[at], source[at + 1], ... to the entries of dx that a patch was read from. */
  add(dx: Float32Array, position: number, source: Float32Array, at: number): void {
    const {size, channels, down, right} = this;
    const [height, width] = this.g.inSize;
    const {image, top, left} = this.place(position);
    for (let s = 0; s < down.length; s++) {
      const row = top + down[s]!;
      const column = left + right[s]!;
      if (row < 0 || row >= height) continue;
      const from = ((image * height + row) * width + column) * this.g.channels + this.firstChannel;
      const low = Math.max(0, -column * channels);
      const high = Math.min(size, (width - column) * channels);
      let of = at + s * size + low;
      for (let e = from + low; e < from + high; e++, of++) dx[e]! += source[of]!;
    }
  }

  /** The image a patch is from, and the row and the column of its first entry. */
  private place(position: number): {image: number, top: number, left: number} {
    const {outSize, strides, padding} = this.g;
    const line = Math.floor(position / outSize[1]);
    const image = Math.floor(line / outSize[0]);
    return {
      image,
      top: (line - image * outSize[0]) * strides[0] - padding[0][0],
      left: (position - line * outSize[1]) * strides[1] - padding[1][0],
    };
  }
}
