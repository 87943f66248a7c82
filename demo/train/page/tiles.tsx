import {useEffect, useRef} from 'preact/hooks';

import type {Picture} from '../engine/contract';
import {short} from './format';

interface Props {
  picture: Picture;
  /** What the tiles are. */
  name: string;
  /** Screen points for a value, or fewer where there is no room for them. */
  scale: number;
}

/** Planes of numbers as grey tiles with a gap of one value between them. */
export function Tiles({picture, name, scale}: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const {rows, columns, height, width, low, high} = picture;
  const size = {width: columns * (width + 1) - 1, height: rows * (height + 1) - 1};
  useEffect(() => {
    // Small and often new: kept off the graphics card, which training may need.
    const context = canvas.current!.getContext('2d', {willReadFrequently: true})!;
    context.putImageData(new ImageData(tiled(picture, size.width, size.height), size.width, size.height), 0, 0);
  }, [picture]);
  const range = `${low < 0 ? `black is ${short(low)}` : 'black is 0'}, white ${short(high)}`;
  return (
    <figure class="tiles">
      <canvas
        ref={canvas} {...size} style={{width: sharp(size.width, scale)}} role="img"
        aria-label={`${name}: ${rows * columns} tiles of ${height} by ${width} values; ${range}`}
      />
      <figcaption class="muted">{name}: {range}</figcaption>
    </figure>
  );
}

/** A width with whole points for a value, whatever room there is, as uneven ones would distort the tiles. */
const sharp = (values: number, scale: number) => `round(down, min(100%, ${scale * values}px), ${values}px)`;

function tiled({pixels, columns, height, width}: Picture, totalWidth: number, totalHeight: number) {
  const image = new Uint8ClampedArray(4 * totalWidth * totalHeight);
  pixels.forEach((value, at) => {
    const tile = Math.floor(at / (height * width));
    const y = Math.floor(tile / columns) * (height + 1) + Math.floor(at / width) % height;
    const x = tile % columns * (width + 1) + at % width;
    image.set([value, value, value, 255], 4 * (y * totalWidth + x));
  });
  return image;
}
