import {useState} from 'preact/hooks';

import {addressOf} from './address';

/** Copies the address of what is to be seen now. */
export function CopyLink({state}: {state: () => URLSearchParams}) {
  const [said, setSaid] = useState('');
  const copy = async () => {
    const address = addressOf(state());
    history.replaceState(null, '', address);
    const copied = await navigator.clipboard?.writeText(address).then(() => true, () => false);
    setSaid(copied ? 'Copied: it opens exactly this.' : 'It is in the address bar: copy it there.');
  };
  return (
    <span class="copy-link">
      <button type="button" onClick={() => void copy()}>Copy link</button>
      <span role="status" class="muted">{said}</span>
    </span>
  );
}
