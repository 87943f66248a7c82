import {BACKENDS} from '../../shared/backend_names';
import type {Backend} from '../../shared/backend_names';
import {KINDS} from '../engine/contract';
import type {Kind, Settings} from '../engine/contract';
import type {Place} from './connection';
import type {State} from './trainer';

const BACKEND_TEXT: Record<Backend, string> = {
  webgpu: 'graphics card, newer interface',
  webgl: 'graphics card',
  wasm: 'processor, compiled kernels',
  cpu: 'processor, plain JavaScript',
};

const PLACE_TEXT: Record<Place, string> = {
  worker: '',
  page: '. Not in a worker in this browser: it runs in the page, which may feel slower',
  missing: '. Missing: this browser does not start it on this device',
};

const KIND_TEXT: Record<Kind, string> = {
  'explicit': 'from this package, with explicit backward passes',
  'built-in': 'tf.layers, with the gradients of TensorFlow.js',
};

const BATCH_SIZES = [16, 32, 64, 128];
const LEARNING_RATES = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1];

type Props = Pick<State, 'places' | 'settings' | 'doing'> & {onChange: (change: Partial<Settings>) => void};

/** What trains, and on what. */
export function SettingsForm({places, settings, doing, onChange}: Props) {
  const waiting = places === null || doing !== null;
  return (
    <details class="panel net-settings">
      <summary><strong>Settings</strong> {settings.backend}, {settings.kind} layers, {settings.batchSize} images a step,
        learning rate{' '}
        {settings.learningRate}</summary>
    <form class="settings" onSubmit={(event) => event.preventDefault()}>
      <fieldset>
        <legend>Backend</legend>
        {BACKENDS.map((backend) => (
          <Choice
            key={backend} group="backend" value={backend} chosen={settings.backend}
            disabled={waiting || places[backend] === 'missing'}
            text={BACKEND_TEXT[backend] + (places ? PLACE_TEXT[places[backend]] : '')}
            onChoose={() => onChange({backend})}
          />
        ))}
      </fieldset>
      <fieldset>
        <legend>Layers</legend>
        {KINDS.map((kind) => (
          <Choice
            key={kind} group="kind" value={kind} chosen={settings.kind} disabled={waiting}
            text={KIND_TEXT[kind]} onChoose={() => onChange({kind})}
          />
        ))}
        <p class="muted">Changing the backend or the layers keeps the weights.</p>
      </fieldset>
      <fieldset>
        <legend>Steps</legend>
        <Numbers
          label="Images a step" values={BATCH_SIZES} chosen={settings.batchSize}
          onChoose={(batchSize) => onChange({batchSize})} disabled={waiting}
        />
        <Numbers
          label="Learning rate" values={LEARNING_RATES} chosen={settings.learningRate}
          onChoose={(learningRate) => onChange({learningRate})} disabled={waiting}
        />
      </fieldset>
    </form>
    </details>
  );
}

interface ChoiceProps {
  group: string;
  value: string;
  chosen: string;
  text: string;
  disabled: boolean;
  onChoose: () => void;
}

function Choice({group, value, chosen, text, disabled, onChoose}: ChoiceProps) {
  return (
    <label class={disabled ? 'choice muted' : 'choice'}>
      <input
        type="radio" name={group} value={value} checked={value === chosen} disabled={disabled} onChange={onChoose}
      />
      <span><strong>{value}</strong>: {text}.</span>
    </label>
  );
}

interface NumbersProps {
  label: string;
  values: number[];
  chosen: number;
  disabled: boolean;
  onChoose: (value: number) => void;
}

function Numbers({label, values, chosen, disabled, onChoose}: NumbersProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={chosen} disabled={disabled} onChange={(event) => onChoose(Number(event.currentTarget.value))}>
        {values.map((value) => <option key={value} value={value}>{value}</option>)}
      </select>
    </label>
  );
}
