import {WholeNumber} from '../../shared/fields';
import {formula, LIMITS, outputSize, suggestions} from '../model/fit';
import type {Problem, Sizes} from '../model/problem';

const NAMES: {[name in keyof Sizes]: string} = {
  width: 'W, input width', depth: 'D, depth', filters: 'K, filters', kernel: 'F, window', stride: 'S, stride',
  padding: 'P, padding',
};

interface SettingsProps {
  problem: Problem;
  onSizes: (sizes: Sizes) => void;
  onExactFit: (exactFit: boolean) => void;
  onDraw: () => void;
  onReset: () => void;
}

/** In which sizes, folded away; and the formula of the notes with the numbers in. */
export function Settings({problem, onSizes, onExactFit, onDraw, onReset}: SettingsProps) {
  const {layer, sizes, exactFit} = problem;
  const names = (Object.keys(NAMES) as (keyof Sizes)[]).filter((name) => layer === 'conv' || name !== 'filters');
  return (
    <details class="panel settings">
      <summary><strong>Sizes</strong> <Fit problem={problem} /></summary>
      <div class="row">
        {names.map((name) => (
          <WholeNumber key={name} label={NAMES[name]} value={sizes[name]} low={LIMITS[name][0]} high={LIMITS[name][1]}
            onChange={(value) => onSizes({...sizes, [name]: value})} />
        ))}
      </div>
      <div class="row">
        <label><input type="checkbox" checked={exactFit}
          onChange={(event) => onExactFit(event.currentTarget.checked)} />
          {' '}Refuse what does not divide (<code>exactFit</code>), as the notes do</label>
        <button type="button" onClick={onDraw}>Other numbers</button>
        <button type="button" onClick={onReset}>Start over</button>
      </div>
    </details>
  );
}

function Fit({problem: {layer, sizes, exactFit}}: {problem: Problem}) {
  const {text} = formula(sizes);
  const {length} = outputSize(layer, sizes, exactFit);
  return (
    <span class="fit" role="status">Output size: {text} = {exact(sizes)}
      {length === null ? ': this does not fit' : length === formula(sizes).value ? '' :
        `, rounded down to ${length}: some rows and columns of x are outside every window`}</span>
  );
}

/** Why sizes do not fit, and which would. */
export function Misfit({problem: {layer, sizes, exactFit}, onSizes}: Pick<SettingsProps, 'problem' | 'onSizes'>) {
  const {text, value} = formula(sizes);
  const {problem} = outputSize(layer, sizes, exactFit);
  return (
    <div class="problem" role="alert" id="misfit">
      <p><strong>This does not fit.</strong> {text} = {exact(sizes)}{reason(sizes, value)}{' '}
        {problem && <>The library says: <q>{problem}</q></>}</p>
      <div class="row">
        <span>With everything else unchanged, this would fit:</span>
        {suggestions(layer, sizes).map(({name, value: better}) => (
          <button type="button" key={name} onClick={() => onSizes({...sizes, [name]: better})}>
            {NAMES[name].split(',')[0]} = {better}
          </button>
        ))}
      </div>
    </div>
  );
}

function exact(sizes: Sizes): string {
  return String(Number(formula(sizes).value.toFixed(3))).replace('-', '−');
}

function reason({width, kernel, stride, padding}: Sizes, value: number): string {
  const padded = width + 2 * padding;
  if (kernel > padded) return `: the window, ${kernel}, is larger than the padded input, ${padded}.`;
  if (!Number.isInteger(value)) {
    return `, not a whole number: windows ${stride} apart do not end at the edge of the padded input.`;
  }
  return ': a window would be only in the padding.';
}
