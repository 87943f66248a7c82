import {useState} from 'preact/hooks';

import type {Share} from '../model/compute';
import {placeOf, show} from '../model/numbers';
import type {Numbers} from '../model/numbers';
import type {Form, Hidden} from '../model/state';
import type {CellView} from './plane';
import type {ViewProps} from './volumes';

/** What the views of the backward pass are given. */
export interface BackwardProps extends ViewProps {
  share: Share;
  form: Form;
  hidden: Hidden;
  onShare: (share: Share) => void;
  onForm: (form: Form) => void;
  onHidden: (hidden: Hidden) => void;
}

/** Guesses that are typed in the place of numbers, and whether they are right. */
export interface Worksheet {
  right: number;
  wrong: number;
  /** What the cell of this index shows instead of its number: nothing else where the worksheet is off or it is right. */
  view: (values: Numbers, index: number[]) => Partial<CellView>;
}

/** As the page rounds: what is written with two digits is right. */
const CLOSE = 0.0051;

/** Guesses for the numbers of one problem: with others they start over. */
export function useWorksheet(on: boolean, problem: object): Worksheet {
  const [sheet, setSheet] = useState<{of: unknown, guesses: {[place: number]: {value: number,
    right: boolean}}}>({of: null, guesses: {}});
  const guesses = sheet.of === problem ? sheet.guesses : {};
  const all = Object.values(guesses);
  return {
    right: all.filter(({right}) => right).length,
    wrong: all.filter(({right}) => !right).length,
    view: (values, index) => {
      if (!on) return {};
      const place = placeOf(values.shape, index);
      const truth = values.data[place]!;
      const guess = guesses[place];
      if (guess?.right) return {value: show(truth), note: '✓', marks: ['right']};
      return {
        guess: guess?.value ?? null, note: undefined, marks: [guess !== undefined && 'wrong'],
        onEdit: (value) => setSheet({of: problem, guesses: {
          ...guesses, [place]: {value, right: Math.abs(value - truth) <= Math.max(CLOSE, 1e-3 * Math.abs(truth))}}}),
      };
    },
  };
}

export function Sheet({name, sheet: {right, wrong}, count}: {name: string, sheet: Worksheet, count: number}) {
  return (
    <section class="panel worked">
      <h2>Worksheet: what is {name}?</h2>
      <p aria-live="polite" class="result" id="result">
        <strong>{right} of {count}</strong> right{wrong > 0 && `, ${wrong} wrong: struck through`}.
      </p>
      <p>{name === 'dx' ?
        'An entry of dx is the sum, over the windows that reach it, of dout · the weight that it met there.' :
        'An entry of dw is the sum, over all windows, of dout · the x that it met there.'} Type a number into a cell; a right one
        stays, with a tick.</p>
      <p class="muted">Copy the link to give this sheet to a class. “Worksheet: off” shows the answers.</p>
    </section>
  );
}
