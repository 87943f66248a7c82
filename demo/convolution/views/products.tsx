import {useRef, useState} from 'preact/hooks';

import type {Cell, Term} from '../../../tools/homework/origins.mjs';
import {show, showIn} from '../model/numbers';
import {range} from './volumes';

/** A product of two cells: of x and w, say; or a place where one of them is a zero that was put in. */
export interface Product {
  left: Cell;
  right: Cell;
  value: number;
}

export function productOf({cells: [left, right], value}: Term): Product {
  return {left: left!, right: right!, value};
}

/** The name that a cell has on the page: x[0, 1, 2] for the reference's x[0, 2, 0, 1], w1[0, 1, 2] for w[1, 2, 0, 1]. */
export function nameOf({array, index}: Cell): string {
  const [n, c, i, j] = index;
  return array === 'w' || array === 'dw' ? `${array}${n}[${i}, ${j}, ${c}]` : `${array}[${i}, ${j}, ${c}]`;
}

/** As {@link nameOf}, without spaces: for `data-cell`. */
export function keyOf(cell: Cell): string {
  return nameOf(cell).replaceAll(' ', '');
}

interface Props {
  caption: string;
  products: Product[];
  width: number;
  /** What the products come to, or where they go. */
  sum?: string;
  /** Each product's own value under it, where it goes somewhere of its own. */
  each?: boolean;
}

/** Products where they lie on each other, as in the window: one stop of the Tab key, the arrow keys move within. */
export function Products({caption, products, width, sum, each}: Props) {
  const table = useRef<HTMLTableElement>(null);
  const [active, setActive] = useState(0);
  const rows = range(Math.ceil(products.length / width));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = {ArrowUp: -width, ArrowDown: width, ArrowLeft: -1, ArrowRight: 1}[event.key];
    const next = active + (step ?? 0);
    if (!step || next < 0 || next >= products.length) return;
    event.preventDefault();
    setActive(next);
    table.current!.querySelectorAll('td')[next]!.focus();
  };
  return (
    <table ref={table} class={each ? 'products each' : 'products'} onKeyDown={onKeyDown}>
      <caption>{caption}{sum !== undefined && <> <strong>{sum}</strong></>}</caption>
      <tbody>
        {rows.map((row) => (
          <tr key={row}>{products.slice(row * width, (row + 1) * width).map((one, i) => (
            <ProductCell key={i} {...one} each={each} isStop={row * width + i === Math.min(active, products.length - 1)} />
          ))}</tr>
        ))}
      </tbody>
    </table>
  );
}

function ProductCell({left, right, value, each, isStop}: Product & {each?: boolean, isStop: boolean}) {
  const label = `${nameOf(left)}${left.padding ? ', padding,' : ''} times ${nameOf(right)}: ${show(left.value)} times ${
    show(right.value)} is ${show(value)}`;
  return (
    <td tabIndex={isStop ? 0 : -1} data-links={`${keyOf(left)} ${keyOf(right)}`} class={left.padding ? 'padding' : ''}>
      <span class="spoken">{label}</span>
      <span aria-hidden="true"><b class={toneOf(left)}>{show(left.value)}</b>·<b
        class={toneOf(right)}>{showIn(right.value)}</b></span>
      {each && <small aria-hidden="true">{show(value)}</small>}
    </td>
  );
}

function toneOf({array}: Cell): string {
  return array === 'x' ? 'of-input' : array === 'w' ? 'of-filter' : 'of-output';
}
