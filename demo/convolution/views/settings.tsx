import {Radios, WholeNumber} from '../../shared/fields';
import {formula, LIMITS, outputSize, suggestions} from '../model/fit';
import type {Layer, Problem, Sizes} from '../model/problem';

const NAMES: {[name in keyof Sizes]: string} = {
  width: 'W, input width', depth: 'D, depth', filters: 'K, filters', kernel: 'F, window', stride: 'S, stride',
  padding: 'P, padding',
};

interface SettingsProps {
  problem: Problem;
  onLayer: (layer: Layer) => void;
  onSizes: (sizes: Sizes) => void;
  onExactFit: (exactFit: boolean) => void;
  onDraw: () => void;
  onReset: () => void;
}

/** Which layer, in which sizes; and the formula of the notes with the numbers in. */
export function Settings({problem, onLayer, onSizes, onExactFit, onDraw, onReset}: SettingsProps) {
  const {layer, sizes, exactFit} = problem;
  const names = (Object.keys(NAMES) as (keyof Sizes)[]).filter((name) => layer === 'conv' || name !== 'filters');
  return (
    <section class="panel settings" aria-label="Settings">
      <Radios legend="Layer" value={layer} onChange={onLayer}
        choices={[['conv', 'Convolution'], ['pool', 'Max-pooling']]} />
      <div class="row">
        {names.map((name) => (
          <WholeNumber key={name} label={NAMES[name]} value={sizes[name]} low={LIMITS[name][0]} high={LIMITS[name][1]}
            onChange={(value) => onSizes({...sizes, [name]: value})} />
        ))}
      </div>
      <Fit {...{layer, sizes, exactFit, onSizes}} />
      <div class="row">
        <label><input type="checkbox" checked={exactFit}
          onChange={(event) => onExactFit(event.currentTarget.checked)} />
          {' '}Refuse what does not divide (<code>exactFit</code>), as the notes do</label>
        <button type="button" onClick={onDraw}>Other numbers</button>
        <button type="button" onClick={onReset}>Start over</button>
      </div>
    </section>
  );
}

type FitProps = Pick<Problem, 'layer' | 'sizes' | 'exactFit'> & Pick<SettingsProps, 'onSizes'>;

function Fit({layer, sizes, exactFit, onSizes}: FitProps) {
  const {text, value} = formula(sizes);
  const {length, problem} = outputSize(layer, sizes, exactFit);
  const exact = Number.isInteger(value) ? String(value) : `${Number(value.toFixed(3))}`;
  if (length !== null) {
    return (
      <p class="fit" role="status">Output size: {text} = {exact}
        {length === value ? '' : `, rounded down to ${length}: some rows and columns of x are read by no window`}</p>
    );
  }
  return (
    <div class="problem" role="alert" id="misfit">
      <p><strong>This does not fit.</strong> {text} = {exact}{reason(sizes, value)}</p>
      <p>The library says: <q>{problem}</q></p>
      <p>What would fit, all else as it is:</p>
      <div class="row">
        {suggestions(layer, sizes).map(({name, value: better}) => (
          <button type="button" key={name} onClick={() => onSizes({...sizes, [name]: better})}>
            {NAMES[name].split(',')[0]} = {better}
          </button>
        ))}
      </div>
    </div>
  );
}

function reason({width, kernel, stride, padding}: Sizes, value: number): string {
  const padded = width + 2 * padding;
  if (kernel > padded) return `: the window, ${kernel}, is larger than the padded input, ${padded}.`;
  if (!Number.isInteger(value)) {
    return `, no whole number: windows ${stride} apart do not end at the edge of the padded input.`;
  }
  return ': a window would lie in the padding alone.';
}
