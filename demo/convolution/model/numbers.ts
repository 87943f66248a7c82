/** Numbers in a shape, row by row, as a tensor holds them. */
export interface Numbers {
  shape: number[];
  data: number[];
}

/** Where the entry at this index stands in the data. */
export function placeOf(shape: number[], index: number[]): number {
  return index.reduce((place, at, axis) => place * shape[axis]! + at, 0);
}

export function at(numbers: Numbers, ...index: number[]): number {
  return numbers.data[placeOf(numbers.shape, index)]!;
}

/** A copy with one entry changed. */
export function withEntry(numbers: Numbers, index: number[], value: number): Numbers {
  return {...numbers, data: numbers.data.with(placeOf(numbers.shape, index), value)};
}

/** An entry for each index of the shape. */
export function fill(shape: number[], entry: (index: number[]) => number): Numbers {
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Array.from({length: size}, (_, place) => {
    let rest = place;
    return entry(shape.map((length, axis) => {
      const stride = shape.slice(axis + 1).reduce((product, next) => product * next, 1);
      const index = Math.floor(rest / stride) % length;
      rest %= stride;
      return index;
    }));
  });
  return {shape, data};
}

/** Where two shapes overlap the old numbers, elsewhere what `fresh` draws. */
export function resized(old: Numbers, shape: number[], fresh: () => number): Numbers {
  return fill(shape, (index) => index.every((i, axis) => i < old.shape[axis]!) ? at(old, ...index) : fresh());
}

/** A number as it is written in the page: few digits, a true minus sign. */
export function show(value: number): string {
  if (value === -Infinity) return '−∞';
  if (!Number.isFinite(value)) return String(value).replace('Infinity', '∞');
  const size = Math.abs(value);
  const isFar = size !== 0 && (size >= 1e5 || size < 5e-3);
  const text = isFar ? value.toExponential(1) : String(Number(value.toFixed(2)) + 0);
  return text.replaceAll('-', '−');
}

/** A number where there is room for two decimals only: what is smaller is 0.00, what is but rounding 0. */
export function brief(value: number): string {
  const size = Math.abs(value);
  return size > 1e-12 && size < 5e-3 ? `${value < 0 ? '−' : ''}0.00` : size <= 1e-12 ? '0' : show(value);
}

/** A number as a factor or summand: negative ones in parentheses. */
export function showIn(value: number): string {
  return value < 0 ? `(${show(value)})` : show(value);
}
