import {useEffect, useRef, useState} from 'preact/hooks';

import {largestSize, onSchemeChange, paintDiverging} from '../../shared/diverging';
import {short} from './format';

interface Props {
  /** What it shows: dout, dw. */
  name: string;
  shape: number[];
  values: Float32Array;
  /** What a number of it is, in words. */
  words: (index: number[], value: number) => string;
  /** Points on the screen that it may take. */
  width: number;
  height: number;
  onPick?: (index: number[]) => void;
  /** Channels that are pointed out. */
  dead?: number[];
  /** Only to be seen, as the same is shown large. */
  thumbnail?: boolean;
}

/** A vector longer than this goes on in another line. */
const LINE = 28;

/** How an array is laid out in tiles: the planes of [H, W, C] side by side; of [F, F, C, K] a column a filter; else in lines. */
export interface Layout {
  rows: number;
  columns: number;
  height: number;
  width: number;
  index: (tile: number, y: number, x: number) => number[];
}

export function layoutOf(shape: number[]): Layout {
  if (shape.length === 3) {
    const [height, width, channels] = shape as [number, number, number];
    const columns = Math.min(channels, width > 14 ? 4 : 8);
    return {rows: Math.ceil(channels / columns), columns, height, width, index: (tile, y, x) => [y, x, tile]};
  }
  if (shape.length === 4) {
    const [height, width, depth, count] = shape as [number, number, number, number];
    return {rows: depth, columns: count, height, width,
      index: (tile, y, x) => [y, x, Math.floor(tile / count), tile % count]};
  }
  const width = Math.min(shape[0]!, LINE);
  return {rows: 1, columns: 1, height: Math.ceil(shape[0]! / width), width, index: (_, y, x) => [y * width + x]};
}

export function positionIn(shape: number[], index: number[]): number {
  return index.reduce((position, at, axis) => position * shape[axis]! + at, 0);
}

/** An array as a picture on the common scale; the arrow keys and the pointer read its numbers, Enter and a click open them. */
export function NumberPicture({name, shape, values, words, width, height, onPick, dead = [], thumbnail}: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [place, setPlace] = useState<[x: number, y: number] | null>(null);
  const layout = layoutOf(shape);
  const tiles = shape.slice(2).reduce((product, size) => product * size, 1);
  const size = {width: layout.columns * (layout.width + 1) - 1, height: layout.rows * (layout.height + 1) - 1};
  const scale = Math.max(1, Math.min(12, Math.floor(Math.min(width / size.width, height / size.height))));
  const reach = largestSize(values);

  const indexAt = (x: number, y: number): number[] | null => {
    const [tileX, tileY] = [Math.floor(x / (layout.width + 1)), Math.floor(y / (layout.height + 1))];
    const [inX, inY] = [x % (layout.width + 1), y % (layout.height + 1)];
    const tile = tileY * layout.columns + tileX;
    const isTile = inX < layout.width && inY < layout.height && (shape.length < 3 || tile < tiles);
    if (!isTile) return null;
    const index = layout.index(tile, inY, inX);
    return index[0]! < shape[0]! ? index : null;
  };
  useEffect(() => {
    const paint = () => paintDiverging(canvas.current!, values, reach, (x, y) => {
      const index = indexAt(x, y);
      return index ? positionIn(shape, index) : -1;
    });
    paint();
    return onSchemeChange(paint);
  }, [values]);

  const move = (dx: number, dy: number) => {
    let [x, y] = place ?? [-dx, -dy];
    do {
      [x, y] = [x + dx, y + dy];
      if (x < 0 || y < 0 || x >= size.width || y >= size.height) return;
    } while (indexAt(x, y) === null);
    setPlace([x, y]);
  };
  const index = place && indexAt(...place);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = ({ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0]} as const)[event.key as 'ArrowUp'];
    if (step) move(...step as unknown as [number, number]);
    else if (event.key === 'Enter' && index && onPick) onPick(index);
    else return;
    event.preventDefault();
  };
  const pointed = (event: MouseEvent): [number, number] => {
    const box = canvas.current!.getBoundingClientRect();
    return [Math.floor((event.clientX - box.left) / box.width * size.width),
      Math.floor((event.clientY - box.top) / box.height * size.height)];
  };
  const style = {width: `${scale * size.width}px`};
  if (thumbnail) return <canvas ref={canvas} {...size} style={style} aria-hidden="true" />;
  return (
    <figure class="number-picture">
      <div class="canvas-box" tabIndex={0} role="application" onKeyDown={onKeyDown} onFocus={() => setPlace(place ?? [0, 0])}
        aria-label={`${name}, ${shape.join(' by ')}: the arrow keys read its numbers${onPick ? ', Enter opens one' : ''}`}>
        <canvas ref={canvas} {...size} style={style} class={onPick ? 'opens' : ''} aria-hidden="true"
          onPointerMove={(event) => setPlace(pointed(event))}
          onClick={(event) => {
            const found = indexAt(...pointed(event));
            setPlace(pointed(event));
            if (found && onPick) onPick(found);
          }} />
        {index && <span class="reader" style={{left: `${100 * (place[0] + .5) / size.width}%`,
          top: `${100 * (place[1] + .5) / size.height}%`}} />}
      </div>
      <figcaption>
        <strong>{name}</strong> <span class="muted">{shape.join('×')}, max {short(reach)}</span>
        {dead.length > 0 && <span class="warning"> ⚠ dead: {dead.join(', ')}</span>}
        <span class="reading" role="status">{index ? words(index, values[positionIn(shape, index)]!) : ' '}</span>
      </figcaption>
    </figure>
  );
}
