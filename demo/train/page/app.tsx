import {useEffect, useMemo, useState} from 'preact/hooks';

import {readAddress, useAddress} from '../../shared/address';
import {CopyLink} from '../../shared/copy_link';
import {docsOf} from '../../shared/links';
import {readNet, writeNet} from './address';
import {BackpropView} from './backprop';
import {Confusion} from './confusion';
import {Curves} from './curves';
import {Digit} from './digit';
import {RunControls} from './run_controls';
import {SettingsForm} from './settings_form';
import {Status} from './status';
import {Trainer} from './trainer';
import type {State} from './trainer';

/** The page: what the visitor asks for goes to the trainer, all that is to be seen comes from its state. */
export function App() {
  const trainer = useMemo(() => new Trainer((next) => setState(next)), []);
  const [state, setState] = useState<State>(trainer.state);
  // Once the page is to be seen: TensorFlow.js is large.
  useEffect(() => {
    const timer = setTimeout(() => void trainer.start(readNet(readAddress())));
    return () => clearTimeout(timer);
  }, [trainer]);
  const started = state.places !== null;
  const address = started && !state.running ? writeNet(state) : readAddress();
  // Another net is another training: begun again.
  useAddress(address, () => location.reload());
  return (
    <>
      <p class="intro">A net learns to read handwritten digits: two convolutions, each with batch norm,
        ReLU and max-pool, and a fully
        connected layer. 10,000 images of MNIST to train on, 2,000 others to test with, all on this device. Let it train,
          show it a digit, and
        watch the gradient flow back.</p>
      <SettingsForm {...state} onChange={(change) => void trainer.configure(change)} />
      <RunControls {...state} trainer={trainer}><CopyLink state={() => writeNet(state)} /></RunControls>
      <Status {...state} />
      {started && (
        <>
          <Digit view={state.view} sample={state.sample} onSample={(sample) => trainer.show(sample)} />
          <BackpropView {...state} onLook={(on, label) => void trainer.explain(on, label)} />
          <Curves history={state.history} />
          <Confusion tested={state.tested} />
        </>
      )}
      <p class="step-links"><a href={docsOf('start_here')}>How to train a net like this one</a>{' '}
        <a href={docsOf('from_the_notes')}>Every function of the notes in this library</a></p>
    </>
  );
}
