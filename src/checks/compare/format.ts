import {textTable, wrapText} from '../../text_table';
import type {Difference} from './difference';
import {largest} from './difference';
import type {CompareReport, Differences, LayerComparison, Milliseconds} from './report';

const NONE = '-';

/** The report as text of at most 80 columns. */
export function formatReport({backend, layers, model, passed, tolerances}: Omit<CompareReport, 'toString'>): string {
  const steps = model.losses.explicit.length;
  const table = textTable([
    {title: 'layer'}, {title: 'output', align: 'right'}, {title: 'dx', align: 'right'},
    {title: 'dw', align: 'right'}, {title: 'ms', align: 'right'}, {title: 'built-in ms', align: 'right'}, {title: ''},
  ], [
    ...layers.map((layer) => [layer.name, ...cells(layer, 'relative'), ...times(layer.milliseconds), verdict(layer)]),
    ['whole model', ...cells(model, 'norm'), ...times(model.milliseconds), verdict(model)],
  ]);
  const notes = layers.flatMap(({name, reasons}) => reasons.map(({text}) => `${name}: ${text}.`));
  const whole = model.reasons.filter(({text}) => !text.startsWith('see ')).map(({text}) => `whole model: ${text}.`);
  return [
    `Explicit layers compared with the built-in ones, backend ${backend}`,
    '',
    table,
    '',
    wrapText('Layer by layer, on the same input and the same upstream gradient: the largest difference relative to the ' +
        'largest value, and milliseconds forward and backward. Whole model: differences in the norm, and milliseconds of a ' +
        `training step. Tolerances: outputs ${tolerances.outputs}, gradients ${tolerances.gradients}, whole model's ` +
        `gradients ${tolerances.modelGradients}.`),
    ...(steps > 0 ? [wrapText(lossLine(model.lossDifference, steps, tolerances.losses))] : []),
    ...[...notes, ...whole].map((note) => wrapText(`* ${note}`, '  ')),
    passed ? 'Every difference has a known reason.' : 'FAILED: see the lines marked so.',
  ].join('\n');
}

function lossLine(difference: Difference | null, steps: number, tolerance: number): string {
  if (!difference) return `Losses over ${steps} steps: no built-in losses to compare with.`;
  return `Losses over ${steps} steps: at most ${figure(difference.absolute)} apart, ${figure(difference.relative)} of ` +
      `the largest (tolerance ${tolerance}).`;
}

function cells({output, inputGradient, weightGradients}: Differences, key: 'relative' | 'norm'): string[] {
  return [output, inputGradient, largest(Object.values(weightGradients))]
      .map((difference) => (difference ? figure(difference[key]) : NONE));
}

function times({explicit, builtIn}: Milliseconds): string[] {
  return [explicit, builtIn].map((value) => (value === null ? NONE : value.toFixed(value < 10 ? 2 : 1)));
}

function verdict({passed, reasons}: Pick<LayerComparison, 'passed' | 'reasons'>): string {
  const kinds = [...new Set(reasons.map(({kind}) => kind))].join(', ');
  return passed ? (kinds === '' ? '' : `* ${kinds}`) : `FAILED${kinds === '' ? '' : ` (${kinds})`}`;
}

function figure(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}
