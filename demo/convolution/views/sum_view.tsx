import {columns, filterRows, products} from '../model/compute';
import {at, show, showIn} from '../model/numbers';
import {Filters, Input, Output, range} from './volumes';
import type {ViewProps} from './volumes';

/** One output entry of a convolution: window times filter, summed, and the bias. */
export function SumView(props: ViewProps) {
  const {problem, out, cell: {i, j, k}} = props;
  const {depth, stride, padding} = problem.sizes;
  const cols = columns(problem);
  const rows = filterRows(problem);
  const places = range(cols.shape[0]!);
  const column = places.map((place) => at(cols, place, i * out.shape[1]! + j));
  const row = places.map((place) => at(rows, k, place));
  const channels = products(row, column, depth);
  const bias = at(problem.b, k);
  return (
    <div class="stage">
      <Input {...props} />
      <Filters {...props} />
      <Output {...props} />
      <section class="panel worked">
        <h2>The sum</h2>
        <p>Window with its top left corner at row {show(i * stride - padding)}, column {show(j * stride - padding)} of
          x, times filter w{k}, entry by entry:</p>
        <ol start={0} class="sums">
          {channels.map(({terms, sum}, c) => (
            <li key={c}>
              <span class="muted">channel {c}: </span>
              {terms.map((_, place) =>
                `${show(column[place * depth + c]!)}·${showIn(row[place * depth + c]!)}`).join(' + ')}
              {' = '}<strong>{show(sum)}</strong>
            </li>
          ))}
        </ol>
        <p aria-live="polite" class="result" id="result">
          out[{i}, {j}, {k}] = {channels.map(({sum}) => showIn(sum)).join(' + ')} + {showIn(bias)} (bias){' = '}
          <strong>{show(at(out, i, j, k))}</strong>
        </p>
      </section>
    </div>
  );
}
