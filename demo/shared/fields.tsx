import type {ComponentChildren} from 'preact';
import {useId, useState} from 'preact/hooks';

/** A choice of one of a few, each visible. */
export function Radios<T extends string>({legend, value, choices, onChange}:
    {legend: string, value: T, choices: readonly (readonly [T, string])[], onChange: (value: T) => void}) {
  const name = useId();
  return (
    <fieldset class="radios">
      <legend>{legend}</legend>
      {choices.map(([choice, text]) => (
        <label key={choice}>
          <input type="radio" name={name} value={choice} checked={choice === value} onChange={() => onChange(choice)} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

/** A labelled control. */
export function Field({label, children}: {label: string, children: ComponentChildren}) {
  return <label class="field"><span>{label}</span>{children}</label>;
}

/** A choice of one of many. */
export function Select<T extends string>({label, value, choices, onChange}:
    {label: string, value: T, choices: readonly (readonly [T, string])[], onChange: (value: T) => void}) {
  return (
    <Field label={label}>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {choices.map(([choice, text]) => <option key={choice} value={choice}>{text}</option>)}
      </select>
    </Field>
  );
}

/** A whole number between two bounds. What is not one is refused in words, and the last good number stays. */
export function WholeNumber({label, value, low, high, onChange}:
    {label: string, value: number, low: number, high: number, onChange: (value: number) => void}) {
  const id = useId();
  const [text, setText] = useState<string | null>(null);
  const isGood = (typed: string) => /^\d+$/.test(typed.trim()) && Number(typed) >= low && Number(typed) <= high;
  const bad = text !== null && !isGood(text);
  return (
    <div class="field whole-number">
      <label for={id}>{label}</label>
      <input
        id={id} type="number" min={low} max={high} step={1} value={text ?? value}
        aria-invalid={bad} aria-describedby={bad ? `${id}-problem` : undefined}
        onInput={({currentTarget}) => {
          setText(currentTarget.value);
          if (isGood(currentTarget.value)) onChange(Number(currentTarget.value));
        }}
        onBlur={() => setText(null)}
      />
      {bad && <span id={`${id}-problem`} role="alert" class="refusal">{low} to {high}, whole</span>}
    </div>
  );
}
