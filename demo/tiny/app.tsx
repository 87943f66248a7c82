import {useEffect, useMemo, useRef, useState} from 'preact/hooks';

import {array} from '../../src/reference';
import {show} from '../convolution/model/numbers';
import {useWorksheet} from '../convolution/views/worksheet';
import {readAddress, useAddress} from '../shared/address';
import {CopyLink} from '../shared/copy_link';
import {Select} from '../shared/fields';
import {docsOf} from '../shared/links';
import {drawnParameters, run, stepped} from './net';
import type {Norm, Parameter} from './net';
import {keyOf, nameOf, pathOf, spotOfKey, storyOf} from './paths';
import {Stages} from './stages';
import {firstState, readState, writeState} from './state';
import type {State} from './state';
import {StoryPanel} from './story';

const RATE = 0.25;

/** A net that fits the screen: every value, every gradient, and where each comes from. */
export function App() {
  const [state, setState] = useState<State>(() => (location.hash.length > 1 ? readState(readAddress()) : firstState()));
  const [before, setBefore] = useState<number | null>(null);
  const [seed, setSeed] = useState(1);
  useAddress(writeState(state), (address) => setState(readState(address)));
  const {parameters, label, norm, hidden, chosen} = state;
  const net = useMemo(() => run(parameters, label, norm), [parameters, label, norm]);
  const dxSheet = useWorksheet(hidden === 'dx', net);
  const dwSheet = useWorksheet(hidden === 'dw', net);

  const spot = spotOfKey(chosen, net) ?? spotOfKey('conv[0,0,0]', net)!;
  const story = useMemo(() => storyOf(spot, net, label, norm), [keyOf(spot), net]);
  const isHidden = spot.isGradient && ((hidden === 'dx' && spot.array === 'x') || (hidden === 'dw' && spot.array === 'w'));
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => light(root.current!, keyOf(spot), story.sources.map(keyOf), pathOf(story, net, label,
    norm).map(keyOf)), [story, dxSheet, dwSheet]);

  const choose = (event: Event) => {
    const key = (event.target as HTMLElement).closest<HTMLElement>('[data-cell]')?.dataset['cell'];
    if (key && key !== state.chosen) setState((now) => ({...now, chosen: key}));
  };
  const edit = (name: Parameter, position: number, value: number) => setState((now) => {
    const {shape, data} = now.parameters[name];
    return {...now, parameters: {...now.parameters, [name]: array(shape, data.with(position, value))}};
  });
  const learn = () => {
    setBefore(net.loss);
    setState({...state, parameters: stepped(parameters, net, RATE), steps: state.steps + 1});
  };
  // The tables are drawn again only where a number changed, not for each that is pointed at.
  const stages = useMemo(() => <Stages {...{net, label, norm, dxSheet, dwSheet}} onEdit={edit} />, [net, dxSheet.right,
    dxSheet.wrong,
    dwSheet.right, dwSheet.wrong, hidden]);
  return (
    <>
      <p class="intro">Above: what each layer computes. Below: the gradient of the loss with respect to each number. Point
        at a number, tap it or tab to it to light up its path.</p>
      <div class="row top">
        <Select label="The image’s class" value={String(label)} onChange={(value) => setState({...state, label: Number(value)})}
          choices={[['0', '0'], ['1', '1'], ['2', '2']]} />
        <Select<Norm> label="Batch norm" value={norm} onChange={(value) => setState({...state, norm: value})} choices={[
          ['off', 'off'], ['staged', 'on, backward in stages'], ['simplified', 'on, backward simplified']]} />
        <Select label="Worksheet" value={hidden} onChange={(value) => setState({...state, hidden: value})} choices={[
          ['nothing', 'off'], ['dx', 'hide dx'], ['dw', 'hide dw']]} />
        <button type="button" class="primary" onClick={learn}>One training step</button>
        <button type="button" onClick={() => {
          setSeed(seed + 1);
          setBefore(null);
          setState({...state, parameters: drawnParameters(seed + 1), steps: 0});
        }}>Other numbers</button>
        <button type="button" onClick={() => {
          setBefore(null);
          setState(firstState());
        }}>Start over</button>
        <p class="after-step" role="status">{hidden !== 'nothing' ? <Score of={hidden} sheet={hidden === 'dx' ?
          dxSheet : dwSheet} /> :
          before === null ? '' : `After step ${state.steps}: the loss was ${show(before)}, is ${show(net.loss)}.`}</p>
        <CopyLink state={() => writeState(state)} />
      </div>
      <div ref={root} class={`cells tiny ${norm === 'off' ? '' : 'with-norm'}`} onPointerOver={choose}
        onFocusIn={choose}>{stages}</div>
      <StoryPanel story={story} net={net} norm={norm} hidden={isHidden} />
      <p class="step-links muted">Double frame: the chosen number,{' '}
        {nameOf(spot)}. Solid frame: the numbers in its sum. Underlined: the path
        before them. A step moves every weight by −{RATE} times its gradient. <a href={docsOf('layers/batch_norm')}>Batch
          norm</a> and{' '}
        <a href={docsOf('from_the_notes')}>all functions</a> in the documentation.</p>
    </>
  );
}

function Score({of, sheet: {right, wrong}}: {of: string, sheet: {right: number, wrong: number}}) {
  return <>{of}: {right} right{wrong > 0 && `, ${wrong} wrong (struck through)`}.</>;
}

/** Marks the chosen entry, what it is made of, and the path before that. */
function light(root: HTMLElement, chosen: string, direct: string[], path: string[]): void {
  const marks = new Map([...path.map((key) => [key, 'path'] as const), ...direct.map((key) => [key, 'direct'] as const),
    [chosen, 'chosen'] as const]);
  for (const cell of root.querySelectorAll<HTMLElement>('[data-cell]')) {
    const mark = marks.get(cell.dataset['cell']!);
    if (mark) cell.dataset['path'] = mark;
    else delete cell.dataset['path'];
  }
}
