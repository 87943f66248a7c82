import type {Result} from '../jobs';
import type {LimitSide} from '../sections/limit';
import {figures, percent} from './format';
import type {ReportTable} from './table';

/** Ops listed one by one. */
const LISTED = 12;

/** Where the time of a step on tfjs-node goes, for each net measured. */
export function limitTables(results: readonly Result[]): ReportTable[] {
  return results.flatMap((result) => {
    if (result.section !== 'limit') return [];
    const {item, found: {gflop, product, callMs, ours, builtIn}} = result;
    const name = item.replace('limit: ', '');
    const both = (title: string, of: (side: LimitSide) => string) => [title, of(ours), of(builtIn)];
    const dx = (side: LimitSide) => side.breakdown.ops.find(({op}) => op === 'Conv2DBackpropInput')?.count ?? 0;
    return [{
      title: `The distance to the limit: ${name} on tfjs-node`,
      head: ['', 'ours', 'built-in'],
      rows: [
        both('step, ms', ({ms}) => figures(ms)),
        both('of the speed of matMul', ({share}) => percent(share)),
        both('arithmetic, ms', ({breakdown}) => figures(breakdown.arithmetic)),
        both('memory traffic, ms', ({breakdown}) => figures(breakdown.memory)),
        both('dispatch, ms', ({breakdown}) => figures(breakdown.dispatch)),
        both('ops of TensorFlow', ({breakdown}) => String(breakdown.ops.reduce((sum, {count}) => sum + count, 0))),
        both('gradients of a convolution\'s input', (side) => String(dx(side))),
      ],
      notes: [`The step has ${figures(gflop)} GFLOP of convolutions and matrix products; matMul of 1024x1024 takes ` +
        `${figures(product.ms)} ms here, ${figures(product.gflops)} GFLOP/s. Arithmetic: the ops Conv2D... and MatMul; ` +
        `memory traffic: every other op; dispatch: JavaScript between them, and ${figures(1000 * callMs)} microseconds a ` +
        'call, what an op on one number takes. Nobody asks for the gradient of the images, so one convolution is ' +
        'enough.'],
    }, {
      title: `${name}: the ops of a step of ours`,
      head: ['', 'count', 'ms'],
      rows: ours.breakdown.ops.slice(0, LISTED).map(({op, count, ms}) => [op, String(count), figures(ms)]),
      notes: [],
    }];
  });
}
