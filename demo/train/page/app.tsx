import {useEffect, useMemo, useState} from 'preact/hooks';

import {Confusion} from './confusion';
import {Curves} from './curves';
import {Digit} from './digit';
import {LayerPictures} from './layer_pictures';
import {RunControls} from './run_controls';
import {SettingsForm} from './settings_form';
import {Status} from './status';
import {Trainer} from './trainer';
import type {State} from './trainer';

/** The page: what the visitor asks for goes to the trainer, all that is to be seen comes from its state. */
export function App() {
  const trainer = useMemo(() => new Trainer((next) => setState(next)), []);
  const [state, setState] = useState<State>(trainer.state);
  useEffect(() => void trainer.start(), [trainer]);
  const started = state.places !== null;
  return (
    <>
      <p>
        Two convolutions, each with batch norm, ReLU and max-pool, and a fully connected layer learn to read the digits of
        MNIST: 10,000 images to train on, 2,000 others to test with. Everything is computed on this device.
      </p>
      <SettingsForm {...state} onChange={(change) => void trainer.configure(change)} />
      <RunControls {...state} trainer={trainer} />
      <Status {...state} />
      {started && (
        <>
          <Curves history={state.history} />
          <Digit view={state.view} onSample={(sample) => trainer.show(sample)} />
          <LayerPictures view={state.view} />
          <Confusion tested={state.tested} />
        </>
      )}
    </>
  );
}
