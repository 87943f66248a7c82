import {useRef, useState} from 'preact/hooks';

import {NumberCell} from './number_cell';

/** What a cell shows, and what can be done with it: edited, or chosen as the current one, or nothing. */
export interface CellView {
  value: number | string;
  /** What the number is, for who does not see where it stands. */
  label: string;
  /** A second line; an empty one keeps its place. */
  note?: string;
  /** Of 'padding', 'window', 'current', 'chosen', 'unread', 'right', 'wrong': how it looks, also without colours. */
  marks?: (string | false)[];
  onEdit?: (value: number) => void;
  onPick?: () => void;
  /** A guess is asked for: null where none was typed yet. */
  guess?: number | null;
}

export type Tone = 'input' | 'filter' | 'output' | 'plain';

interface PlaneProps {
  caption: string;
  tone: Tone;
  rows: readonly string[];
  columns: readonly string[];
  cell: (row: number, column: number) => CellView;
  marked?: boolean;
}

/** A table of numbers: one stop of the Tab key, the arrow keys move within. */
export function Plane({caption, tone, rows, columns, cell, marked}: PlaneProps) {
  const table = useRef<HTMLTableElement>(null);
  const [[activeRow, activeColumn], setActive] = useState([0, 0]);
  const stop = [Math.min(activeRow!, rows.length - 1), Math.min(activeColumn!, columns.length - 1)];

  const focus = (row: number, column: number) => {
    const target = table.current?.tBodies[0]?.rows[row]?.cells[column + 1];
    (target?.querySelector<HTMLElement>('input, button') ?? target)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || !leavesText(event)) return;
    event.preventDefault();
    focus(stop[0]! + step[0]!, stop[1]! + step[1]!);
  };
  const onFocusIn = (event: FocusEvent) => {
    const found = (event.target as HTMLElement).closest('td');
    if (found) setActive([(found.parentElement as HTMLTableRowElement).rowIndex - 1, found.cellIndex - 1]);
  };

  return (
    <table role="grid" ref={table} class={`plane ${tone} ${marked ? 'marked' : ''}`} {...{onKeyDown, onFocusIn}}>
      <caption>{marked ? '▸ ' : ''}{caption}</caption>
      <thead>
        <tr><td class="corner" />{columns.map((name, j) => <th key={j} scope="col">{name}</th>)}</tr>
      </thead>
      <tbody>
        {rows.map((name, i) => (
          <tr key={i}>
            <th scope="row">{name}</th>
            {columns.map((_, j) => <Cell key={j} {...cell(i, j)} isStop={i === stop[0] && j === stop[1]} />)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({value, label, note, marks = [], onEdit, onPick, guess, isStop}: CellView & {isStop: boolean}) {
  const on = marks.filter(Boolean) as string[];
  const name = [label, ...on.map((mark) => SPOKEN[mark]).filter(Boolean)].join(', ');
  const tabIndex = isStop ? 0 : -1;
  const shared = {'class': on.join(' '), 'data-cell': label.replaceAll(' ', '')};
  if (guess !== undefined) {
    return <td {...shared}><NumberCell label={`${name}: your guess`} value={guess} {...{tabIndex, onEdit: onEdit!}} /></td>;
  }
  if (typeof value === 'number' && onEdit) {
    return (
      <td {...shared}>
        <NumberCell label={note ? `${name}, ${note}` : name} onFocus={onPick} {...{value, tabIndex, onEdit}} />
        {note && <small aria-hidden="true">{note}</small>}
      </td>
    );
  }
  if (onPick) {
    return (
      <td {...shared}>
        <button type="button" tabIndex={tabIndex} aria-label={`${name}: ${value}${note ? `, ${note}` : ''}`} onClick={onPick}
          aria-pressed={on.includes('current')}>{value}</button>
        {note !== undefined && <small aria-hidden="true">{note}</small>}
      </td>
    );
  }
  return (
    <td {...shared} tabIndex={tabIndex}>
      <span class="spoken">{name}: </span>{value}{note !== undefined && <small> {note}</small>}
    </td>
  );
}

const SPOKEN: {[mark: string]: string} = {
  padding: 'padding', window: 'in the window', current: 'current', unread: 'outside every window', chosen: 'a maximum',
  right: 'right', wrong: 'wrong',
};

/** In a text field an arrow first goes through the text; a number that is selected as a whole is left at once. */
function leavesText({key, target}: KeyboardEvent): boolean {
  if (!(target instanceof HTMLInputElement)) return true;
  if (key === 'ArrowLeft') return target.selectionStart === 0;
  if (key === 'ArrowRight') return target.selectionEnd === target.value.length;
  return true;
}
