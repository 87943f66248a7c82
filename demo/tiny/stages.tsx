import type {ComponentChildren} from 'preact';

import type {ReferenceArray} from '../../src/reference';
import {indexOf, positionOf} from '../../tools/homework/origins.mjs';
import {brief, show} from '../convolution/model/numbers';
import {Plane} from '../convolution/views/plane';
import type {CellView, Tone} from '../convolution/views/plane';
import type {Worksheet} from '../convolution/views/worksheet';
import type {ArrayName, Norm, Parameter, Run} from './net';
import {SHAPES} from './net';
import {nameOf} from './paths';

interface StagesProps {
  net: Run;
  label: number;
  norm: Norm;
  dxSheet: Worksheet;
  dwSheet: Worksheet;
  onEdit: (name: Parameter, position: number, value: number) => void;
}

/** All arrays of the net from left to right, and under each the gradient of the loss by it. */
export function Stages(props: StagesProps) {
  const {net, norm, label} = props;
  const array = (name: ArrayName, tone: Tone) => (
    <>
      <Half title={[name, SIZE[name]].filter(Boolean).join(', ')}>
        <Planes {...props} name={name} tone={tone} isGradient={false} /></Half>
      {net.gradients[name] ? <Half title={`d${name}`} isGradient><Planes {...props} name={name} tone={tone} isGradient /></Half> :
        <Half title="" isGradient>{null}</Half>}
    </>
  );
  return (
    <div class="stages">
      <Stage title="Image">{array('x', 'input')}</Stage>
      <Stage title="Filters">
        <Half title="w, 3×3×2"><Planes {...props} name="w" tone="filter" isGradient={false} /><Planes {...props} name="b"
          tone="filter" isGradient={false} /></Half>
        <Half title="dw, db" isGradient><Planes {...props} name="w" tone="filter" isGradient /><Planes {...props}
          name="b" tone="filter" isGradient /></Half>
      </Stage>
      <Stage title="Convolution">{array('conv', 'output')}</Stage>
      {norm !== 'off' && (
        <Stage title={`Batch norm, ${norm}`}>
          <Half title="norm, 4×4×2"><Planes {...props} name="norm" tone="output" isGradient={false} />
            <Statistics net={net} names={['mu', 'std']} />
            <div class="pair"><Planes {...props} name="gamma" tone="filter" isGradient={false} /><Planes {...props}
              name="beta" tone="filter" isGradient={false} /></div></Half>
          <Half title="dnorm" isGradient><Planes {...props} name="norm" tone="output" isGradient />
            <Statistics net={net} names={norm === 'staged' ? ['dstd', 'dvar', 'dmu'] : []} />
            <div class="pair"><Planes {...props} name="gamma" tone="filter" isGradient /><Planes {...props} name="beta"
              tone="filter" isGradient /></div></Half>
        </Stage>
      )}
      <Stage title="ReLU">{array('relu', 'output')}</Stage>
      <Stage title="Max-pool">{array('pool', 'output')}</Stage>
      <Stage title="Fully connected">
        <Half title="v, 8×3"><Planes {...props} name="v" tone="filter" isGradient={false} /><Planes {...props} name="c"
          tone="filter" isGradient={false} /></Half>
        <Half title="dv, dc" isGradient><Planes {...props} name="v" tone="filter" isGradient /><Planes {...props}
          name="c" tone="filter" isGradient /></Half>
      </Stage>
      <Stage title="Softmax loss">
        <Half title="scores"><Planes {...props} name="scores" tone="output" isGradient={false} />
          <Planes {...props} name="P" tone="output" isGradient={false} />
          <p class="loss">loss = −log P[{label}] = <strong>{show(net.loss)}</strong></p></Half>
        <Half title="dscores" isGradient><Planes {...props} name="scores" tone="output" isGradient />
          <p class="loss">= P − 1 at the label, P elsewhere</p></Half>
      </Stage>
    </div>
  );
}

const SIZE: {[name in ArrayName]?: string} = {x: '6×6', conv: '4×4×2', relu: '4×4×2', pool: '2×2×2'};

function Stage({title, children}: {title: string, children: ComponentChildren}) {
  return <section class="tiny-stage"><h2>{title}</h2>{children}</section>;
}

function Half({title, isGradient, children}: {title: string, isGradient?: boolean, children: ComponentChildren}) {
  return <div class={isGradient ? 'half back' : 'half there'}>{title && <h3>{title}</h3>}{children}</div>;
}

/** The planes of one array: a channel each, or the one plane of a matrix or a row. */
function Planes({net, name, tone, isGradient, dxSheet, dwSheet, onEdit}: StagesProps & {name: ArrayName, tone: Tone,
  isGradient: boolean}) {
  const values = (isGradient ? net.gradients : net.values)[name];
  if (!values) return null;
  const {planes, rows, columns, index} = layoutOf(values);
  const isParameter = !isGradient && name in SHAPES;
  const sheet = isGradient && name === 'x' ? dxSheet : isGradient && name === 'w' ? dwSheet : null;
  return <>{Array.from({length: planes}, (_, plane) => (
    <Plane key={plane} tone={tone} caption={`${isGradient ? 'd' : ''}${name}${planes > 1 ? ` ${plane}` : ''}`}
      rows={Array.from({length: rows}, (_, i) => String(i))} columns={Array.from({length: columns}, (_, j) => String(j))}
      cell={(i, j): CellView => {
        const at = index(plane, i, j);
        const position = positionOf(values.shape, at);
        const value = values.data[position]!;
        return {
          value: isParameter ? value : brief(value), label: nameOf({array: name, isGradient, index: at}),
          ...isParameter ? {onEdit: (typed: number) => onEdit(name as Parameter, position, typed)} : {},
          ...sheet?.view({shape: values.shape, data: [...values.data]}, at) ?? {},
        };
      }} />
  ))}</>;
}

/** How an array is laid out: [.., rows, columns] in planes, a vector as a column. */
function layoutOf({shape}: ReferenceArray) {
  if (shape.length === 4) {
    const planes = shape[0]! * shape[1]!;
    return {planes, rows: shape[2]!, columns: shape[3]!, index: (plane: number, i: number, j: number) =>
      [...indexOf(shape.slice(0, 2), plane), i, j]};
  }
  if (shape.length === 2 && shape[0] !== 1) {
    return {planes: 1, rows: shape[0]!, columns: shape[1]!, index: (_: number, i: number, j: number) => [i, j]};
  }
  const isRow = shape.length === 1;
  return isRow ? {planes: 1, rows: 1, columns: shape[0]!, index: (_: number, __: number, j: number) => [j]} :
    {planes: 1, rows: shape[1]!, columns: 1, index: (_: number, i: number) => [0, i]};
}

function Statistics({net: {statistics}, names}: {net: Run, names: ('mu' | 'std' | 'dstd' | 'dvar' | 'dmu')[]}) {
  if (!statistics || names.length === 0) return null;
  return (
    <table class="statistics">
      <thead><tr><th scope="col"><span
        class="spoken">channel</span></th>{names.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
      <tbody>{[0, 1].map((channel) => (
        <tr key={channel}><th scope="row">{channel}</th>{names.map((name) => <td
          key={name}>{brief(statistics[name][channel]!)}</td>)}</tr>
      ))}</tbody>
    </table>
  );
}
