import type {ComponentChildren} from 'preact';

import type {State, Trainer} from './trainer';

type Props = Pick<State, 'places' | 'running' | 'doing' | 'saved'> & {
  trainer: Trainer,
  children: ComponentChildren,
};

const dateFormat = new Intl.DateTimeFormat('en', {dateStyle: 'medium', timeStyle: 'short'});

/** Train, pause, step; a new net; test, save, load. */
export function RunControls({places, running, doing, saved, trainer, children}: Props) {
  const waiting = places === null || doing !== null;
  const button = (text: string, action: () => Promise<void>, disabled = waiting) => (
    <button type="button" disabled={disabled} onClick={() => void action()}>{text}</button>
  );
  return (
    <div class="controls">
      <div class="row">
        <button
          type="button" class="primary" disabled={places === null || (waiting && !running)}
          onClick={() => void (running ? trainer.pause() : trainer.train())}
        >
          {running ? 'Pause' : 'Train'}
        </button>
        {button('One step', () => trainer.trainStep(), waiting || running)}
        {button('Test on all 2,000 images', () => trainer.test())}
        {button('New net', () => trainer.reset())}
        {button('Save in this browser', () => trainer.save())}
        {button('Load the saved net', () => trainer.load(), waiting || saved === null)}
        <span class="muted">{saved ? `Saved ${dateFormat.format(saved.date)}` : 'Nothing is saved yet.'}</span>
        {children}
      </div>
    </div>
  );
}
