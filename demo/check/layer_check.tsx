import {useState} from 'preact/hooks';

import {Field, Select} from '../shared/fields';
import type {Backend} from '../shared/backend_names';
import {LAYERS, readOptions, readShape} from './layer_options';
import type {LayerKind} from './layer_options';
import type {Entries} from './messages';
import {Outcome, useTask} from './task';

/** The gradient check of a layer with options of the visitor's own. */
export function LayerCheck({backend}: {backend: Backend}) {
  const [layer, setLayer] = useState<LayerKind>('conv2d');
  const [fields, setFields] = useState<{[name: string]: string}>(LAYERS.conv2d.options);
  const [shape, setShape] = useState(LAYERS.conv2d.shape);
  const [entries, setEntries] = useState<Entries>('normal');
  const [order, setOrder] = useState<'1' | '2'>('1');
  const [training, setTraining] = useState(false);
  const {state, start, stop, refuse} = useTask();
  const choose = (kind: LayerKind) => {
    setLayer(kind);
    setFields(LAYERS[kind].options);
    setShape(LAYERS[kind].shape);
  };
  const run = (event: Event) => {
    event.preventDefault();
    try {
      start({
        task: 'gradCheck', backend, layer, options: readOptions(fields), shape: readShape(shape), entries,
        check: {order: order === '1' ? 1 : 2, training, seed: 1},
      });
    } catch (error) {
      refuse((error as Error).message);
    }
  };
  return (
    <section aria-labelledby="layer-check">
      <h2 id="layer-check">The gradients of a layer</h2>
      <p><code>checks.gradCheck</code> moves entries of the input and of the weights and compares the slopes with the
        gradients of the layer. An empty field is the layer's default; what does not go the layer itself refuses.</p>
      <form class="panel" onSubmit={run}>
        <div class="row">
          <Select label="Layer" value={layer} onChange={choose}
            choices={(Object.keys(LAYERS) as LayerKind[]).map((kind) => [kind, kind])} />
          <Text label="Shape of x" value={shape} onChange={setShape} />
          <Select label="Entries of x" value={entries} onChange={setEntries}
            choices={[['normal', 'normally distributed'], ['whole', 'small whole numbers (ties, zeros)']]} />
        </div>
        <fieldset class="options">
          <legend>Options of layers.{layer}</legend>
          {Object.entries(fields).map(([name, text]) => (
            <Text key={name} label={name} value={text} onChange={(typed) => setFields({...fields, [name]: typed})} />
          ))}
        </fieldset>
        <div class="row">
          <Select label="Derivatives" value={order} onChange={setOrder}
            choices={[['1', 'first'], ['2', 'first and second']]} />
          <label class="check"><input type="checkbox" checked={training}
            onChange={(event) => setTraining(event.currentTarget.checked)} /> as in training</label>
          <button type="submit" class="primary">Check the gradients</button>
        </div>
      </form>
      <Outcome state={state} name="gradCheck" onStop={stop}
        good="Right: the gradients agree with the differences." bad="WRONG: see the report." />
    </section>
  );
}

function Text({label, value, onChange}: {label: string, value: string, onChange: (text: string) => void}) {
  return (
    <Field label={label}>
      <input type="text" autocomplete="off" spellcheck={false} value={value}
        onInput={(event) => onChange(event.currentTarget.value)} />
    </Field>
  );
}
