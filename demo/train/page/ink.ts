/** A position on the drawing field, from 0 to 1 both ways. */
export interface Spot {
  x: number;
  y: number;
}

const SIZE = 112;
const PEN_RADIUS = 0.042 * SIZE;

/** Size of the images that the net takes, and of the box that a digit fills in them. */
const IMAGE = 28;
const BOX = 20;

/** What has been drawn: grey values of SIZE x SIZE points, row by row. */
export class Ink {
  static readonly size = SIZE;
  readonly values = new Uint8Array(SIZE * SIZE);

  get isEmpty(): boolean {
    return this.values.every((value) => value === 0);
  }

  clear(): void {
    this.values.fill(0);
  }

  /** Draws a line with round ends. */
  line(from: Spot, to: Spot): void {
    const [a, b] = [from, to].map(({x, y}) => ({x: x * SIZE, y: y * SIZE})) as [Spot, Spot];
    const span = (key: 'x' | 'y') => [
      Math.max(0, Math.floor(Math.min(a[key], b[key]) - PEN_RADIUS - 1)),
      Math.min(SIZE - 1, Math.ceil(Math.max(a[key], b[key]) + PEN_RADIUS + 1)),
    ] as const;
    const [[left, right], [top, bottom]] = [span('x'), span('y')];
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const cover = PEN_RADIUS + 0.5 - distance({x: x + 0.5, y: y + 0.5}, a, b);
        const at = y * SIZE + x;
        this.values[at] = Math.max(this.values[at]!, 255 * Math.min(1, Math.max(0, cover)));
      }
    }
  }

  /**
   * The drawing as MNIST has its digits: 28x28, the longer side 20, the centre of mass in the middle.
   */
  digit(): Uint8Array {
    const {longer, centre} = this.extent();
    const step = Math.max(1, longer) / BOX;
    const image = new Uint8Array(IMAGE * IMAGE);
    for (let y = 0; y < IMAGE; y++) {
      for (let x = 0; x < IMAGE; x++) {
        const from = {x: centre.x + (x - IMAGE / 2) * step, y: centre.y + (y - IMAGE / 2) * step};
        image[y * IMAGE + x] = Math.round(this.meanOfSquare(from, step));
      }
    }
    return image;
  }

  private extent(): {longer: number, centre: Spot} {
    let [left, right, top, bottom, mass, sumX, sumY] = [SIZE, 0, SIZE, 0, 0, 0, 0];
    this.values.forEach((value, at) => {
      if (value === 0) return;
      const [x, y] = [at % SIZE, Math.floor(at / SIZE)];
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x + 1), Math.min(top, y), Math.max(bottom, y + 1)];
      mass += value;
      sumX += value * (x + 0.5);
      sumY += value * (y + 0.5);
    });
    if (mass === 0) return {longer: SIZE, centre: {x: SIZE / 2, y: SIZE / 2}};
    return {longer: Math.max(right - left, bottom - top), centre: {x: sumX / mass, y: sumY / mass}};
  }

  private meanOfSquare(from: Spot, side: number): number {
    const samples = 4;
    let sum = 0;
    for (let i = 0; i < samples * samples; i++) {
      const x = Math.floor(from.x + ((i % samples) + 0.5) * side / samples);
      const y = Math.floor(from.y + (Math.floor(i / samples) + 0.5) * side / samples);
      if (x >= 0 && x < SIZE && y >= 0 && y < SIZE) sum += this.values[y * SIZE + x]!;
    }
    return sum / samples ** 2;
  }
}

/** From a point to the line between two others. */
function distance({x, y}: Spot, a: Spot, b: Spot): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const along = ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - a.x - t * dx, y - a.y - t * dy);
}
