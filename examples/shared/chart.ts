import * as vega from 'vega';
import {compile} from 'vega-lite';
import type {TopLevelSpec} from 'vega-lite';

/** One curve: a name for the legend and a y for every x. */
export interface Curve {
  name: string;
  x: readonly number[];
  y: readonly number[];
}

/** What stands around the curves. */
export interface ChartText {
  title: string;
  /** A smaller line or lines under the title. */
  subtitle?: string | string[];
  xTitle: string;
  yTitle: string;
  /** Show y by its order of magnitude. */
  logarithmic?: boolean;
}

/** Told apart with every kind of colour vision (Okabe and Ito). */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7'];

/**
 * Curves as an SVG picture. The second and later ones are dashed, so that curves that lie on each other are all seen.
 */
export function lineChart(
    curves: readonly Curve[],
    {title, subtitle, xTitle, yTitle, logarithmic}: ChartText): Promise<string> {
  const names = curves.map(({name}) => name);
  return svgOf({
    width: 640,
    height: 320,
    background: 'white',
    padding: 12,
    title: {text: title, subtitle, anchor: 'start', fontSize: 16, subtitleFontSize: 12, offset: 12},
    data: {values: curves.flatMap(({name, x, y}) => y.map((value, i) => ({curve: name, x: x[i], y: value})))},
    mark: {type: 'line', strokeWidth: 2, interpolate: 'linear'},
    encoding: {
      x: {field: 'x', type: 'quantitative', title: xTitle, scale: {nice: false}},
      y: {field: 'y', type: 'quantitative', title: yTitle, scale: logarithmic ? {type: 'log'} : {zero: true}},
      color: {field: 'curve', type: 'nominal', scale: {domain: names, range: COLOURS.slice(0, names.length)},
        // Beneath the curves, where it hides none of them.
        legend: {title: null, orient: 'bottom', direction: 'horizontal', labelFontSize: 13, labelLimit: 320, symbolSize: 400}},
      strokeDash: {field: 'curve', type: 'nominal', scale: {domain: names, range: names.map((_, i) => DASHES[i]!)},
        legend: {title: null}},
    },
    config: {font: 'sans-serif', axis: {labelFontSize: 12, titleFontSize: 13}},
  });
}

const DASHES = [[1, 0], [6, 4], [2, 3], [8, 3, 2, 3]];

/** Renders a Vega-Lite description; no browser and no canvas is needed. */
export async function svgOf(spec: TopLevelSpec): Promise<string> {
  const view = new vega.View(vega.parse(compile(spec).spec), {renderer: 'none'});
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
