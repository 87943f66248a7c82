import {useState} from 'preact/hooks';

import {Select} from '../../shared/fields';
import {backward} from '../model/compute';
import type {Share} from '../model/compute';
import {at, fill, show} from '../model/numbers';
import type {Numbers} from '../model/numbers';
import {covers, stepOf} from '../model/steps';
import type {Cell} from '../model/steps';
import {ConvFlow, PoolFlow} from './flow';
import {Plane} from './plane';
import {markMaxima, maximaOf} from './pool_view';
import {Filters, Input, isSame, range, ReadOnly, Volume} from './volumes';
import type {ViewProps} from './volumes';

/** From the gradient of one output entry to those of the input, the filter and the bias. */
export function BackwardView(props: ViewProps) {
  const {problem, cell} = props;
  const [share, setShare] = useState<Share>('all');
  const isPool = problem.layer === 'pool';
  const shown = backward(problem, masked(problem.dout, cell, share));
  const alone = backward(problem, masked(problem.dout, cell, 'alone'));
  const inWindow = (row: number, column: number, c: number) =>
    covers(cell, problem.sizes, row, column) && (!isPool || c === cell.k);
  return (
    <>
      <div class="row share">
        <Select label="The gradients add up" value={share} onChange={setShare} choices={[
          ['all', 'all cells of dout'], ['so far', 'the cells up to this one'], ['alone', 'this cell alone'],
        ]} />
        <p class="muted">Choose a cell of dout. What it adds stands under each number, with a plus.</p>
      </div>
      <div class="stage">
        {isPool && <Input {...props} note={markMaxima(maximaOf(problem, problem.dout.shape, cell))} />}
        <Dout {...props} />
        <ReadOnly name="dx" title="dx, for the input" values={shown.dx} tone="input" view={(row, column, c) =>
          inWindow(row, column, c) ? {marks: ['window'], note: added(at(alone.dx, row, column, c))} : {}} />
        {shown.dw && alone.dw && range(problem.sizes.filters).map((k) => (
          <ReadOnly key={k} name={`dw${k}`} title={`dw${k}, db${k}`} values={slice(shown.dw!, k)} tone="filter"
            view={(p, q, c) => k === cell.k ? {marks: ['window'], note: added(at(alone.dw!, p, q, c, k))} : {}} >
            <Plane caption={`db${k}`} tone="filter" rows={['db']} columns={['0']} marked={k === cell.k} cell={() => ({
              value: show(at(shown.db!, k)),
              label: `db[${k}]`,
              ...k === cell.k ? {marks: ['window'], note: added(at(alone.db!, k))} : {},
            })} />
          </ReadOnly>
        ))}
        {isPool ? <PoolFlow {...props} alone={alone} /> : <ConvFlow {...props} alone={alone} />}
      </div>
      {!isPool && <div class="stage went-forward"><Input {...props} /><Filters {...props} /></div>}
    </>
  );
}

function Dout({problem: {dout}, cell, onEdit, onPick}: ViewProps) {
  const [rows, columns, count] = dout.shape as [number, number, number];
  return (
    <Volume title="dout, from above">
      {range(count).map((k) => (
        <Plane key={k} caption={`dout[:, :, ${k}]`} tone="output" rows={range(rows).map(String)}
          columns={range(columns).map(String)} marked={k === cell.k}
          cell={(i, j) => ({
            value: at(dout, i, j, k),
            label: `dout[${i}, ${j}, ${k}]`,
            marks: [isSame(cell, {i, j, k}) && 'current'],
            onEdit: (value) => onEdit('dout', [i, j, k], value),
            onPick: () => onPick({i, j, k}),
          })} />
      ))}
    </Volume>
  );
}

function masked(dout: Numbers, cell: Cell, share: Share): Numbers {
  const last = stepOf(cell, dout.shape);
  return fill(dout.shape, ([i, j, k]) => {
    const [row, column, filter] = [i!, j!, k!];
    const step = stepOf({i: row, j: column, k: filter}, dout.shape);
    return share === 'all' || step === last || (share === 'so far' && step < last) ? at(dout, row, column, filter) : 0;
  });
}

/** One filter's part of dw. */
function slice({shape, data}: Numbers, k: number): Numbers {
  const filters = shape[3]!;
  return {shape: shape.slice(0, 3), data: data.filter((_, place) => place % filters === k)};
}

function added(value: number): string {
  return value < 0 ? show(value) : `+${show(value)}`;
}
