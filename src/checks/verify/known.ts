/** A decided deviation: a case that a backend does not compute as the reference does, and why that is accepted. */
export interface KnownDeviation {
  backend: string;
  /** The title of the case. */
  name: string;
  reason: string;
}

/** Deviations that were decided on. Whatever else differs is a fault. */
export const knownDeviations: readonly KnownDeviation[] = [
];
