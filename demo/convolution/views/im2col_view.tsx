import {columns, filterRows, product} from '../model/compute';
import {at, show} from '../model/numbers';
import type {Numbers} from '../model/numbers';
import {Plane} from './plane';
import type {CellView, Tone} from './plane';
import {Input, range} from './volumes';
import type {ViewProps} from './volumes';

/** More columns than this would be slow to draw and no help. */
const MANY = 25;

/** The convolution as one matrix product: windows as columns, filters as rows. */
export function Im2colView(props: ViewProps) {
  const {problem, out, cell: {i, j, k}, onEdit, onPick} = props;
  const {kernel, depth} = problem.sizes;
  const width = out.shape[1]!;
  const position = i * width + j;
  const cols = columns(problem);
  const rows = filterRows(problem);
  const result = product(rows, cols, problem.b);
  const places = range(cols.shape[0]!).map((place) =>
    `${Math.floor(place / depth / kernel)},${Math.floor(place / depth) % kernel},${place % depth}`);
  const visible = range(cols.shape[1]!).filter((at, _, {length}) => length <= MANY || Math.floor(at / width) === i);
  const positions = visible.map((at) => `${Math.floor(at / width)},${at % width}`);
  const hidden = visible.length < cols.shape[1]! ? ` (here those of output row ${i})` : '';
  return (
    <div class="stage">
      <Input {...props} />
      <div class="matrices">
        <Matrix name="W_row" about="a filter is a row" values={rows} tone="filter"
          rows={range(rows.shape[0]!).map(String)} columns={places} view={(row, place) => ({
            value: at(rows, row, place),
            marks: [row === k && 'window'],
            onEdit: (value) => onEdit('w', [...places[place]!.split(',').map(Number), row], value),
          })} />
        <Matrix name="out" about={`= W_row · X_col + b, then reshaped${hidden}`} values={result} tone="output"
          rows={range(result.shape[0]!).map(String)} columns={positions} view={(row, column) => ({
            value: show(at(result, row, visible[column]!)),
            marks: [row === k && visible[column] === position && 'current'],
            onPick: () => onPick({k: row, i: Math.floor(visible[column]! / width), j: visible[column]! % width}),
          })} />
        <section class="panel worked">
          <h2>The same step as a matrix product</h2>
          <p aria-live="polite" class="result" id="result">
            out[{i}, {j}, {k}] = row {k} of W_row · column ({i},{j}) of X_col + b[{k}] ={' '}
            <strong>{show(at(result, k, position))}</strong>
          </p>
          <p class="muted">Each of the {cols.shape[1]} windows becomes a column of {kernel}·{kernel}·{depth} ={' '}
            {cols.shape[0]}{' '}
            numbers, in the order row, column, channel; a filter becomes a row in the same order. {difference(result, out)}</p>
        </section>
      </div>
      <Matrix name="X_col" about={`a window is a column${hidden}`} values={cols} tone="input" rows={places}
        columns={positions} view={(row, column) => ({
          value: show(at(cols, row, visible[column]!)),
          marks: [visible[column] === position && 'window'],
        })} />
    </div>
  );
}

function Matrix({name, about, values, tone, rows, columns, view}: {
  name: string, about: string, values: Numbers, tone: Tone, rows: string[], columns: string[],
  view: (row: number, column: number) => Omit<CellView, 'label'>,
}) {
  const [height, width] = values.shape;
  return (
    <section class="volume matrix" aria-label={name}>
      <h2>{name}, {height}×{width}: {about}</h2>
      <div class="scroll">
        <Plane caption={name} tone={tone} rows={rows} columns={columns} cell={(row, column) => ({
          label: `${name}, row ${rows[row]}, column ${columns[column]}`,
          ...view(row, column),
        })} />
      </div>
    </section>
  );
}

/** result is [K, Ho Wo], out [Ho, Wo, K]. */
function difference(result: Numbers, out: Numbers): string {
  const [filters, positions] = result.shape as [number, number];
  const largest = Math.max(...range(filters).flatMap((k) =>
    range(positions).map((at) => Math.abs(result.data[k * positions + at]! - out.data[at * filters + k]!))));
  return `The largest difference from convForward’s output: ${show(largest)}.`;
}
