import {textTable, wrapText} from '../../text_table';
import type {TextColumn} from '../../text_table';
import type {Description, Hyperparameters, LayerDescription} from './types';

type Facts = Omit<Description, 'toString' | 'toMarkdown'>;
const right = (title: string): TextColumn => ({title, align: 'right'});

/** Tables of 80 columns: volumes and hyperparameters, then costs, then how the sizes and the parameters came about. */
export function toText(facts: Facts): string {
  const {layers, totals, batchSize} = facts;
  const volumes = textTable(
      [{title: 'Layer'}, right('In W x H x D'), right('Out W x H x D'), right('K'), right('F'), right('S'), right('P')],
      layers.map((layer) => [layer.name, layer.volumeIn, layer.volumeOut, ...letters(layer.hyperparameters)]));
  const costs = textTable(
      [{title: 'Layer'}, right('Parameters'), right('Forward'), right('Backward'), right('Bytes'), right('Receptive field')],
      [...layers.map((layer) => [
        layer.name, whole(layer.parameters), short(layer.multiplyAddsForward), short(layer.multiplyAddsBackward),
        short(layer.activationBytes), seen(layer),
      ]), ['total', whole(totals.parameters), short(totals.multiplyAddsForward), short(totals.multiplyAddsBackward),
        short(totals.activationBytes), '']]);
  const sizes = layers.filter((layer) => layer.sizes.length > 0).map((layer) => wrapText(`${layer.name}: ` +
      `${layer.sizes.join('; ')}`, '    '));
  const formulas = layers.filter((layer) => layer.parametersFormula && layer.parameters > 0).map((layer) =>
    wrapText(`${layer.name}: ${layer.parametersFormula} = ${whole(layer.parameters)}`, '    '));
  if (layers.length === 0) return wrapText(`${facts.name}: ${facts.misfit?.message ?? 'no layers'}`, '    ');
  return [
    wrapText(heading(facts)), '', volumes, '',
    wrapText(`Forward and backward: multiply-adds for one example. Bytes: activations for a batch of ${batchSize}; training ` +
        'keeps as many for their gradients.'), '', costs,
    ...(sizes.length > 0 ? ['', 'Sizes: (W - F + 2P)/S + 1', ...sizes] : []),
    ...(formulas.length > 0 ? ['', 'Parameters', ...formulas] : []),
    ...(facts.misfit ? ['', wrapText(facts.misfit.message, '    ')] : []),
  ].join('\n');
}

/** The same as Markdown, all columns in one table. */
export function toMarkdown(facts: Facts): string {
  const {layers, totals, batchSize} = facts;
  const titles = ['Layer', 'Class', 'In W x H x D', 'Out W x H x D', 'K', 'F', 'S', 'P', 'Parameters', 'Multiply-adds forward',
    'Multiply-adds backward', `Activation bytes, batch ${batchSize}`, 'Receptive field', 'Output size'];
  const row = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('*', '\\*')).join(' | ')} |`;
  return [
    `## ${heading(facts)}`, '', row(titles), row(titles.map((_, i) => (i < 2 || i > 12 ? '---' : '--:'))),
    ...layers.map((layer) => row([
      layer.name, layer.className, layer.volumeIn, layer.volumeOut, ...letters(layer.hyperparameters),
      layer.parametersFormula && layer.parameters > 0 ? `${layer.parametersFormula} = ${whole(layer.parameters)}` :
        whole(layer.parameters),
      whole(layer.multiplyAddsForward), whole(layer.multiplyAddsBackward), whole(layer.activationBytes), seen(layer),
      layer.sizes.join('; '),
    ])),
    row(['total', '', '', '', '', '', '', '', whole(totals.parameters), whole(totals.multiplyAddsForward),
      whole(totals.multiplyAddsBackward), whole(totals.activationBytes), '', '']),
    ...(facts.misfit ? ['', facts.misfit.message] : []),
  ].join('\n');
}

function heading({name, inputs, totals}: Facts): string {
  const shapes = inputs.map(({shape}) => `[${shape.map((size) => size ?? '?').join(', ')}]`).join(', ');
  const frozen = totals.parameters - totals.trainableParameters;
  return `${name} on ${shapes}: ${whole(totals.parameters)} parameters${frozen > 0 ? `, ${whole(frozen)} of them fixed` : ''}`;
}

function letters(h: Hyperparameters | null): string[] {
  if (!h) return ['', '', '', ''];
  const pair = ([y, x]: [number, number]) => (y === x ? `${y}` : `${x}x${y}`);
  const extra = [h.dilation.some((d) => d > 1) ? `D${pair(h.dilation)}` : '', h.groups > 1 ? `G${h.groups}` : ''].join('');
  const sides = ([a, b]: [number, number]) => (a === b ? `${a}` : `${a}+${b}`);
  const [y, x] = h.P.map(sides);
  return [h.K === null ? '' : `${h.K}`, pair(h.F) + extra, pair(h.S), y === x ? y! : `${x}x${y}`];
}

function seen({receptiveField}: LayerDescription): string {
  return receptiveField ? `${receptiveField[1]}x${receptiveField[0]}` : 'all';
}

function whole(value: number | null): string {
  return value === null ? '?' : value.toLocaleString('en-US');
}

function short(value: number | null): string {
  if (value === null) return '?';
  for (const [size, letter] of [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (value >= size) return `${(value / size).toPrecision(3)} ${letter}`;
  }
  return String(value);
}
