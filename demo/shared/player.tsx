import {useEffect, useState} from 'preact/hooks';

import {Select} from './fields';

const SPEEDS = {slow: 2500, normal: 1200, fast: 400};

interface PlayerProps {
  step: number;
  count: number;
  /** Of the entry that the step is about. */
  name: string;
  onStep: (step: number) => void;
}

/** Walks through steps, by hand or by itself. */
export function Player({step, count, name, onStep}: PlayerProps) {
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<keyof typeof SPEEDS>('normal');
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setTimeout(() => onStep((step + 1) % count), SPEEDS[speed]);
    return () => clearTimeout(timer);
  }, [playing, speed, step, count]);
  const goTo = (to: number) => {
    setPlaying(false);
    onStep((to + count) % count);
  };
  return (
    <div class="player row" role="group" aria-label="Steps">
      <button type="button" onClick={() => goTo(step - 1)}><span aria-hidden="true">◂ </span>Back</button>
      <button type="button" class="primary" onClick={() => setPlaying(!playing)}>{playing ? 'Pause' : 'Play'}</button>
      <button type="button" onClick={() => goTo(step + 1)}>Next<span aria-hidden="true"> ▸</span></button>
      <label class="field slider">
        <span>Step {step + 1} of {count}: {name}</span>
        <input type="range" min={1} max={count} value={step + 1}
          onInput={(event) => goTo(Number(event.currentTarget.value) - 1)} />
      </label>
      <Select label="Speed" value={speed} onChange={setSpeed}
        choices={[['slow', 'slow'], ['normal', 'normal'], ['fast', 'fast']]} />
    </div>
  );
}
