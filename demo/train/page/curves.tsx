import {useMemo} from 'preact/hooks';
import uPlot from 'uplot';

import {Chart} from './chart';
import type {Curve} from './chart';
import {count, percent, short} from './format';
import {MEAN_STEPS} from './history';
import type {History} from './history';

const LOSS: Curve[] = [
  {name: 'each step', className: 'curve-quiet', width: 1},
  {name: `mean of ${MEAN_STEPS} steps`, className: 'curve-train', width: 2.5},
];
const ACCURACY: Curve[] = [
  {name: `training batches, mean of ${MEAN_STEPS} steps`, className: 'curve-train', width: 2.5},
  {name: 'test images', className: 'curve-test', width: 2, dash: [6, 4], points: 7},
];
const TABLE_ROWS = 10;

/** How the loss falls and the accuracy rises. */
export function Curves({history}: {history: History}) {
  const {points, tests, last} = history;
  const loss = useMemo((): uPlot.AlignedData =>
    [points.map(({step}) => step), points.map((point) => point.loss), points.map(({meanLoss}) => meanLoss)], [history]);
  const accuracy = useMemo(() => uPlot.join([
    [points.map(({step}) => step), points.map(({meanAccuracy}) => meanAccuracy)],
    [tests.map(({step}) => step), tests.map((test) => test.accuracy)],
  ]), [history]);
  const test = tests.at(-1);
  const till = last ? `up to step ${count(last.step)}` : 'before the first step';
  return (
    <section aria-labelledby="curves">
      <h2 id="curves">Curves</h2>
      <div class="charts">
        <Chart
          title="Loss" curves={LOSS} data={loss} format={short}
          range={(_, high) => [0, Math.max(high, 0.1) * 1.05]}
          summary={`Loss ${till}${last ? `: at first ${short(points[0]!.loss)}, now ${short(last.meanLoss)}` : ''}`}
        />
        <Chart
          title="Accuracy" curves={ACCURACY} data={accuracy} format={percent} range={() => [0, 1]}
          summary={`Accuracy ${till}${last ? `: ${percent(last.meanAccuracy)} of the training images` : ''}` +
            (test ? `, ${percent(test.accuracy)} of the test images` : '')}
        />
      </div>
      <details>
        <summary>The curves as a table</summary>
        <HistoryTable history={history} />
      </details>
    </section>
  );
}

function HistoryTable({history: {points, tests}}: {history: History}) {
  const every = Math.max(1, Math.ceil(points.length / TABLE_ROWS));
  const rows = points.filter((_, i) => (points.length - 1 - i) % every === 0);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="The curves as a table">
      <table class="numbers">
        <thead>
          <tr><th scope="col">Step</th><th scope="col">Loss, mean</th><th scope="col">Training</th><th scope="col">Test</th></tr>
        </thead>
        <tbody>
          {rows.map(({step, meanLoss, meanAccuracy}) => {
            const test = tests.filter((found) => found.step <= step).at(-1);
            return (
              <tr key={step}>
                <th scope="row">{count(step)}</th><td>{short(meanLoss)}</td><td>{percent(meanAccuracy)}</td>
                <td>{test ? percent(test.accuracy) : '–'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
