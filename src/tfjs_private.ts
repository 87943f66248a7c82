import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {layers, LayerVariable} from '@tensorflow/tfjs-layers';

/**
 * Every part of tfjs 4.22 that is used here without being in its declared interface: one typed accessor for each,
 * which gives null where the part is absent. Whoever calls one has a way of public operations for that case.
 */
export type PrivatePart = 'isTapeOn' | 'activeTape' | 'trainableWeights';

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

// Backends.

// Layers, models and optimisers of tfjs-layers.

/** The weights that a layer made as trainable ones, frozen or not. */
export function trainableWeightsOf(layer: layers.Layer): readonly LayerVariable[] | null {
  return reach('trainableWeights', () =>
    (layer as unknown as {_trainableWeights: LayerVariable[] | undefined})._trainableWeights);
}
