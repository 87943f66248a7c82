import {count, percent, short} from './format';
import type {State} from './trainer';

type Props = Pick<State, 'doing' | 'message' | 'problem' | 'step' | 'imagesPerSecond' | 'history' | 'tested'>;

/** What goes on, what went wrong, and the figures of the moment. */
export function Status({doing, message, problem, step, imagesPerSecond, history, tested}: Props) {
  const {last} = history;
  return (
    <section aria-label="State of the training">
      <p class="state" role="status">{doing ? `${doing} ...` : message}</p>
      <div role="alert">
        {problem !== null && <p class="problem"><strong>That did not work.</strong> {problem}</p>}
        {last && !Number.isFinite(last.loss) && (
          <p class="problem">
            <strong>The loss is no longer a number.</strong> The steps were too large: choose a smaller learning rate, then
            a new net.
          </p>
        )}
      </div>
      <dl class="figures">
        <Figure name="Steps" value={count(step)} />
        <Figure name="Images a second" value={imagesPerSecond === null ? '–' : count(Math.round(imagesPerSecond))} />
        <Figure name="Loss, last step" value={last ? short(last.loss) : '–'} />
        <Figure name="Training accuracy" value={last ? percent(last.meanAccuracy) : '–'} />
        <Figure
          name={tested ? `Test accuracy, ${count(tested.images)} images` : 'Test accuracy'}
          value={tested ? percent(tested.accuracy) : '–'}
        />
      </dl>
    </section>
  );
}

function Figure({name, value}: {name: string, value: string}) {
  return <div><dt>{name}</dt><dd>{value}</dd></div>;
}
