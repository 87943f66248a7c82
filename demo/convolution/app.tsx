import type {ComponentType} from 'preact';
import {useEffect, useMemo, useState} from 'preact/hooks';

import {readAddress, useAddress} from '../shared/address';
import {CopyLink} from '../shared/copy_link';
import {Radios} from '../shared/fields';
import {linkHandlers} from '../shared/linking';
import {Steps} from '../shared/step_links';
import {forward} from './model/compute';
import {outputSize} from './model/fit';
import {withEntry} from './model/numbers';
import {newProblem, withSizes} from './model/problem';
import type {Problem} from './model/problem';
import {FIRST, readState, writeState} from './model/state';
import type {State, View} from './model/state';
import {cellOf, stepOf} from './model/steps';
import {BackwardView} from './views/backward_view';
import {Im2colView} from './views/im2col_view';
import {Legend} from './views/legend';
import {Player} from '../shared/player';
import {PoolView} from './views/pool_view';
import {Misfit, Settings} from './views/settings';
import {SumView} from './views/sum_view';

const VIEWS = [['forward', 'Forward'], ['im2col', 'Forward as im2col'], ['backward', 'Backward']] as const;

type Mode = Problem['layer'] | 'photo';

const isPhoto = (address: URLSearchParams) => address.get('layer') === 'photo';

/** A convolution or a max-pooling of numbers one can see, step by step, forward and backward; or of a photo. */
export function App() {
  const [state, setState] = useState<State>(() => (location.hash.length > 1 ? readState(readAddress()) : FIRST));
  const [photo, setPhoto] = useState(() => isPhoto(readAddress()));
  const [photoState, setPhotoState] = useState(readAddress);
  // The settings of the other layer are kept while one is shown.
  const [others, setOthers] = useState<{[layer in Problem['layer']]?: Problem}>({});
  const [seed, setSeed] = useState(1);
  const address = photo ? photoState : writeState(state);
  useAddress(address, (changed) => {
    setPhoto(isPhoto(changed));
    if (isPhoto(changed)) setPhotoState(changed);
    else setState(readState(changed));
  });
  const {problem} = state;
  const change = (changed: Problem) => setState({...state, problem: changed});
  const draw = (next: number) => {
    setSeed(next);
    change({...newProblem(problem.layer, next, problem.sizes, problem.exactFit), ties: problem.ties});
  };
  const choose = (mode: Mode) => {
    setPhoto(mode === 'photo');
    if (mode === 'photo') setPhotoState(new URLSearchParams({layer: 'photo'}));
    if (mode === 'photo' || mode === problem.layer) return;
    setOthers({...others, [problem.layer]: problem});
    setState({...state, problem: others[mode] ?? newProblem(mode, 1), step: 0, from: null, hidden: 'nothing'});
  };
  return (
    <>
      <p class="intro">A convolution slides a small filter (red) over a picture (blue):
        each output (green) is the window under the filter,
        multiplied number by number and summed. Training also needs the backward pass: how the loss changes with each of
        these numbers.</p>
      <div class="row top">
        <Radios legend="Layer" value={photo ? 'photo' : problem.layer} onChange={choose}
          choices={[['conv', 'Convolution'], ['pool', 'Max-pooling'], ['photo', 'A photo']]} />
        {!photo && <Radios legend="Show" value={shownView(state)} onChange={(view) => setState({...state, view})}
          choices={problem.layer === 'pool' ? VIEWS.filter(([name]) => name !== 'im2col') : VIEWS} />}
        <CopyLink state={() => address} />
      </div>
      {photo ? <Photo state={photoState} onState={setPhotoState} /> : (
        <>
          {state.from === null ?
            <Settings problem={problem} onDraw={() => draw(seed + 1)}
              onSizes={(sizes) => change(withSizes(problem, sizes))}
              onExactFit={(exactFit) => change(withSizes({...problem, exactFit}, problem.sizes))}
              onReset={() => {
                setSeed(1);
                setState({...FIRST, problem: newProblem(problem.layer, 1), view: state.view});
              }} /> :
            <p class="panel from-net"><strong>From the net:</strong> {state.from}.{' '}
              <a href="./train.html">To the net</a>, or{' '}
              <button type="button" onClick={() => setState({...FIRST, view: state.view})}>to your own numbers</button></p>}
          <Stage state={state} onState={setState} />
          <Legend />
        </>
      )}
      <Steps of={photo ? 'conv' : problem.layer} view={state.view} />
    </>
  );
}

function shownView({view, problem}: State): View {
  return problem.layer === 'pool' && view === 'im2col' ? 'forward' : view;
}

/** The numbers; of sizes that do not fit the last picture that did, dimmed, and what would fit. */
function Stage({state, onState}: {state: State, onState: (state: State) => void}) {
  const {problem} = state;
  const fits = outputSize(problem.layer, problem.sizes, problem.exactFit).length !== null;
  const [last, setLast] = useState<State>(fits ? state : FIRST);
  useEffect(() => {
    if (fits) setLast(state);
  }, [state]);
  const links = useMemo(linkHandlers, []);
  return (
    <>
      {!fits && <Misfit problem={problem} onSizes={(sizes) => onState({...state, problem: withSizes(problem, sizes)})} />}
      <div class={fits ? 'picture' : 'picture dimmed'} inert={!fits} {...links}>
        <Picture state={fits ? state : {...last, problem: last.problem.layer === problem.layer ?
          last.problem : newProblem(problem.layer, 1)}}
          onState={onState} />
      </div>
    </>
  );
}

function Picture({state, onState}: {state: State, onState: (state: State) => void}) {
  const {problem, step, share, form, hidden} = state;
  const view = shownView(state);
  const out = useMemo(() => forward(problem), [problem]);
  const isGather = view === 'backward' && form === 'gather' && problem.layer === 'conv' && hidden !== 'dw';
  const walked = isGather ? problem.x.shape : out.shape;
  const count = walked.reduce((product, size) => product * size, 1);
  const now = Math.min(step, count - 1);
  const cell = cellOf(now, walked);
  const props = {
    problem, out, cell,
    onEdit: (part: 'x' | 'w' | 'b' | 'dout', index: number[], value: number) =>
      onState({...state, problem: {...problem, [part]: withEntry(problem[part], index, value)}}),
    onPick: (picked: typeof cell) => onState({...state, step: stepOf(picked, walked)}),
    onTies: (ties: Problem['ties']) => onState({...state, problem: {...problem, ties}}),
  };
  const name = isGather ? 'dx' : view === 'backward' ? 'dout' : 'out';
  return (
    <div class={sizeClass(problem)}>
      <Player step={now} count={count} onStep={(next) => onState({...state, step: next})}
        name={`${name}[${cell.i}, ${cell.j}, ${cell.k}]`} />
      {view === 'backward' ? (
        <BackwardView {...props} {...{share, form, hidden}} onShare={(next) => onState({...state, share: next})}
          onForm={(next) => onState({...state, form: next, step: 0})} onHidden={(next) => onState({...state, hidden: next})} />
      ) : view === 'im2col' ? <Im2colView {...props} /> : problem.layer === 'pool' ?
        <PoolView {...props} /> : <SumView {...props} />}
    </div>
  );
}

/** Large inputs get small cells, so that all is in one view. */
function sizeClass({sizes: {width, padding, depth}}: Problem): string {
  const rows = (width + 2 * padding) * Math.ceil(depth / 2);
  return rows > 22 ? 'cells small' : 'cells';
}

/** Loaded when it is asked for. */
function Photo(props: {state: URLSearchParams, onState: (state: URLSearchParams) => void}) {
  const [Loaded, setLoaded] = useState<ComponentType<typeof props> | null>(null);
  useEffect(() => void import('./photo/photo').then(({PhotoView}) => setLoaded(() => PhotoView)), []);
  return Loaded ? <Loaded {...props} /> : <p role="status">Loading the picture ...</p>;
}
