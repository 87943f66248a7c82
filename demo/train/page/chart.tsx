import {useEffect, useRef} from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** How a curve looks: by its dash as much as by its colour, which train.css gives the class. */
export interface Curve {
  name: string;
  className: string;
  width: number;
  dash?: number[];
  /** Diameter of the points; 0 for a line alone. */
  points?: number;
}

interface Props {
  title: string;
  /** What the picture says, in words. */
  summary: string;
  curves: Curve[];
  data: uPlot.AlignedData;
  range: (low: number, high: number) => [number, number];
  format: (value: number) => string;
}

const HEIGHT = 240;

/** Curves over the steps. */
export function Chart({title, summary, curves, data, range, format}: Props) {
  const box = useRef<HTMLDivElement>(null);
  const legend = useRef<HTMLUListElement>(null);
  const chart = useRef<uPlot | null>(null);

  useEffect(() => {
    const holder = box.current!;
    // The colours in force, also after the visitor has turned to dark mode.
    const textColour = () => getComputedStyle(holder).color;
    const lineColour = () => getComputedStyle(holder).borderTopColor;
    const curveColour = (i: number) => getComputedStyle(legend.current!.children[i]!.querySelector('svg')!).color;
    const axis = {stroke: textColour, grid: {stroke: lineColour, width: 1}, ticks: {stroke: lineColour, width: 1}};
    const plot = new uPlot({
      width: holder.clientWidth, height: HEIGHT,
      legend: {show: false},
      cursor: {show: false},
      scales: {x: {time: false}, y: {range: (_, low, high) => range(low ?? 0, high ?? 1)}},
      axes: [
        {...axis, label: 'step', labelSize: 20, size: 36, values: (_, ticks) => ticks.map((tick) => (tick % 1 ? '' : tick))},
        {...axis, size: 52, values: (_, ticks) => ticks.map(format)},
      ],
      series: [{}, ...curves.map(({name, width, dash, points = 0}, i) => ({
        label: name, width, dash, spanGaps: true, stroke: () => curveColour(i),
        points: {show: points > 0, size: points, fill: () => curveColour(i), stroke: () => curveColour(i)},
      }))],
    }, data, holder);
    chart.current = plot;
    const resized = new ResizeObserver(() => plot.setSize({width: holder.clientWidth, height: HEIGHT}));
    resized.observe(holder);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => plot.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      resized.disconnect();
      plot.destroy();
    };
  }, []);

  useEffect(() => chart.current!.setData(data), [data]);

  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        <ul class="legend" ref={legend}>
          {curves.map((curve) => <li key={curve.name}><Sample {...curve} /> {curve.name}</li>)}
        </ul>
      </figcaption>
      <div class="plot" ref={box} role="img" aria-label={summary} />
    </figure>
  );
}

function Sample({className, width, dash, points}: Curve) {
  return (
    <svg class={className} width="36" height="10" aria-hidden="true">
      <path d="M0 5H36" stroke="currentColor" stroke-width={width} stroke-dasharray={dash?.join(' ')} />
      {points ? <circle cx="18" cy="5" r={points / 2} fill="currentColor" /> : null}
    </svg>
  );
}
