/** Three figures: 0.123, 4.56, 78.9, 1234. */
export function figures(value: number): string {
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.max(0, Math.min(3, 2 - magnitude)));
}

/** Bytes as MB (10^6). */
export function megabytes(bytes: number): string {
  return figures(bytes / 1e6);
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${figures(100 * share)} %`;
}

/** A bound, and whether it was kept. */
export function verdict(bound: string, kept: boolean): string {
  return `${bound} ${kept ? 'yes' : 'NO'}`;
}
