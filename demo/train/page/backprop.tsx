import type {ComponentChildren} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';

import {Select} from '../../shared/fields';
import {docsOf, sourceOf} from '../../shared/links';
import {Player} from '../../shared/player';
import {ScaleLegend} from '../../shared/scale_legend';
import type {Backprop, LayerPass} from '../engine/contract';
import {linkTo, opens} from './convolution_link';
import type {Part} from './convolution_link';
import {percent, short} from './format';
import {NumberPicture} from './number_picture';
import type {State} from './trainer';

const KINDS = [
  {prefix: 'conv', text: 'convolution', docs: 'layers/convolution', piece: 'conv_back'},
  {prefix: 'norm', text: 'batch norm', docs: 'layers/batch_norm', piece: 'norm_simplified'},
  {prefix: 'relu', text: 'ReLU', docs: 'layers/relu', piece: 'relu_back'},
  {prefix: 'pool', text: 'max-pool', docs: 'layers/max_pooling', piece: 'pool_back'},
  {prefix: 'flatten', text: 'flattened', docs: 'layers/fully_connected', piece: 'affine_back'},
  {prefix: 'scores', text: 'fully connected', docs: 'layers/fully_connected', piece: 'affine_back'},
] as const;

const kindOf = (name: string) => KINDS.find(({prefix}) => name.startsWith(prefix))!;

/** A gradient of the scores that is smaller than this all over leaves nothing to learn from. */
const SATURATED = 0.01;

interface Props extends Pick<State, 'backprop' | 'change' | 'view'> {
  onLook: (on: boolean, label: number | null) => void;
}

/** The whole backward pass for the digit that is shown: a sweep through the layers, each with its pictures. */
export function BackpropView({backprop, change, view, onLook}: Props) {
  const section = useRef<HTMLElement>(null);
  const [label, setLabel] = useState<number | null>(null);
  const [step, setStep] = useState(0);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setSeen(entries.at(-1)!.isIntersecting));
    observer.observe(section.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => onLook(seen, label), [seen, label]);
  const isDrawing = view?.test === null;
  return (
    <section aria-labelledby="backprop" ref={section} class="backprop">
      <h2 id="backprop">Backprop, layer by layer</h2>
      <p class="wide">Forward, each layer computes its output from the previous one’s. Backward, each gets{' '}
        <strong>dout</strong>, the gradient of the loss with respect to its output, computes <strong>dw</strong>, the gradient
        with respect to its weights, and passes on <strong>dx</strong>, the gradient with respect to its input. Click
        on a number of a convolution or a max-pool (or press Enter on it), and its sum opens with the net’s own numbers.</p>
      {backprop === null ? <p role="status">The net has not run yet ...</p> : (
        <Pass {...{backprop, step, setStep}} image={view?.test == null ? 'your drawing' : `test image ${view.test}`}>
          {isDrawing && <Select label="Your drawing is a" value={String(label ?? 'guess')}
            onChange={(value) => setLabel(value === 'guess' ? null : Number(value))}
            choices={[['guess', 'what the net says'], ...Array.from({length: 10}, (_, i) => [String(i), String(i)] as const)]} />}
        </Pass>
      )}
      <StepChange change={change} />
    </section>
  );
}

function Pass({backprop, step, setStep, image, children}: {
  backprop: Backprop, step: number, setStep: (step: number) => void, image: string, children: ComponentChildren,
}) {
  const {layers, label, loss, probabilities} = backprop;
  const count = 2 * layers.length;
  const now = Math.min(step, count - 1);
  const isBack = now >= layers.length;
  const at = isBack ? count - 1 - now : now;
  const layer = layers[at]!;
  return (
    <>
      <div class="row sweep">
        <Player step={now} count={count} onStep={setStep} name={`${isBack ? 'back through' : 'forward to'} ${layer.name}`} />
        {children}
      </div>
      <p class="wide loss-line">For {image},
        taken as a <strong>{label}</strong>: the loss is −log P[{label}] = <strong>{short(loss)}</strong>, as the net gives
        it {percent(probabilities[label]!)}.</p>
      <ol class="strip" aria-label="The layers">
        {layers.map(({name, shape, out, dout, dead}, i) => (
          <li key={name} class={i === at ? 'now' : ''}>
            <button type="button" onClick={() => setStep(isBack ? count - 1 - i : i)} aria-current={i === at ?
              'step' : undefined}>
              <strong>{name}</strong>{dead.length > 0 && <span class="warning" title="dead units">⚠</span>}
            </button>
            <div class={isBack || i <= at ? 'thumb' : 'thumb later'}><Thumbnail shape={shape} values={out} /></div>
            <div class={isBack && i >= at ? 'thumb' : 'thumb later'}><Thumbnail shape={shape} values={dout} /></div>
          </li>
        ))}
      </ol>
      <p class="muted strip-words">Above: the layer’s output. Below: dout,
        the gradient that comes to it from the right. Dimmed: not reached yet.</p>
      <Detail {...{backprop, at, isBack, image}} />
      <ScaleLegend />
    </>
  );
}

function Thumbnail({shape, values}: {shape: number[], values: Float32Array}) {
  return <NumberPicture name="" shape={shape} values={values} words={() => ''} width={112} height={70} thumbnail />;
}

function Detail({backprop, at, isBack, image}: {backprop: Backprop, at: number, isBack: boolean, image: string}) {
  const layer = backprop.layers[at]!;
  const before = at === 0 ? {name: 'the image', shape: [28, 28, 1], out: backprop.image,
    dout: backprop.dimage} : backprop.layers[at - 1]!;
  const {text, docs, piece} = kindOf(layer.name);
  const open = (part: Part) => (opens(layer.name, part) ?
    (index: number[]) => location.assign(linkTo(backprop, at, part, index, image)) : undefined);
  const pictures = {width: 290, height: 190};
  const kernel = layer.weights[0];
  return (
    <div class="panel detail">
      <h3>{layer.name} <span class="muted">{text}, {before.shape.join('×')} to {layer.shape.join('×')}</span>{' '}
        <a href={docsOf(docs)}>explained</a> <a href={sourceOf(piece)}>its source</a></h3>
      <p class="wide" aria-live="polite">{wordsOf(layer, isBack)}</p>
      <div class="pictures">
        <NumberPicture {...pictures} name="out" shape={layer.shape} values={layer.out} dead={layer.dead} onPick={open('out')}
          words={(index, value) => `out[${index.join(', ')}] = ${short(value)}`} />
        <NumberPicture {...pictures} name="dout, from above" shape={layer.shape} values={layer.dout} onPick={open('dout')}
          words={(index, value) => `dout[${index.join(', ')}] = ${short(value)}: ${effect(value, 'this output')}`} />
        {kernel && <NumberPicture {...pictures}
          name={`${kernel.name === 'kernel' ? 'dw' : `d${kernel.name}`}, left in the weights`}
          shape={asFilters(kernel.shape, backprop, at)}
          values={kernel.gradient} onPick={open('dw')}
          words={(index, value) => `dw[${index.join(', ')}] = ${short(value)}: ${effect(value, 'this weight')}`} />}
        <NumberPicture {...pictures} name="dx, handed on" shape={before.shape} values={before.dout} onPick={open('dx')}
          words={(index, value) =>
            `dx[${index.join(', ')}] = ${short(value)}: ${effect(value, at === 0 ? 'this pixel' : 'this input')}`} />
      </div>
      <Findings layer={layer} backprop={backprop} />
    </div>
  );
}

/** A dense layer looks at all planes before it at once: filters of their size. */
function asFilters(shape: number[], {layers}: Backprop, at: number): number[] {
  const planes = layers.slice(0, at).findLast(({shape: {length}}) => length === 3);
  return shape.length === 2 && planes ? [...planes.shape, shape[1]!] : shape;
}

function effect(value: number, what: string): string {
  if (value === 0) return `a small change of ${what} does not change the loss`;
  return `the gradient of the loss with respect to ${what}; increasing it ${value > 0 ? 'raises' : 'lowers'} the loss`;
}

function wordsOf({name}: LayerPass, isBack: boolean): string {
  const kind = kindOf(name).prefix;
  if (!isBack) {
    return {conv: 'Each output is a window of the input times a filter, summed.',
      norm: 'Each channel is shifted and scaled to a common mean and size.',
      relu: 'Negative numbers become 0.', pool: 'The largest of each 2×2 window is passed on.',
        flatten: 'The planes become one row of numbers.',
      scores: 'Each score is the sum of all numbers, each times a weight.'}[kind];
  }
  return {
    conv: 'Each dout adds dout · filter to dx in its window, and dout · window to dw.',
    norm: 'dout is scaled by gamma / sqrt(moving variance + epsilon), channel by channel.',
    relu: 'The gradient passes where the input was above 0, and nowhere else.',
    pool: 'Each dout goes to the maximum of its window; everything else gets 0.',
    flatten: 'The row of gradients becomes planes again.',
    scores: 'dout is P − 1 at the right class and P elsewhere; dx is dout · weights, dw is input · dout.',
  }[kind];
}

/** Dead units, gradients that are blocked, and a loss that has nothing more to say. */
function Findings({layer, backprop}: {layer: LayerPass, backprop: Backprop}) {
  const found: string[] = [];
  const isRelu = layer.name.startsWith('relu');
  if (isRelu) {
    found.push(layer.dead.length === 0 ?
      `No dead unit: each channel outputs something for at least one of ${backprop.deadOf} test images.` :
      `⚠ Dead: channel ${layer.dead.join(', ')} outputs 0 for all of ${backprop.deadOf} test images, ` +
        `so no gradient reaches its filter.`);
    const blocked = layer.out.reduce((count, value) => count + (value <= 0 ? 1 : 0), 0) / layer.out.length;
    found.push(`${percent(blocked)} of its outputs are 0 for this digit: there the gradient stops.`);
  }
  const scores = backprop.layers.at(-1)!;
  if (scores.dout.every((value) => Math.abs(value) < SATURATED)) {
    found.push('⚠ Saturated: the net is so sure of this digit that almost no gradient flows back. ' +
      'Show it one that it gets wrong.');
  }
  return found.length === 0 ? null : <ul class="findings">{found.map((words) => <li key={words}>{words}</li>)}</ul>;
}

/** The filters before and after a step. */
function StepChange({change}: Pick<State, 'change'>) {
  return (
    <div class="step-change">
      <h3>What a training step changes</h3>
      {change === null ? <p
        class="muted">“One step” above trains on one batch; here you will see the weights before and after it.</p> : (
        <>
          <p class="wide" role="status">Step {change.step}: for this digit the loss went from {short(change.loss[0])} to{' '}
            <strong>{short(change.loss[1])}</strong>,
              the probability of {change.label} from {percent(change.probability[0])} to{' '}
            <strong>{percent(change.probability[1])}</strong>. The step follows the gradient of a whole batch,
              so one digit may fare worse.</p>
          <div class="scroll" tabIndex={0} role="region" aria-label="Weights before and after the step">
            <table class="before-after">
              <thead><tr><th scope="col">Layer</th><th scope="col">before</th><th scope="col">after</th><th
                scope="col">change</th></tr></thead>
              <tbody>{change.kernels.map(({layer, shape, before, after}) => {
                const size = {shape: shape.length === 2 ? [7, 7, 16, 10] : shape, width: 300, height: 130};
                const words = (index: number[], value: number) => `[${index.join(', ')}] = ${short(value)}`;
                return (
                  <tr key={layer}>
                    <th scope="row">{layer}</th>
                    <td><NumberPicture {...size} name="w before" values={before} words={words} /></td>
                    <td><NumberPicture {...size} name="w after" values={after} words={words} /></td>
                    <td><NumberPicture {...size} name="after − before" values={after.map((value,
                      i) => value - before[i]!)} words={words} /></td>
                  </tr>
                );
              })}</tbody>
            </table>
          </div>
        </>
      )}
    </div>
  );
}
