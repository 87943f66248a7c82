import type {NodeBackend} from '../../examples/shared/backend';
import type {PeakResult, SteadyResult} from '../sections/memory';
import {figures, megabytes, verdict} from './format';
import type {ReportTable} from './table';

/** A step's peak may be so much of the built-in step's. */
export const PEAK_BOUND = 1.1;

/** The memory of a step on every backend. */
export function memoryTable(found: readonly {backend: NodeBackend, memory: (PeakResult | SteadyResult)[]}[]):
    ReportTable {
  return {
    title: 'Memory of a training step, MB',
    head: ['', 'ours', 'built-in', 'ours / built-in', 'bound'],
    rows: found.flatMap(({backend, memory}) => memory.map((one) =>
      (one.kind === 'peak' ? peakRow(backend, one) : steadyRow(backend, one)))),
    notes: ['Peak: the most bytes that tensors take at any moment of a step of Net S, with what a backend of ours keeps ' +
      'beside them. Steps: what is alive before and after them.'],
  };
}

function peakRow(backend: NodeBackend, {batch, ours, builtIn}: PeakResult): string[] {
  return [
    `${backend}: peak, batch ${batch}`, megabytes(ours), builtIn === null ? 'throws' : megabytes(builtIn),
    builtIn === null ? '' : figures(ours / builtIn),
    builtIn === null || backend !== 'tensorflow' ? '' : verdict(String(PEAK_BOUND), ours <= PEAK_BOUND * builtIn),
  ];
}

function steadyRow(backend: NodeBackend, {steps, tensors, bytes}: SteadyResult): string[] {
  const kept = tensors[0] === tensors[1] && bytes[0] === bytes[1];
  return [`${backend}: ${steps} steps`, `${tensors.join(' to ')} tensors`, '', '', verdict('the same', kept)];
}
