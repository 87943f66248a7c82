import {useEffect, useRef} from 'preact/hooks';

/** What the address says after its #. */
export function readAddress(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1));
}

/** The address that shows this. */
export function addressOf(state: URLSearchParams, page = location.href): string {
  // Commas and tildes need no escape behind the #, and are easier to read.
  return `${page.split('#')[0]}#${state.toString().replaceAll('%2C', ',').replaceAll('%7E', '~')}`;
}

/** Browsers refuse an address that changes more than some times a second. */
const WAIT_MS = 300;

/** Keeps the address in step with what is to be seen, and tells when the visitor changes it. */
export function useAddress(state: URLSearchParams, onChange: (state: URLSearchParams) => void): void {
  const address = addressOf(state);
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    const timer = setTimeout(() => history.replaceState(null, '', address), WAIT_MS);
    return () => clearTimeout(timer);
  }, [address]);
  useEffect(() => {
    const onHash = () => latest.current(readAddress());
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);
}
