import type {TopLevelSpec} from 'vega-lite';

import {svgOf} from '../../examples/shared/chart';
import {resultsOf} from '../jobs';
import type {Result} from '../jobs';
import type {GrowthResult} from '../sections/growth';

/** A picture for the page. */
export interface Drawing {
  file: string;
  alt: string;
  svg: string;
}

const OURS = 'explicit layers';
const BUILT_IN = 'built-in layers';
const GUIDE = 'in proportion to the arithmetic';
/** Told apart with every kind of colour vision (Okabe and Ito). */
const COLOURS = ['#0072B2', '#D55E00', '#999999'];
const STYLE = {background: 'white', padding: 12, config: {font: 'sans-serif', axis: {labelFontSize: 12, titleFontSize: 13}}};

/** A picture for every part that has one. */
export async function drawings(results: readonly Result[]): Promise<Drawing[]> {
  const specs: {file: string, alt: string, spec: TopLevelSpec | null}[] = [
    {file: 'benchmark_ratios.svg', alt: 'How many times as fast as the built-in layers, by operation and backend',
      spec: ratios(results)},
    {file: 'benchmark_growth_time.svg', alt: 'Time of a training step as batch, image and channels grow',
      spec: growth(resultsOf(results, 'growth', 'tensorflow'), 'ms', 'milliseconds a step')},
    {file: 'benchmark_growth_memory.svg', alt: 'Peak memory of a training step as batch, image and channels grow',
      spec: growth(resultsOf(results, 'growth', 'tensorflow'), 'peak', 'peak bytes of a step')},
    {file: 'benchmark_limit.svg', alt: 'Arithmetic, memory traffic and dispatch of a training step', spec: limit(results)},
  ];
  const drawn: Drawing[] = [];
  for (const {file, alt, spec} of specs) if (spec) drawn.push({file, alt, svg: await svgOf(spec)});
  return drawn;
}

function ratios(results: readonly Result[]): TopLevelSpec | null {
  const values = results.flatMap((result) => (result.section === 'rows' && result.found.ratio !== null ?
    [{name: result.found.name, backend: result.backend, ratio: result.found.ratio, one: 1}] : []));
  if (values.length === 0) return null;
  return {
    ...STYLE, data: {values}, title: {text: 'Times as fast as the built-in layers', anchor: 'start', fontSize: 16},
    facet: {column: {field: 'backend', type: 'nominal', title: null, sort: ['tensorflow', 'wasm', 'cpu']}},
    spec: {
      width: 190, height: {step: 18},
      layer: [{
        mark: {type: 'bar'},
        encoding: {
          x: {field: 'ratio', type: 'quantitative', scale: {type: 'log'}, title: 'built-in time / ours'},
          x2: {field: 'one'},
          y: {field: 'name', type: 'nominal', sort: null, title: null, axis: {labelLimit: 320}},
          color: {condition: {test: 'datum.ratio >= 1', value: COLOURS[0]!}, value: COLOURS[1]!},
        },
      }],
    },
  };
}

function growth(results: readonly GrowthResult[], quantity: 'ms' | 'peak', yTitle: string): TopLevelSpec | null {
  if (results.length === 0) return null;
  const names = quantity === 'ms' ? [OURS, BUILT_IN, GUIDE] : [OURS, BUILT_IN];
  const panels = results.map(({dimension, points}) => {
    const last = points.at(-1)!;
    const values = points.flatMap((point) => [
      {x: point.value, y: point[quantity].ours, curve: OURS},
      {x: point.value, y: point[quantity].builtIn, curve: BUILT_IN},
      ...(quantity === 'ms' ? [{x: point.value, y: last.ms.ours * point.flop / last.flop, curve: GUIDE}] : []),
    ]);
    return {
      width: 220, height: 220, data: {values},
      mark: {type: 'line' as const, point: true, strokeWidth: 2},
      encoding: {
        x: {field: 'x', type: 'quantitative' as const, title: dimension, scale: {type: 'log' as const, base: 2},
          axis: {values: points.map(({value}) => value)}},
        y: {field: 'y', type: 'quantitative' as const, title: yTitle, scale: {type: 'log' as const},
          axis: {format: quantity === 'peak' ? '~s' : '~g'}},
        color: {field: 'curve', type: 'nominal' as const, scale: {domain: names, range: COLOURS.slice(0, names.length)},
          legend: {title: null, orient: 'top' as const, labelLimit: 320}},
      },
    };
  });
  return {...STYLE, title: {text: 'Net S on tfjs-node as the work grows', anchor: 'start', fontSize: 16}, hconcat: panels};
}

function limit(results: readonly Result[]): TopLevelSpec | null {
  const parts = ['arithmetic', 'memory traffic', 'dispatch'];
  const values = results.flatMap((result) => {
    if (result.section !== 'limit') return [];
    const {ours, builtIn} = result.found;
    return [{side: OURS, ...ours.breakdown}, {side: BUILT_IN, ...builtIn.breakdown}].flatMap(
      ({side, arithmetic, memory, dispatch}) => [arithmetic, memory, dispatch].map((ms, order) => (
        {step: `${result.item.replace('limit: ', '')}, ${side}`, part: parts[order]!, ms, order})));
  });
  if (values.length === 0) return null;
  return {
    ...STYLE, data: {values}, width: 460, height: {step: 28}, mark: 'bar',
    title: {text: 'Where the time of a step goes on tfjs-node', anchor: 'start', fontSize: 16},
    encoding: {
      x: {field: 'ms', type: 'quantitative', title: 'milliseconds'},
      y: {field: 'step', type: 'nominal', sort: null, title: null, axis: {labelLimit: 320}},
      color: {field: 'part', type: 'nominal', scale: {domain: parts, range: ['#0072B2', '#E69F00', '#999999']},
        legend: {title: null, orient: 'top'}},
      order: {field: 'order'},
    },
  };
}
