import {originOf} from '../../../tools/homework/origins.mjs';
import {referenceArrays} from '../model/compute';
import {at, show, showIn} from '../model/numbers';
import {productOf, Products} from './products';
import {Filters, Input, Output, range} from './volumes';
import type {ViewProps} from './volumes';

/** One output entry of a convolution: window times filter, summed, and the bias. */
export function SumView(props: ViewProps) {
  const {problem, out, cell: {i, j, k}} = props;
  const {depth, kernel, stride, padding} = problem.sizes;
  const call = {...referenceArrays(problem), options: {stride, pad: padding}};
  const {terms} = originOf('convForward', 'out', call, [0, k, i, j]);
  const area = kernel * kernel;
  const sums = range(depth).map((c) => terms.slice(c * area, (c + 1) * area).reduce((sum, {value}) => sum + value, 0));
  const bias = at(problem.b, k);
  return (
    <div class="stage">
      <section class="panel worked">
        <h2>Window · filter w{k}, number by number</h2>
        <div class="product-tables">
          {range(depth).map((c) => (
            <Products key={c} caption={`channel ${c}:`} sum={show(sums[c]!)} width={kernel}
              products={terms.slice(c * area, (c + 1) * area).map(productOf)} />
          ))}
        </div>
        <p aria-live="polite" class="result" id="result">
          out[{i}, {j}, {k}] = {sums.map(showIn).join(' + ')} + {showIn(bias)} (bias){' = '}
          <strong>{show(at(out, i, j, k))}</strong>
        </p>
        <p class="muted">Its window begins at row {show(i * stride - padding)},
          column {show(j * stride - padding)} of x. Point at a
          product, or go to it with Tab, and its two factors light up; point at a number, and its products do.</p>
      </section>
      <Input {...props} />
      <Filters {...props} />
      <Output {...props} />
    </div>
  );
}
