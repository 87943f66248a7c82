import {useState} from 'preact/hooks';

import {show} from '../model/numbers';

interface NumberCellProps {
  /** null where nothing has been typed yet. */
  value: number | null;
  label: string;
  tabIndex: number;
  onEdit: (value: number) => void;
  onFocus?: () => void;
}

/** A number that can be typed over. What is not a number is marked; leaving it brings the last good one back. */
export function NumberCell({value, label, tabIndex, onEdit, onFocus}: NumberCellProps) {
  const [text, setText] = useState<string | null>(null);
  const bad = text !== null && parse(text) === null;
  return (
    <input
      type="text" autocomplete="off" tabIndex={tabIndex} aria-label={label} aria-invalid={bad}
      value={text ?? (value === null ? '' : show(value))} placeholder={value === null ? '?' : undefined}
      title={bad ? `Not a number: ${value === null ? 'no guess' : show(value)} stays` : undefined}
      onFocus={({currentTarget}) => {
        currentTarget.select();
        onFocus?.();
      }}
      onInput={({currentTarget}) => {
        setText(currentTarget.value);
        const typed = parse(currentTarget.value);
        if (typed !== null) onEdit(typed);
      }}
      onBlur={() => setText(null)}
    />
  );
}

/** A finite number of float32's range, or null. */
function parse(text: string): number | null {
  const value = Math.fround(Number(text.trim().replace('−', '-').replace(',', '.')));
  return text.trim() !== '' && Number.isFinite(value) ? value : null;
}
