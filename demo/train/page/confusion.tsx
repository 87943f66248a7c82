import {count, percent} from './format';
import type {State} from './trainer';

const CLASSES = Array.from({length: 10}, (_, i) => i);

/** Which digit is taken for which. */
export function Confusion({tested}: Pick<State, 'tested'>) {
  return (
    <section aria-labelledby="confusion">
      <h2 id="confusion">Confusion matrix</h2>
      {tested
        ? <Matrix confusion={tested.confusion} images={tested.images} accuracy={tested.accuracy} step={tested.step} />
        : <p>It appears with the first test: during training, or with the button above.</p>}
    </section>
  );
}

interface Props {
  confusion: Uint32Array;
  images: number;
  accuracy: number;
  step: number;
}

function Matrix({confusion, images, accuracy, step}: Props) {
  const rows = CLASSES.map((digit) => [...confusion.subarray(10 * digit, 10 * digit + 10)]);
  return (
    <>
      <p>
        {percent(accuracy)} of {count(images)} test images are classified right after step {count(step)}. A row is a digit, a
        column what the net takes it for; what is right stands in the outlined cells. {worst(rows)}
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="The matrix">
        <table class="confusion">
          <thead>
            <tr><th scope="col"><span class="unseen">Digit</span></th>{CLASSES.map((guess) =>
              <th key={guess} scope="col"><span class="unseen">taken for </span>{guess}</th>)}</tr>
          </thead>
          <tbody>
            {rows.map((row, digit) => (
              <tr key={digit}>
                <th scope="row"><span class="unseen">digit </span>{digit}</th>
                {row.map((number, guess) => <Cell key={guess} number={number} of={sum(row)} right={digit === guess} />)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Cell({number, of, right}: {number: number, of: number, right: boolean}) {
  // The root makes single mistakes seen beside a hundred hits.
  const heat = `${Math.round(45 * Math.sqrt(number / Math.max(1, of)))}%`;
  return <td class={right ? 'right' : number === 0 ? 'zero' : undefined} style={{'--heat': heat}}>{number}</td>;
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

function worst(rows: number[][]): string {
  const mistakes = rows.flatMap((row, digit) => row.map((number, guess) => ({digit, guess, number})))
      .filter(({digit, guess, number}) => digit !== guess && number > 0);
  if (mistakes.length === 0) return 'There is no mistake.';
  const {digit, guess, number} = mistakes.reduce((most, mistake) => (mistake.number > most.number ? mistake : most));
  return `The most frequent mistake: a ${digit} taken for a ${guess}, ${number === 1 ? 'once' : `${count(number)} times`}.`;
}
