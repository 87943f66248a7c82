import {useEffect, useRef} from 'preact/hooks';

import {onSchemeChange, paintDiverging} from './diverging';

const STEPS = 65;

/** The colours of numbers from the most negative to the most positive of a picture. */
export function ScaleLegend() {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const paint = () => paintDiverging(canvas.current!, Array.from({length: STEPS}, (_, i) => i - (STEPS - 1) / 2),
      (STEPS - 1) / 2,
      (x) => x);
    paint();
    return onSchemeChange(paint);
  }, []);
  return (
    <p class="scale-legend">
      <span>negative, −max</span>
      <canvas ref={canvas} width={STEPS} height={1} role="img" aria-label="The scale: blue is negative, orange positive" />
      <span>+max, positive</span>
      <span class="muted">The middle is 0. Every picture has its own max,
        named under it; the root of the share of it is shown, so that small
        numbers can be seen.</span>
    </p>
  );
}
