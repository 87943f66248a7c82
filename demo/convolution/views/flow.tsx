import {originOf} from '../../../tools/homework/origins.mjs';
import type {Cell as Entry} from '../../../tools/homework/origins.mjs';
import {Select} from '../../shared/fields';
import {referenceArrays} from '../model/compute';
import type {Gradients} from '../model/compute';
import {at, show} from '../model/numbers';
import type {Problem} from '../model/problem';
import {maximaOf, windowOf} from './pool_view';
import {Products} from './products';
import {range} from './volumes';
import type {ViewProps} from './volumes';

type FlowProps = ViewProps & {alone: Gradients};

/** dx, dw and db of one entry of dout in a convolution, product by product. */
export function ConvFlow({problem, cell: {i, j, k}, alone}: FlowProps) {
  const {sizes: {kernel, depth, stride, padding}, dout} = problem;
  const d: Entry = {array: 'dout', index: [0, k, i, j], value: at(dout, i, j, k)};
  const call = {...referenceArrays(problem), options: {stride, pad: padding}};
  // The backward goes through the products of the forward: each factor gets the other one times dout.
  const {terms} = originOf('convForward', 'out', call, [0, k, i, j]);
  const area = kernel * kernel;
  const pairs = range(depth).map((c) => terms.slice(c * area, (c + 1) * area).map(({cells}) => cells as [Entry, Entry]));
  const outside = pairs[0]!.filter(([x]) => x.padding).length;
  const times = (factor: Entry, padding?: boolean) =>
    ({left: {...d, padding}, right: factor, value: factor.value * d.value});
  return (
    <section class="panel worked">
      <h2>Where dout[{i}, {j}, {k}] goes</h2>
      <p aria-live="polite" class="result" id="result">
        dout[{i}, {j}, {k}] = <strong>{show(d.value)}</strong> adds {show(d.value)} · w{k} to dx in its window,{' '}
        {show(d.value)} · window
        to dw{k}, and {show(at(alone.db!, k))} to db[{k}].
      </p>
      <div class="product-tables">
        {pairs.map((channel, c) => (
          <Products key={`dx${c}`} caption={`dx[:, :, ${c}] += dout · w${k}`} width={kernel} each
            products={channel.map(([x, w]) => times(w, x.padding))} />
        ))}
        {pairs.map((channel, c) => (
          <Products key={`dw${c}`} caption={`dw${k}[:, :, ${c}] += dout · x`} width={kernel} each
            products={channel.map(([x]) => times(x, x.padding))} />
        ))}
      </div>
      <p class="muted">What it adds is under each number of dx, dw and db in its window, after a plus.
        {' '}{outside} of {area} places per channel are in the padding (hatched): dropped from dx, zeros for dw.</p>
    </section>
  );
}

const RULES: {[ties in Problem['ties']]: string} = {
  all: 'each gets it in full, as in the notes',
  first: 'only the first, as in TensorFlow',
  split: 'each gets an equal share',
};

/** Who gets one entry of dout in a max-pooling, and how ties share it. */
export function PoolFlow({problem, out, cell, alone, onTies}: FlowProps) {
  const {i, j, k} = cell;
  const maxima = maximaOf(problem, out.shape, cell);
  const d = at(problem.dout, i, j, k);
  return (
    <section class="panel worked">
      <h2>Where dout[{i}, {j}, {k}] goes</h2>
      <Select label="When maxima tie, dout goes to" value={problem.ties} onChange={onTies} choices={[
        ['all', 'all, in full'], ['first', 'the first'], ['split', 'all, in equal parts'],
      ]} />
      <p aria-live="polite" class="result" id="result">
        The window contains {windowOf(problem, cell).map(show).join(', ')}; its maximum {show(at(out, i, j, k))} is
        at {maxima.length === 1 ? 'one place' : `${maxima.length} places, which tie`}. dout[{i}, {j}, {k}] = {show(d)}
        {' '}goes to {maxima.length === 1 ? 'it' : RULES[problem.ties]}:{' '}
        <strong>{maxima.map(([row, column]) => `dx[${row}, ${column}, ${k}] += ${show(at(alone.dx, row, column, k))}`)
          .join(', ')}</strong>
      </p>
      <p>Everything else in the window gets 0.</p>
    </section>
  );
}
