import {useEffect, useRef, useState} from 'preact/hooks';

import {Ink} from './ink';
import type {Spot} from './ink';

/** The keys move in cells as large as the pixels that the net sees. */
const CELLS = 28;

const ARROWS: Record<string, [dx: number, dy: number]> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
};

interface Pen {
  x: number;
  y: number;
  down: boolean;
}

interface Props {
  ink: Ink;
  onInk: () => void;
}

/** Where a digit is drawn: with mouse, finger or stylus, or with the keys. */
export function Pad({ink, onInk}: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<Spot | null>(null);
  const [pen, setPen] = useState<Pen>({x: 13, y: 5, down: false});
  const [focused, setFocused] = useState(false);
  const paint = () => paintInk(canvas.current!, ink);
  useEffect(paint, []);

  const draw = (from: Spot, to: Spot) => {
    ink.line(from, to);
    paint();
    onInk();
  };
  const clear = () => {
    ink.clear();
    paint();
    onInk();
  };
  const onPointer = (event: PointerEvent) => {
    if (event.type === 'pointerdown') {
      canvas.current!.setPointerCapture(event.pointerId);
      last.current = spotOf(event, canvas.current!);
    }
    if (last.current === null) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) {
      const spot = spotOf(each, canvas.current!);
      ink.line(last.current, spot);
      last.current = spot;
    }
    draw(last.current, spotOf(event, canvas.current!));
  };
  const onKey = (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      const next = {...pen, x: clamp(pen.x + arrow[0]), y: clamp(pen.y + arrow[1])};
      if (pen.down) draw(cellSpot(pen), cellSpot(next));
      setPen(next);
    } else if (event.key === ' ') {
      if (!pen.down) draw(cellSpot(pen), cellSpot(pen));
      setPen({...pen, down: !pen.down});
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      clear();
    } else {
      return;
    }
    event.preventDefault();
  };
  const words = `Pen ${pen.down ? 'down' : 'up'}, column ${pen.x + 1}, row ${pen.y + 1} of ${CELLS}.`;
  return (
    <div class="pad">
      <div
        class="field-of-ink" tabIndex={0} role="application" aria-label="Drawing field" aria-describedby="pad-help"
        onKeyDown={onKey} onFocus={() => setFocused(true)} onBlur={() => setFocused(false)}
      >
        <canvas
          ref={canvas} width={Ink.size} height={Ink.size} aria-hidden="true"
          onPointerDown={onPointer} onPointerMove={onPointer}
          onPointerUp={() => { last.current = null; }} onPointerCancel={() => { last.current = null; }}
        />
        {focused && (
          <span
            class={pen.down ? 'pen down' : 'pen'}
            style={{left: `${100 * cellSpot(pen).x}%`, top: `${100 * cellSpot(pen).y}%`}}
          />
        )}
      </div>
      <p id="pad-help" class="muted">
        Draw with the mouse or a finger. By keyboard: the arrows move the pen, space puts it down or lifts it, Delete clears.
      </p>
      <p class="unseen" role="status">{focused ? words : ''}</p>
      <button type="button" onClick={clear}>Clear the drawing</button>
    </div>
  );
}

const clamp = (cell: number) => Math.min(CELLS - 1, Math.max(0, cell));
const cellSpot = ({x, y}: {x: number, y: number}): Spot => ({x: (x + 0.5) / CELLS, y: (y + 0.5) / CELLS});

function spotOf(event: PointerEvent, element: HTMLElement): Spot {
  const {left, top, width, height} = element.getBoundingClientRect();
  return {x: (event.clientX - left) / width, y: (event.clientY - top) / height};
}

function paintInk(canvas: HTMLCanvasElement, {values}: Ink): void {
  const image = new ImageData(Ink.size, Ink.size);
  values.forEach((value, at) => image.data.set([value, value, value, 255], 4 * at));
  canvas.getContext('2d', {willReadFrequently: true})!.putImageData(image, 0, 0);
}
