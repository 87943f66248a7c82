import {useMemo, useState} from 'preact/hooks';

import {Radios} from '../shared/fields';
import {forward} from './model/compute';
import {outputSize} from './model/fit';
import {withEntry} from './model/numbers';
import {newProblem, withSizes} from './model/problem';
import type {Layer, Problem} from './model/problem';
import {cellOf, stepOf} from './model/steps';
import {BackwardView} from './views/backward_view';
import {Im2colView} from './views/im2col_view';
import {Player} from './views/player';
import {PoolView} from './views/pool_view';
import {Settings} from './views/settings';
import {SumView} from './views/sum_view';
import type {ViewProps} from './views/volumes';

type View = 'forward' | 'im2col' | 'backward';

const VIEWS = [['forward', 'Forward'], ['im2col', 'Forward as im2col'], ['backward', 'Backward']] as const;

const FIRST_SEED = 1;

/** A convolution or a max-pooling of numbers one can see, step by step, forward and backward. */
export function App() {
  const [problems, setProblems] = useState(() =>
    ({conv: newProblem('conv', FIRST_SEED), pool: newProblem('pool', FIRST_SEED)}));
  const [layer, setLayer] = useState<Layer>('conv');
  const [view, setView] = useState<View>('forward');
  const [step, setStep] = useState(0);
  const [seed, setSeed] = useState(FIRST_SEED);
  const problem = problems[layer];
  const change = (changed: Problem) => setProblems({...problems, [layer]: changed});
  const draw = (next: number) => {
    setSeed(next);
    change({...newProblem(layer, next, problem.sizes), exactFit: problem.exactFit, ties: problem.ties});
  };
  const fits = outputSize(layer, problem.sizes, problem.exactFit).length !== null;
  return (
    <>
      <p>Each number of the output is a window of the input (blue), times a filter (red), summed up, plus a bias.
        The arrow keys move within a table of numbers; every number of x, w, b and dout can be typed over.</p>
      <Settings problem={problem} onLayer={setLayer} onDraw={() => draw(seed + 1)}
        onSizes={(sizes) => change(withSizes(problem, sizes))}
        onExactFit={(exactFit) => change(withSizes({...problem, exactFit}, problem.sizes))}
        onReset={() => {
          setSeed(FIRST_SEED);
          change(newProblem(layer, FIRST_SEED));
          setStep(0);
        }} />
      {fits && <Steps {...{problem, view, setView, step, setStep, change}} />}
      <Legend />
    </>
  );
}

function Steps({problem, view, setView, step, setStep, change}: {
  problem: Problem, view: View, setView: (view: View) => void, step: number, setStep: (step: number) => void,
  change: (problem: Problem) => void,
}) {
  const isPool = problem.layer === 'pool';
  const out = useMemo(() => forward(problem), [problem]);
  const now = Math.min(step, out.data.length - 1);
  const shown = isPool && view === 'im2col' ? 'forward' : view;
  const cell = cellOf(now, out.shape);
  const props: ViewProps = {
    problem, out, cell,
    onEdit: (part, index, value) => change({...problem, [part]: withEntry(problem[part], index, value)}),
    onPick: (picked) => setStep(stepOf(picked, out.shape)),
    onTies: (ties) => change({...problem, ties}),
  };
  return (
    <>
      <Radios legend="Show" value={shown} onChange={setView}
        choices={isPool ? VIEWS.filter(([name]) => name !== 'im2col') : VIEWS} />
      <Player step={now} count={out.data.length} onStep={setStep}
        name={`${shown === 'backward' ? 'dout' : 'out'}[${cell.i}, ${cell.j}, ${cell.k}]`} />
      {shown === 'backward' ? <BackwardView {...props} /> : shown === 'im2col' ? <Im2colView {...props} /> :
        isPool ? <PoolView {...props} /> : <SumView {...props} />}
    </>
  );
}

function Legend() {
  return (
    <section aria-label="Legend" class="legend">
      <h2>Legend</h2>
      <ul>
        <li><span class="sample window">1</span> a thick frame: the current window, and the filter on it</li>
        <li><span class="sample current">1</span> a double frame and bold: the current output cell</li>
        <li><span class="sample padding">0</span> hatched: padding, in rows and columns called P</li>
        <li><span class="sample unread">1</span> struck through: read by no window, when rounding down</li>
        <li>▸ before a name: a plane that takes part in this step</li>
      </ul>
      <p>The numbers are those of the library's own <code>conv2dForward</code>, <code>conv2dBackward</code>,{' '}
        <code>im2col</code>, <code>maxPool2dForward</code> and <code>maxPool2dBackward</code>, on its cpu backend.</p>
    </section>
  );
}
