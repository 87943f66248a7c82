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
  private readonly channels: number;
  private readonly segments: number;
  /** Entries of x from one tap of a segment to the next are its channels, so this many taps are one piece. */
  private readonly tapsPerSegment: number;

  /**
   * @param g The geometry of the window.
   * @param firstChannel The first of the channels that count.
   * @param channels How many of x's channels count.
   */
  constructor(private readonly g: WindowGeometry, private readonly firstChannel: number, channels: number) {
    const [kh, kw] = g.kernel;
    this.channels = channels;
    this.positions = g.batch * g.outSize[0] * g.outSize[1];
    this.length = kh * kw * channels;
    this.tapsPerSegment = g.dilation[1] === 1 && channels === g.channels ? kw : 1;
    this.segments = kh * kw / this.tapsPerSegment;
  }

  /** Writes entries `start` to `end` of a patch to target[at], target[at + step], ...; padding is 0. */
  read(x: Float32Array, position: number, start: number, end: number, target: Float32Array, at: number, step: number):
      void {
    const size = this.tapsPerSegment * this.channels;
    let s = Math.floor(start / size);
    for (let begin = s * size; begin < end; begin += size, s++) {
      const {from, low, high} = this.place(position, s);
      const first = Math.max(0, start - begin);
      const last = Math.min(size, end - begin);
      const inside = Math.min(Math.max(first, low), last);
      const outside = Math.max(inside, Math.min(last, high));
      let to = at + (begin + first - start) * step;
      for (let e = first; e < inside; e++, to += step) target[to] = 0;
      for (let e = from + inside; e < from + outside; e++, to += step) target[to] = x[e]!;
      for (let e = outside; e < last; e++, to += step) target[to] = 0;
    }
  }

  /** Adds source[at], source[at + step], ... to the entries of dx that a patch was read from. */
  add(dx: Float32Array, position: number, source: Float32Array, at: number, step: number): void {
    const size = this.tapsPerSegment * this.channels;
    for (let s = 0; s < this.segments; s++) {
      const {from, low, high} = this.place(position, s);
      let of = at + (s * size + low) * step;
      for (let e = from + low; e < from + high; e++, of += step) dx[e]! += source[of]!;
    }
  }

  /** Where segment s of a patch begins in x, and which of its entries, `low` to `high`, are not padding. */
  private place(position: number, s: number): {from: number, low: number, high: number} {
    const {g, channels, tapsPerSegment} = this;
    const [height, width] = g.inSize;
    const tap = s * tapsPerSegment;
    const column = position % g.outSize[1];
    const line = (position - column) / g.outSize[1];
    const row = line % g.outSize[0];
    const image = (line - row) / g.outSize[0];
    const kx = tap % g.kernel[1];
    const y = row * g.strides[0] + (tap - kx) / g.kernel[1] * g.dilation[0] - g.padding[0][0];
    const x = column * g.strides[1] + kx * g.dilation[1] - g.padding[1][0];
    const from = ((image * height + y) * width + x) * g.channels + this.firstChannel;
    if (y < 0 || y >= height) return {from, low: 0, high: 0};
    const low = Math.min(tapsPerSegment, Math.max(0, -x));
    const high = Math.max(low, Math.min(tapsPerSegment, width - x));
    return {from, low: low * channels, high: high * channels};
  }
}
