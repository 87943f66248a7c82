/** For every option of a layer a value that is not the default, so that a config that loses one is noticed. */
import type {Config} from '../../src/catalogue';

const parts: Config = {
  Initializer: {className: 'Constant', config: {value: 0.5}},
  Regularizer: {className: 'L1L2', config: {l1: 0.25, l2: 0.5}},
  Constraint: {className: 'MaxNorm', config: {maxValue: 3, axis: 0}},
};

const values: Config = {
  filters: 6, kernelSize: [2, 3], poolSize: [3, 2], strides: [1, 2], padding: [[1, 0], [0, 1]], dilationRate: [2, 1],
  dataFormat: 'channelsFirst', groups: 3, exactFit: true, ties: 'split', activation: 'elu', useBias: false, units: 5,
  maxValue: 6, negativeSlope: 0.5, threshold: 0.25, axis: 1, epsilon: 0.5, momentum: 0.5, center: false, scale: false,
  backward: 'staged', depthMultiplier: 3, outputPadding: [1, 0], rate: 0.25, seed: 7, noiseShape: [null, 1], keepDims: true,
};

/** A copy, since tfjs writes into configs; undefined for an option that nothing is known of. */
export function otherValue(option: string): Config[string] | undefined {
  const [kind] = /Initializer$|Regularizer$|Constraint$/.exec(option) ?? [];
  return structuredClone(kind ? parts[kind] : values[option]);
}
