import type {ComponentChildren} from 'preact';

import {at, show} from '../model/numbers';
import type {Numbers} from '../model/numbers';
import type {Problem} from '../model/problem';
import {covers} from '../model/steps';
import type {Cell} from '../model/steps';
import {Plane} from './plane';
import type {CellView, Tone} from './plane';

export type Edit = (part: 'x' | 'w' | 'b' | 'dout', index: number[], value: number) => void;

export interface ViewProps {
  problem: Problem;
  /** [Ho, Wo, K] */
  out: Numbers;
  cell: Cell;
  onEdit: Edit;
  onPick: (cell: Cell) => void;
  onTies: (ties: Problem['ties']) => void;
}

/** Planes of one tensor under their heading, side by side where they would be higher than the screen. */
export function Volume({title, rows = 0, children}: {title: string, rows?: number, children: ComponentChildren}) {
  return (
    <section class="volume">
      <h2>{title}</h2>
      <div class={rows > 14 ? 'planes pairs' : 'planes'}>{children}</div>
    </section>
  );
}

/** x channel by channel in its padding, the window of the current output cell marked. */
export function Input({problem, cell, onEdit, note}: Pick<ViewProps, 'problem' | 'cell' | 'onEdit'> & {
  /** More about an entry of x that lies in the window: a second line and marks. */
  note?: (row: number, column: number, channel: number) => Partial<CellView>,
}) {
  const {layer, sizes: {width, depth, padding}, x} = problem;
  const isPool = layer === 'pool';
  const names = range(width + 2 * padding).map((i) => isInside(i - padding, width) ? `${i - padding}` : 'P');
  return (
    <Volume title={`x, input ${width}×${width}×${depth}${padding ? `, padded by ${padding}` : ''}`} rows={depth * names.length}>
      {range(depth).map((c) => (
        <Plane key={c} caption={`x[:, :, ${c}]`} tone="input" rows={names} columns={names}
          marked={!isPool || c === cell.k}
          cell={(i, j) => {
            const [row, column] = [i - padding, j - padding];
            const inWindow = covers(cell, problem.sizes, row, column) && (!isPool || c === cell.k);
            const more = inWindow ? note?.(row, column, c) ?? {} : {};
            const marks = [inWindow && 'window', ...more.marks ?? []];
            if (!isInside(row, width) || !isInside(column, width)) {
              const value = isPool ? '−∞' : '0';
              return {value, label: `x[${row}, ${column}, ${c}]`, marks: ['padding', ...marks]};
            }
            return {
              note: more.note,
              value: at(x, row, column, c),
              label: `x[${row}, ${column}, ${c}]`,
              marks: [...marks, !isRead(problem, row, column) && 'unread'],
              onEdit: (value) => onEdit('x', [row, column, c], value),
            };
          }} />
      ))}
    </Volume>
  );
}

/** More numbers than these in all filters: then those that take no part are folded away. */
const MANY_ROWS = 40;

/** The filters, each channel by channel, and its bias; the current one marked. */
export function Filters({problem, cell, onEdit}: Pick<ViewProps, 'problem' | 'cell' | 'onEdit'>) {
  const {sizes: {kernel, depth, filters}, w, b} = problem;
  const names = range(kernel).map(String);
  const isLarge = filters * depth * kernel > MANY_ROWS;
  return (
    <div class={isLarge ? 'filters folded' : 'filters'}>
      {range(filters).map((k) => (
        <div key={k} class={k === cell.k ? 'one-filter current-filter' : 'one-filter'}>
          <Volume title={`w${k}, filter ${kernel}×${kernel}×${depth}`} rows={depth * kernel}>
            {range(depth).map((c) => (
              <Plane key={c} caption={`w${k}[:, :, ${c}]`} tone="filter" rows={names} columns={names} marked={k === cell.k}
                cell={(p, q) => ({
                  value: at(w, p, q, c, k),
                  label: `w${k}[${p}, ${q}, ${c}]`,
                  marks: [k === cell.k && 'window'],
                  onEdit: (value) => onEdit('w', [p, q, c, k], value),
                })} />
            ))}
            <Plane caption={`bias b${k}`} tone="filter" rows={['b']} columns={['0']} marked={k === cell.k}
              cell={() => ({
                value: at(b, k), label: `b[${k}]`, marks: [k === cell.k && 'window'],
                onEdit: (value) => onEdit('b', [k], value),
              })} />
          </Volume>
        </div>
      ))}
      {isLarge && filters > 1 && <p class="muted">Filter {cell.k} of {filters}; the next steps show the others.</p>}
    </div>
  );
}

/** out filter by filter; each cell can be chosen as the current one. */
export function Output({problem, out, cell, onPick}: Pick<ViewProps, 'problem' | 'out' | 'cell' | 'onPick'>) {
  const [rows, columns, count] = out.shape as [number, number, number];
  return (
    <Volume title={`out, output ${rows}×${columns}×${count}`} rows={rows * count}>
      {range(count).map((k) => (
        <Plane key={k} caption={`out[:, :, ${k}]`} tone="output" rows={range(rows).map(String)}
          columns={range(columns).map(String)} marked={k === cell.k}
          cell={(i, j) => ({
            value: show(at(out, i, j, k)),
            label: `out[${i}, ${j}, ${k}]`,
            marks: [isSame(cell, {i, j, k}) && 'current'],
            onPick: () => onPick({i, j, k}),
          })} />
      ))}
      {problem.layer === 'pool' && <p class="muted">Each channel separately: pooling has no filters.</p>}
    </Volume>
  );
}

/** Any [rows, columns, channels] array as planes that are only read. */
export function ReadOnly({name, title, values, tone, view, children}: {
  name: string, title: string, values: Numbers, tone: Tone, children?: ComponentChildren,
  view: (row: number, column: number, channel: number) => Partial<CellView>,
}) {
  const [rows, columns, channels] = values.shape as [number, number, number];
  return (
    <Volume title={title} rows={rows * channels}>
      {range(channels).map((c) => (
        <Plane key={c} caption={`${name}[:, :, ${c}]`} tone={tone} rows={range(rows).map(String)}
          columns={range(columns).map(String)}
          cell={(i, j) => ({value: show(at(values, i, j, c)), label: `${name}[${i}, ${j}, ${c}]`, ...view(i, j, c)})} />
      ))}
      {children}
    </Volume>
  );
}

export function range(length: number): number[] {
  return Array.from({length}, (_, i) => i);
}

export function isSame(a: Cell, b: Cell): boolean {
  return a.i === b.i && a.j === b.j && a.k === b.k;
}

function isInside(place: number, width: number): boolean {
  return place >= 0 && place < width;
}

/** Whether any window reaches the entry: strides may leave rows and columns out. */
function isRead({sizes: {width, kernel, stride, padding}}: Problem, row: number, column: number): boolean {
  const windows = Math.floor((width - kernel + 2 * padding) / stride) + 1;
  const reached = (place: number) =>
    range(windows).some((i) => place >= i * stride - padding && place < i * stride - padding + kernel);
  return reached(row) && reached(column);
}
