import {median} from '../examples/shared/statistics';

/** Times of one side, in milliseconds. */
export interface Times {
  median: number;
  /** A quarter of the times are shorter, a quarter are longer. */
  quartiles: [number, number];
  samples: number;
}

/** The median of values and where their middle half lies. */
export function summary(values: readonly number[]): Times {
  return {median: median(values), quartiles: [quantile(values, 0.25), quantile(values, 0.75)], samples: values.length};
}

/** The value below which the given share of them lies, between two values in proportion; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.ceil(place);
  return sorted[low]! + (place - low) * (sorted[high]! - sorted[low]!);
}
