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
      <p>The library's own checks, on this device. They run in a worker, so the page stays responsive.</p>
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
      <p><code>checks.verifyBackend</code> checks every op and layer against a float64 reference:
        values and gradients, with strides, padding, ties, NaN and infinities. If a driver is wrong, the report names it.</p>
      <button type="button" class="primary" onClick={() => start({task: 'verify', backend})}>Verify {backend}</button>
      <Outcome state={state} name="verifyBackend" onStop={stop}
        good="Right: every case agrees with the reference, apart from accepted deviations." bad="WRONG: see the report." />
    </section>
  );
}
