import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

/**
 * Every part of tfjs 4.22 that is used here without being in its declared interface: one typed accessor for each,
 * which gives null where the part is absent. Whoever calls one has a way of public operations for that case.
 */
export type PrivatePart = 'isTapeOn' | 'activeTape';

const hidden = new Set<PrivatePart>();

/** For specs: from now on these parts, and no others, count as absent. */
export function hideParts(parts: readonly PrivatePart[]): void {
  hidden.clear();
  for (const part of parts) hidden.add(part);
}

function reach<T>(part: PrivatePart, read: () => T | null | undefined): T | null {
  if (hidden.has(part)) return null;
  try {
    return read() ?? null;
  } catch {
    return null;
  }
}

// The engine and its tape.

/** Whether operations are recorded now; null where the engine does not say. */
export function isTapeOn(): boolean | null {
  return reach('isTapeOn', () => tf.engine().isTapeOn());
}

/** What the tape of this gradient holds, and how many gradients are being taken around it. */
export function activeTape(): {saved: Tensor[], depth: number} | null {
  return reach('activeTape', () => {
    const {activeTape: nodes, gradientDepth} = tf.engine().state;
    return nodes && {saved: nodes.flatMap(({saved}) => saved ?? []), depth: gradientDepth};
  });
}

/**
 * tfjs forgets the tape of a gradient that threw without freeing the tensors saved on it. Frees them, unless an outer
 * gradient still needs the tape.
 */
export function freeAbandonedTape(): void {
  const tape = activeTape();
  if (tape?.depth === 0) tape.saved.forEach(tensor => tensor.dispose());
}

// Backends.

// Layers, models and optimisers of tfjs-layers.
