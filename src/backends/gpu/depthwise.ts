import * as tf from '@tensorflow/tfjs-core';
import type {Tensor1D, Tensor4D} from '@tensorflow/tfjs-core';

import type {ConvGeometry} from '../../geometry';
import {multiplierOf} from '../default/depthwise';
import {imagePlace, runShader} from './shader';
import {eachTap, eachWindow, findColumn, findRow} from './windows';

/** One launch for any window and any number of filters for a channel; a bias is another. */
export function depthwiseConv2d(x: Tensor4D, w: Tensor4D, b: Tensor1D | null, g: ConvGeometry): Tensor4D {
  const multiplier = multiplierOf(g);
  const out = runShader<Tensor4D>('ExplicitDepthwiseConv', {
    shape: [g.batch, ...g.outSize, g.filters],
    place: ['n', 'y', 'x', 'k'],
    inputs: {image: x, weights: w},
    body: language => `
      ${language.int} c = k / ${multiplier};
      ${language.int} m = k - c * ${multiplier};
      ${eachTap(g, 'y', 'x', language, 'result += getImage(n, row, column, c) * getWeights(ky, kx, c, m);')}`,
  });
  return b ? tf.add(out, b) : out;
}

export function depthwiseConv2dInputGrad(dout: Tensor4D, w: Tensor4D, g: ConvGeometry): Tensor4D {
  const multiplier = multiplierOf(g);
  return runShader('ExplicitDepthwiseConvInputGrad', {
    shape: [g.batch, ...g.inSize, g.channels],
    place: imagePlace,
    inputs: {dout, weights: w},
    body: language => eachWindow(g, language, `
      for (${language.int} m = 0; m < ${multiplier}; m++) {
        result += getDout(n, i, j, c * ${multiplier} + m) * getWeights(ky, kx, c, m);
      }`),
  });
}

export function depthwiseConv2dFilterGrad(x: Tensor4D, dout: Tensor4D, g: ConvGeometry): Tensor4D {
  const multiplier = multiplierOf(g);
  return runShader('ExplicitDepthwiseConvFilterGrad', {
    shape: [...g.kernel, g.channels, multiplier],
    place: ['ky', 'kx', 'c', 'm'],
    inputs: {image: x, dout},
    body: language => `
      for (${language.int} i = 0; i < ${g.outSize[0]}; i++) {
        ${findRow(g, 'i', language)}
        for (${language.int} j = 0; j < ${g.outSize[1]}; j++) {
          ${findColumn(g, 'j', language)}
          for (${language.int} n = 0; n < ${g.batch}; n++) {
            result += getImage(n, row, column, c) * getDout(n, i, j, c * ${multiplier} + m);
          }
        }
      }`,
  });
}
