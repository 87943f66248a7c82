import {floatAbove} from '../floats';

/** What `layers.reLU` takes. */
export interface RectifierArgs {
  maxValue: number | null;
  negativeSlope: number;
  threshold: number;
}

/**
 * Keras's ReLU with a slope or a threshold as an explicit layer; null where tf.layers' ReLU, which has neither, gives
 * the same. Keras keeps what is strictly above the threshold, the explicit layer what is at least that.
 */
export function explicitRectifier(
    maxValue: unknown, negativeSlope: unknown, threshold: unknown): RectifierArgs | null {
  const [slope, above] = [Number(negativeSlope ?? 0), Number(threshold ?? 0)];
  if (slope === 0 && above === 0) return null;
  return {
    maxValue: (maxValue ?? null) as number | null, negativeSlope: slope, threshold: above === 0 ? 0 : floatAbove(above),
  };
}
