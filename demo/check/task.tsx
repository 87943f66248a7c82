import {useEffect, useRef, useState} from 'preact/hooks';

import type {Answer, Request} from './messages';

type State =
  {kind: 'idle'} | {kind: 'running', progress: {done: number, all: number} | null} |
  Exclude<Answer, {kind: 'progress'}> | {kind: 'stopped'};

/** Runs one request at a time in a worker of its own, so that the page stays free and a run can be stopped. */
export function useTask() {
  const [state, setState] = useState<State>({kind: 'idle'});
  const worker = useRef<Worker | null>(null);
  const end = (next: State) => {
    worker.current?.terminate();
    worker.current = null;
    setState(next);
  };
  useEffect(() => () => worker.current?.terminate(), []);
  const start = (request: Request) => {
    worker.current?.terminate();
    setState({kind: 'running', progress: null});
    const made = new Worker(new URL('./worker.ts', import.meta.url), {type: 'module'});
    worker.current = made;
    made.onmessage = ({data}: MessageEvent<Answer>) => {
      if (data.kind === 'progress') setState({kind: 'running', progress: data});
      else end(data);
    };
    made.onerror = (event) => end({kind: 'refused', message: event.message || 'The worker did not start.'});
    made.postMessage(request);
  };
  const refuse = (message: string) => end({kind: 'refused', message});
  return {state, start, stop: () => end({kind: 'stopped'}), refuse};
}

/** How a task stands: progress, the report to copy, or why it was refused. */
export function Outcome({state, name, good, bad, onStop}:
    {state: State, name: string, good: string, bad: string, onStop: () => void}) {
  return (
    <div class="outcome">
      <p role="status" class="verdict">{verdict(state, good, bad)}</p>
      {state.kind === 'running' && (
        <div class="row">
          <progress aria-label={`Progress of ${name}`} max={state.progress?.all} value={state.progress?.done} />
          <button type="button" onClick={onStop}>Stop</button>
        </div>
      )}
      {state.kind === 'refused' && <p class="problem" role="alert">{state.message}</p>}
      {state.kind === 'report' && <Report name={name} text={state.text} />}
    </div>
  );
}

function verdict(state: State, good: string, bad: string): string {
  switch (state.kind) {
    case 'idle': return '';
    case 'running': return state.progress === null ? 'Running ...' :
      `Running: ${quarter(state.progress)} % of ${state.progress.all} cases`;
    case 'stopped': return 'Stopped.';
    case 'refused': return '✗ It did not run:';
    case 'report': return state.ok ? `✓ ${good}` : `✗ ${bad}`;
  }
}

/** In quarters, so that a screen reader is told four times and not two hundred. */
function quarter({done, all}: {done: number, all: number}): number {
  return Math.floor(4 * done / all) * 25;
}

function Report({name, text}: {name: string, text: string}) {
  const [copied, setCopied] = useState('');
  const copy = () => {
    navigator.clipboard.writeText(text)
      .then(() => setCopied('Copied.'), () => setCopied('The browser refused: select the text and copy it.'));
  };
  return (
    <>
      <pre tabIndex={0} role="region" aria-label={`Report of ${name}`}>{text}</pre>
      <div class="row">
        <button type="button" onClick={copy}>Copy the report</button>
        <span role="status">{copied}</span>
      </div>
    </>
  );
}
