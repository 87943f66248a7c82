import {useEffect, useMemo, useRef, useState} from 'preact/hooks';

import {DIGIT_FILES} from '../digit_files';
import type {Picture, Sample, View} from '../engine/contract';
import {percent} from './format';
import {Ink} from './ink';
import {Pad} from './pad';
import {Probabilities} from './probabilities';
import {Tiles} from './tiles';
import {useLatest} from './use_latest';

const TESTS = DIGIT_FILES.test.count;

interface Props {
  view: View | null;
  sample: Sample;
  onSample: (sample: Sample) => Promise<void>;
}

/** Draw a digit, or choose a test image, and see what the net takes it for. */
export function Digit({view, sample, onSample}: Props) {
  const [ink] = useState(() => new Ink());
  const [test, setTest] = useState('test' in sample ? sample.test : 0);
  const send = useLatest(onSample);
  const chooseTest = (index: number) => {
    setTest(index);
    send({test: index});
  };
  const onInk = () => (ink.isEmpty ? chooseTest(test) : send({drawn: ink.digit()}));
  return (
    <section aria-labelledby="digit">
      <h2 id="digit">Show it a digit</h2>
      <div class="digit">
        <Pad ink={ink} onInk={onInk} />
        <div class="seen">
          <TestImage chosen={test} onChoose={chooseTest} />
          {view && <Seen view={view} />}
        </div>
        {view && <Probabilities probabilities={view.probabilities} label={view.label} />}
      </div>
    </section>
  );
}

function TestImage({chosen, onChoose}: {chosen: number, onChoose: (index: number) => void}) {
  const choose = (input: HTMLInputElement) => {
    if (input.reportValidity()) onChoose(input.valueAsNumber);
  };
  return (
    <div class="row">
      <label class="field">
        <span>Test image, 0 to {TESTS - 1}</span>
        <input
          type="number" required min={0} max={TESTS - 1} step={1} value={chosen}
          onChange={(event) => choose(event.currentTarget)}
        />
      </label>
      <button type="button" onClick={() => onChoose((chosen + 1) % TESTS)}>Next test image</button>
    </div>
  );
}

function Seen({view}: {view: View}) {
  const {image, test, label, probabilities} = view;
  const picture = useMemo(() => imagePicture(image), [image]);
  const guess = probabilities.indexOf(Math.max(...probabilities));
  const what = test === null ? 'Your drawing' : `Test image ${test}, a ${label}`;
  const words = `${what}: the net says ${guess} (${percent(probabilities[guess]!)}).`;
  return (
    <>
      <p><strong>{words}</strong></p>
      <Tiles name="What the net sees" picture={picture} scale={4} />
      <Spoken of={image} words={words} />
    </>
  );
}

/** Tells a screen reader about another image; what training changes would be too much to hear. */
function Spoken({of: image, words}: {of: Uint8Array, words: string}) {
  const [said, setSaid] = useState('');
  const before = useRef<string>('');
  useEffect(() => {
    const now = image.join();
    if (before.current !== '' && before.current !== now) setSaid(words);
    before.current = now;
  }, [image]);
  return <p class="unseen" role="status">{said}</p>;
}

function imagePicture(pixels: Uint8Array): Picture {
  return {layer: 'input', shape: [28, 28], rows: 1, columns: 1, height: 28, width: 28, low: 0, high: 1, pixels};
}
