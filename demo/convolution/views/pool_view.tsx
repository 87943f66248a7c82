import {backward} from '../model/compute';
import {at, fill, show} from '../model/numbers';
import type {Problem} from '../model/problem';
import {covers} from '../model/steps';
import type {Cell} from '../model/steps';
import type {CellView} from './plane';
import {Input, Output, range} from './volumes';
import type {ViewProps} from './volumes';

/** One output entry of a max-pooling: the largest entry of its window. */
export function PoolView(props: ViewProps) {
  const {problem, out, cell} = props;
  const {i, j, k} = cell;
  const maxima = maximaOf(problem, out.shape, cell);
  return (
    <div class="stage">
      <section class="panel worked">
        <h2>The maximum</h2>
        <p aria-live="polite" class="result" id="result">
          out[{i}, {j}, {k}] = max({windowOf(problem, cell).map(show).join(', ')}){' = '}
          <strong>{show(at(out, i, j, k))}</strong>
        </p>
        <p>{maxima.length > 1 ?
          `A tie: the maximum is at ${maxima.length} places. The backward pass decides who gets the gradient.` :
          'It is at one place, which will get the whole gradient.'}</p>
      </section>
      <Input {...props} note={markMaxima(maxima)} />
      <Output {...props} />
    </div>
  );
}

/** What {@link Input} writes under the maxima of the window. */
export function markMaxima(maxima: [number, number][]): (row: number, column: number) => Partial<CellView> {
  return (row, column) => maxima.some(([r, c]) => r === row && c === column) ? {note: 'max', marks: ['chosen']} : {};
}

/** The entries of x in the window, without the padding. */
export function windowOf({x, sizes}: Problem, cell: Cell): number[] {
  return range(sizes.width).flatMap((row) => range(sizes.width).filter((column) => covers(cell, sizes, row, column))
    .map((column) => at(x, row, column, cell.k)));
}

/** Where the maximum of a window stands: where a gradient of 1 arrives when every tie gets it in full. */
export function maximaOf(problem: Problem, shape: number[], {i, j, k}: Cell): [number, number][] {
  const one = fill(shape, (index) => index.join() === [i, j, k].join() ? 1 : 0);
  const {dx} = backward({...problem, ties: 'all'}, one);
  return range(dx.shape[0]!).flatMap((row) => range(dx.shape[1]!)
    .filter((column) => at(dx, row, column, k) !== 0)
    .map((column): [number, number] => [row, column]));
}
