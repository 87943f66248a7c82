import {Select} from '../../shared/fields';
import type {Gradients} from '../model/compute';
import {at, show, showIn} from '../model/numbers';
import type {Problem} from '../model/problem';
import {range} from './volumes';
import {maximaOf, windowOf} from './pool_view';
import type {ViewProps} from './volumes';

type FlowProps = ViewProps & {alone: Gradients};

/** dx, dw and db of one entry of dout in a convolution, written out. */
export function ConvFlow({problem, cell: {i, j, k}, alone}: FlowProps) {
  const {sizes: {kernel, depth, width, stride, padding}, w, x, dout} = problem;
  const d = at(dout, i, j, k);
  const [top, left] = [i * stride - padding, j * stride - padding];
  const taps = range(kernel).flatMap((p) => range(kernel).map((q) => ({p, q, row: top + p, column: left + q})));
  const inside = taps.filter(({row, column}) => [row, column].every((place) => place >= 0 && place < width));
  const dropped = taps.length - inside.length;
  return (
    <section class="panel worked">
      <h2>Where dout[{i}, {j}, {k}] goes</h2>
      <p aria-live="polite" class="result" id="result">
        dout[{i}, {j}, {k}] = <strong>{show(d)}</strong> adds {show(d)} · w{k} to dx in its window, {show(d)} · window
        to dw{k}, and {show(at(alone.db!, k))} to db[{k}].
      </p>
      <p>dx += dout · w{k}{dropped > 0 &&
        `; ${dropped} of ${taps.length} places per channel lie in the padding and are dropped`}:</p>
      <ol start={0} class="sums">{range(depth).map((c) => (
        <li key={c}><span class="muted">channel {c}: </span>{inside.map(({p, q, row, column}) =>
          `${show(d)}·${showIn(at(w, p, q, c, k))} = ${show(at(alone.dx, row, column, c))}`).join(', ')}</li>
      ))}</ol>
      <p>dw{k} += dout · window{dropped > 0 ? ', without the zeros of the padding' : ''}:</p>
      <ol start={0} class="sums">{range(depth).map((c) => (
        <li key={c}><span class="muted">channel {c}: </span>{inside.map(({p, q, row, column}) =>
          `${show(d)}·${showIn(at(x, row, column, c))} = ${show(at(alone.dw!, p, q, c, k))}`).join(', ')}</li>
      ))}</ol>
      <p>db[{k}] += dout: {show(at(alone.db!, k))}</p>
    </section>
  );
}

const RULES: {[ties in Problem['ties']]: string} = {
  all: 'each of them in full, as in the notes',
  first: 'the first of them alone, as in TensorFlow',
  split: 'each of them an equal part',
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
        The window holds {windowOf(problem, cell).map(show).join(', ')}; its maximum {show(at(out, i, j, k))} stands
        at {maxima.length === 1 ? 'one place' : `${maxima.length} places, which tie`}. dout[{i}, {j}, {k}] = {show(d)}
        {' '}goes to {maxima.length === 1 ? 'it' : RULES[problem.ties]}:{' '}
        <strong>{maxima.map(([row, column]) => `dx[${row}, ${column}, ${k}] += ${show(at(alone.dx, row, column, k))}`)
          .join(', ')}</strong>
      </p>
      <p>Everything else in the window gets 0.</p>
    </section>
  );
}
