import type {Picture} from './contract';

/** Tiles side by side, so that large and small planes come out about as wide. */
const columnsOf = (width: number, channels: number) => Math.min(channels, width > 14 ? 4 : 8);

/** The planes of an activation [1, H, W, C], one tile each. */
export function activationPicture(layer: string, shape: number[], values: Float32Array): Picture {
  const [, height, width, channels] = shape as [number, number, number, number];
  const low = Math.min(0, smallest(values));
  const columns = columnsOf(width, channels);
  return {
    layer, shape: shape.slice(1), height, width, rows: Math.ceil(channels / columns), columns,
    ...inBytes(values, low, Math.max(largest(values), low + Number.EPSILON),
        (tile, y, x) => (y * width + x) * channels + tile, [channels, height, width]),
  };
}

/** The planes of filters [F, F, C, K]: a column of tiles for each filter, a row for each plane that it looks at. */
export function filterPicture(layer: string, shape: number[], values: Float32Array): Picture {
  const [height, width, depth, count] = shape as [number, number, number, number];
  // Zero is mid-grey.
  const reach = Math.max(largest(values), -smallest(values), Number.EPSILON);
  return {
    layer, shape, height, width, rows: depth, columns: count,
    ...inBytes(values, -reach, reach,
        (tile, y, x) => ((y * width + x) * depth + Math.floor(tile / count)) * count + tile % count,
        [depth * count, height, width]),
  };
}

function inBytes(
    values: Float32Array, low: number, high: number, place: (tile: number, y: number, x: number) => number,
    [tiles, height, width]: [number, number, number]): Pick<Picture, 'pixels' | 'low' | 'high'> {
  const pixels = new Uint8Array(tiles * height * width);
  let at = 0;
  for (let tile = 0; tile < tiles; tile++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        pixels[at++] = Math.round(255 * (values[place(tile, y, x)]! - low) / (high - low));
      }
    }
  }
  return {pixels, low, high};
}

const smallest = (values: Float32Array) => values.reduce((a, b) => Math.min(a, b), Infinity);
const largest = (values: Float32Array) => values.reduce((a, b) => Math.max(a, b), -Infinity);
