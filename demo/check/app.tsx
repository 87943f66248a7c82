import {useState} from 'preact/hooks';

import {BACKENDS} from '../shared/backend_names';
import type {Backend} from '../shared/backend_names';
import {LayerCheck} from './layer_check';
import {Outcome, useTask} from './task';

/** Both checks, on the backend that the visitor chooses. */
export function App({missing}: {missing: readonly Backend[]}) {
  const [backend, setBackend] = useState(BACKENDS.find((name) => !missing.includes(name))!);
  return (
    <>
      <p>The library's own checks, on this device. They run beside the page, which stays free.</p>
      <div class="row">
        <label class="field"><span>Backend</span>
          <select value={backend} onChange={(event) => setBackend(event.currentTarget.value as Backend)}>
            {BACKENDS.map((name) => (
              <option key={name} value={name} disabled={missing.includes(name)}>
                {name}{missing.includes(name) && ' (not in this browser)'}
              </option>
            ))}
          </select>
        </label>
        <p class="muted" id="missing">{missing.length === 0 ? 'This browser has all four.' :
          `This browser does not have ${missing.join(', ')}.`}</p>
      </div>
      <BackendCheck backend={backend} />
      <LayerCheck backend={backend} />
    </>
  );
}

function BackendCheck({backend}: {backend: Backend}) {
  const {state, start, stop} = useTask();
  return (
    <section aria-labelledby="backend-check">
      <h2 id="backend-check">All ops and layers</h2>
      <p><code>checks.verifyBackend</code> holds every op and layer to float64 loops: values and gradients, with
        strides, padding, ties, NaN and infinities. A driver that computes wrongly is named.</p>
      <button type="button" class="primary" onClick={() => start({task: 'verify', backend})}>Verify {backend}</button>
      <Outcome state={state} name="verifyBackend" onStop={stop}
        good="Right: every case agrees with the reference, or differs as was decided." bad="WRONG: see the report." />
    </section>
  );
}
