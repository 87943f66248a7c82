import {useMemo} from 'preact/hooks';

import {backward, gather} from '../model/compute';
import {at, show, showIn} from '../model/numbers';
import {Plane} from './plane';
import {Products} from './products';
import type {Product} from './products';
import {isSame, range, ReadOnly, Volume} from './volumes';
import {Sheet, useWorksheet} from './worksheet';
import type {BackwardProps} from './worksheet';

/** dx entry by entry: a convolution of dout, stretched and padded, with the flipped filters. */
export function GatherView(props: BackwardProps) {
  const {problem, cell, hidden, onPick} = props;
  const {sizes: {kernel, filters, stride, padding}, dout} = problem;
  const {i, j, k: c} = cell;
  const {stretched, places, flipped, dx} = useMemo(() => gather(problem), [problem]);
  const truth = useMemo(() => backward(problem, dout).dx, [problem]);
  const sheet = useWorksheet(hidden === 'dx', problem);
  const names = places.map((place) => (place === null ? '·' : String(place)));
  const inWindow = (row: number, column: number) => row >= i && row < i + kernel && column >= j && column < j + kernel;
  const products = (k: number): Product[] => range(kernel * kernel).map((tap) => {
    const [u, v] = [Math.floor(tap / kernel), tap % kernel];
    const [row, column] = [places[i + u]!, places[j + v]!];
    const outside = row === null || column === null;
    const left = {array: 'dout', index: [0, k, row ?? -1, column ?? -1], value: at(stretched, i + u, j + v, k), padding: outside};
    const right = {array: 'w', index: [k, c, kernel - 1 - u, kernel - 1 - v], value: at(flipped, u, v, c, k)};
    return {left, right, value: left.value * right.value};
  });
  const sums = range(filters).map((k) => products(k).reduce((sum, {value}) => sum + value, 0));
  const difference = Math.max(...dx.data.map((value, place) => Math.abs(value - truth.data[place]!)));
  return (
    <div class="stage">
      {hidden === 'dx' ? <Sheet name="dx" sheet={sheet} count={dx.data.length} /> : (
        <section class="panel worked">
          <h2>dx[{i}, {j}, {c}]: dout · flipped filter</h2>
          <div class="product-tables">
            {range(filters).map((k) => (
              <Products key={k} caption={`filter ${k}:`} sum={show(sums[k]!)} width={kernel} products={products(k)} />
            ))}
          </div>
          <p aria-live="polite" class="result" id="result">
            dx[{i}, {j}, {c}] = {sums.map(showIn).join(' + ')} = <strong>{show(at(dx, i, j, c))}</strong>
          </p>
          <p class="muted">dout gets {kernel - 1 - padding} {kernel - 1 - padding === 1 ?
            'row' : 'rows'} of zeros around it (F − 1 − P)
            {stride > 1 && `, ${stride - 1} between its rows and columns (S − 1),`} and every filter is flipped both
              ways. The largest
            difference from the library’s convBackward: {show(difference)}.</p>
        </section>
      )}
      <ReadOnly name="dx" title="dx, for the input" values={dx} tone="input" view={(row, column, channel) => ({
        marks: [isSame(cell, {i: row, j: column, k: channel}) && 'current'],
        onPick: () => onPick({i: row, j: column, k: channel}),
        ...sheet.view(dx, [row, column, channel]),
      })} />
      <Volume title="dout, stretched and padded" rows={filters * names.length}>
        {range(filters).map((k) => (
          <Plane key={k} caption={`dout[:, :, ${k}]`} tone="output" rows={names} columns={names} cell={(row, column) => {
            const isZero = places[row] === null || places[column] === null;
            return {
              value: show(at(stretched, row, column, k)),
              label: isZero ? `zero at ${row}, ${column}` : `dout[${places[row]}, ${places[column]}, ${k}]`,
              marks: [isZero && 'padding', inWindow(row, column) && 'window'],
            };
          }} />
        ))}
      </Volume>
      <Volume title={`w, channel ${c}, flipped`} rows={filters * kernel}>
        {range(filters).map((k) => (
          <Plane key={k} caption={`w${k}[:, :, ${c}] flipped`} tone="filter" rows={range(kernel).map((u) => String(kernel
            - 1 - u))}
            columns={range(kernel).map((v) => String(kernel - 1 - v))} cell={(u, v) => ({
              value: show(at(flipped, u, v, c, k)), label: `w${k}[${kernel - 1 - u}, ${kernel - 1 - v}, ${c}]`, marks: ['window'],
            })} />
        ))}
      </Volume>
    </div>
  );
}
