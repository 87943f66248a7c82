/**
 * One scale for all pictures of numbers: blue below zero, orange above, the middle like the page. The two are told apart
 * with every kind of colour blindness, and lightness alone tells how far from zero.
 */
interface Colours {
  negative: [number, number, number];
  middle: [number, number, number];
  positive: [number, number, number];
}

const LIGHT: Colours = {negative: [13, 71, 161], middle: [247, 247, 247], positive: [179, 72, 0]};
const DARK: Colours = {negative: [120, 180, 255], middle: [30, 34, 41], positive: [255, 160, 60]};

const scheme = () => matchMedia('(prefers-color-scheme: dark)');

/** The colours in force. */
function colours(): Colours {
  return scheme().matches ? DARK : LIGHT;
}

/**
 * Paints values, row by row, with -reach to reach on the scale; `place` is the position of the pixel's value, or
 * -1 for a gap.
 */
export function paintDiverging(
    canvas: HTMLCanvasElement, values: ArrayLike<number>, reach: number, place: (x: number, y: number) => number = (x, y) =>
      y * canvas.width + x): void {
  const {width, height} = canvas;
  const {negative, middle, positive} = colours();
  const image = new ImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = place(x, y);
      if (at < 0) continue;
      const share = Math.max(-1, Math.min(1, values[at]! / (reach || 1)));
      const end = share < 0 ? negative : positive;
      // The root lets small numbers be seen beside large ones; its sign and order are kept.
      const amount = Math.sqrt(Math.abs(share));
      const pixel = 4 * (y * width + x);
      for (let channel = 0; channel < 3; channel++) {
        image.data[pixel + channel] = Math.round(middle[channel]! + amount * (end[channel]! - middle[channel]!));
      }
      image.data[pixel + 3] = 255;
    }
  }
  // Small and often new: kept off the graphics card, which training may need.
  canvas.getContext('2d', {willReadFrequently: true})!.putImageData(image, 0, 0);
}

/** Calls back when the visitor turns to dark mode or back; returns how to end that. */
export function onSchemeChange(changed: () => void): () => void {
  const query = scheme();
  query.addEventListener('change', changed);
  return () => query.removeEventListener('change', changed);
}

export function largestSize(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}
