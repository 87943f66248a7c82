import type {LayersModel} from '@tensorflow/tfjs-layers';

/**
 * Arithmetic of a training step in floating-point operations, a multiplication and an addition counting two: the
 * convolutions and dense layers forward, their filter gradients, and their input gradients but for the first one's.
 */
export function stepFlop(model: LayersModel, batch: number): number {
  const products = model.layers.flatMap(({weights, outputShape}) => {
    const kernel = weights.find(({originalName}) => originalName.endsWith('kernel'));
    if (!kernel) return [];
    const positions = (outputShape as number[]).slice(1, -1).reduce((product, size) => product * size, 1);
    return [2 * batch * positions * (kernel.shape as number[]).reduce((product, size) => product * size, 1)];
  });
  return products.reduce((sum, flop, i) => sum + (i === 0 ? 2 : 3) * flop, 0);
}
