import {useState} from 'preact/hooks';

/** A function that does one thing at a time, and of those asked for meanwhile the last only. */
export function useLatest<T>(task: (value: T) => Promise<void>): (value: T) => void {
  const [send] = useState(() => {
    let waiting: {value: T} | null = null;
    let busy = false;
    return async (value: T) => {
      waiting = {value};
      if (busy) return;
      busy = true;
      while (waiting) {
        const next: {value: T} = waiting;
        waiting = null;
        await task(next.value);
      }
      busy = false;
    };
  });
  return (value) => void send(value);
}
