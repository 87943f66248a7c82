import {useMemo} from 'preact/hooks';

import {Select} from '../../shared/fields';
import {backward} from '../model/compute';
import type {Share} from '../model/compute';
import {at, fill, show} from '../model/numbers';
import type {Numbers} from '../model/numbers';
import {covers, stepOf} from '../model/steps';
import type {Cell} from '../model/steps';
import {ConvFlow, PoolFlow} from './flow';
import {GatherView} from './gather_view';
import {Plane} from './plane';
import {markMaxima, maximaOf} from './pool_view';
import {Input, Filters, isSame, range, ReadOnly, Volume} from './volumes';
import type {ViewProps} from './volumes';
import {Sheet, useWorksheet} from './worksheet';
import type {BackwardProps} from './worksheet';

/** From the gradient of one output entry to those of the input, the filter and the bias; or to one of the input's. */
export function BackwardView(props: BackwardProps) {
  const {problem, share, form, hidden, onShare, onForm, onHidden} = props;
  const isPool = problem.layer === 'pool';
  const shown = isPool || hidden === 'dw' ? 'scatter' : form;
  return (
    <>
      <div class="row share">
        {!isPool && <Select label="Shown as" value={shown} onChange={onForm} choices={[
          ['scatter', 'scatter: each dout adds to its window'], ['gather', 'gather: dx is a convolution of dout'],
        ]} />}
        {shown === 'scatter' && <Select label="The gradients add up" value={share} onChange={onShare} choices={[
          ['all', 'all cells of dout'], ['so far', 'the cells up to this one'], ['alone', 'only this cell'],
        ]} />}
        <Select label="Worksheet" value={hidden} onChange={onHidden} choices={[
          ['nothing', 'off: show everything'], ['dx', 'hide dx'], ...isPool ? [] : [['dw', 'hide dw'] as const],
        ]} />
      </div>
      {shown === 'gather' ? <GatherView {...props} /> : <ScatterView {...props} />}
    </>
  );
}

function ScatterView(props: BackwardProps) {
  const {problem, cell, share, hidden} = props;
  const isPool = problem.layer === 'pool';
  const [shown, alone] = useMemo(() => [
    backward(problem, masked(problem.dout, cell, share)), backward(problem, masked(problem.dout, cell, 'alone'))],
  [problem, cell.i, cell.j, cell.k, share]);
  const dxSheet = useWorksheet(hidden === 'dx', problem);
  const dwSheet = useWorksheet(hidden === 'dw', problem);
  const inWindow = (row: number, column: number, c: number) =>
    covers(cell, problem.sizes, row, column) && (!isPool || c === cell.k);
  return (
    <div class="stage">
      {hidden !== 'nothing' ? <Sheet name={hidden} sheet={hidden === 'dx' ? dxSheet : dwSheet}
        count={(hidden === 'dx' ? shown.dx : shown.dw!).data.length} /> :
        isPool ? <PoolFlow {...props} alone={alone} /> : <ConvFlow {...props} alone={alone} />}
      {isPool && <Input {...props} note={markMaxima(maximaOf(problem, problem.dout.shape, cell))} />}
      <Dout {...props} />
      <ReadOnly name="dx" title="dx, for the input" values={shown.dx} tone="input" view={(row, column, c) => ({
        ...inWindow(row, column, c) ? {marks: ['window']} : {},
        note: inWindow(row, column, c) ? added(at(alone.dx, row, column, c)) : '',
        ...dxSheet.view(shown.dx, [row, column, c]),
      })} />
      {shown.dw && alone.dw && <div class="filters">{range(problem.sizes.filters).map((k) => (
        <ReadOnly key={k} name={`dw${k}`} title={`dw${k}, db${k}`} values={slice(shown.dw!, k)} tone="filter"
          view={(p, q, c) => ({
            ...k === cell.k ? {marks: ['window']} : {}, note: k === cell.k ? added(at(alone.dw!, p, q, c, k)) : '',
            ...dwSheet.view(shown.dw!, [p, q, c, k]),
          })}>
          <Plane caption={`db${k}`} tone="filter" rows={['db']} columns={['0']} marked={k === cell.k} cell={() => ({
            value: show(at(shown.db!, k)),
            label: `db[${k}]`,
            note: k === cell.k ? added(at(alone.db!, k)) : '',
            ...k === cell.k ? {marks: ['window']} : {},
          })} />
        </ReadOnly>
      ))}</div>}
      {!isPool && <div class="went-forward"><Input {...props} /><Filters {...props} /></div>}
    </div>
  );
}

export function Dout({problem: {dout}, cell, onEdit, onPick, isCurrent}: Pick<ViewProps,
  'problem' | 'cell' | 'onEdit' | 'onPick'> & {
  /** Whether this cell is the current one; by default it is `cell`. */
  isCurrent?: (i: number, j: number, k: number) => boolean,
}) {
  const [rows, columns, count] = dout.shape as [number, number, number];
  return (
    <Volume title="dout, from above" rows={rows * count}>
      {range(count).map((k) => (
        <Plane key={k} caption={`dout[:, :, ${k}]`} tone="output" rows={range(rows).map(String)}
          columns={range(columns).map(String)} marked={k === cell.k}
          cell={(i, j) => ({
            value: at(dout, i, j, k),
            label: `dout[${i}, ${j}, ${k}]`,
            marks: [(isCurrent ? isCurrent(i, j, k) : isSame(cell, {i, j, k})) && 'current'],
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

/** What a step adds: a negative number in parentheses, so that the plus is true for it too. */
function added(value: number): string {
  return value < 0 ? `+(${show(value)})` : `+${show(value)}`;
}
