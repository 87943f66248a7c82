import type {GrowthResult} from '../sections/growth';
import {BASE} from '../sections/growth';
import {figures, megabytes} from './format';
import type {ReportTable} from './table';

/** A step's cost as one size grows. */
export function growthTables(results: readonly GrowthResult[]): ReportTable[] {
  return results.map(({dimension, points}) => ({
    title: `Net S on tfjs-node as ${dimension === 'channels' ? 'channels grow' : `the ${dimension} grows`}`,
    head: [dimension, 'GFLOP', 'ours ms', 'built-in ms', 'ours MB', 'built-in MB', 'GFLOP/s'],
    rows: points.map(({value, flop, ms, peak}) => [
      String(value), figures(flop / 1e9), figures(ms.ours), figures(ms.builtIn), megabytes(peak.ours),
      megabytes(peak.builtIn), figures(flop / 1e6 / ms.ours),
    ]),
    notes: [`The other sizes: ${Object.entries(BASE).filter(([name]) => name !== dimension)
      .map(([name, value]) => `${name} ${value}`).join(', ')}. MB: peak of a step. GFLOP/s: ours.`],
  }));
}
