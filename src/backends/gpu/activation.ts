import * as tf from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';

import {isPlainRelu} from '../default/dense';
import type {ReluParameters} from '../kernels';
import {runShader} from './shader';

/** Not tfjs's Relu and LeakyRelu, which on webgl make NaN of an Infinity that they mask out. */
export function relu(x: Tensor, parameters: ReluParameters): Tensor {
  const {negativeSlope, threshold, maxValue} = parameters;
  if (isPlainRelu(parameters)) return tf.maximum(x, 0);
  return runShader('ExplicitRelu', {
    shape: x.shape,
    inputs: {values: x},
    uniforms: {slope: negativeSlope, threshold, cap: maxValue},
    body: ({float, uniform, same}) => `
      ${float} value = ${same('values')};
      result = value;
      if (value < ${uniform('threshold')}) {
        result = ${negativeSlope === 0 ? '0.0' : `${uniform('slope')} * (value - ${uniform('threshold')})`};
      }
      if (value >= ${uniform('cap')}) { result = ${uniform('cap')}; }`,
  });
}

/** Selected, not multiplied: a masked-out entry is 0 whatever dout holds. */
export function reluGrad(dout: Tensor, x: Tensor, {negativeSlope, threshold, maxValue}: ReluParameters): Tensor {
  return runShader('ExplicitReluGrad', {
    shape: x.shape,
    inputs: {values: x, dout},
    uniforms: {slope: negativeSlope, threshold, cap: maxValue},
    body: ({float, uniform, same}) => `
      ${float} value = ${same('values')};
      if (value > ${uniform('threshold')}) {
        result = ${same('dout')};
      }${negativeSlope === 0 ? '' : ` else {
        result = ${uniform('slope')} * ${same('dout')};
      }`}
      ${maxValue === Infinity ? '' : `if (value >= ${uniform('cap')}) { result = 0.0; }`}`,
  });
}
