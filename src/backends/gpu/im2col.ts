import * as tf from '@tensorflow/tfjs-core';
import type {Tensor2D, Tensor4D} from '@tensorflow/tfjs-core';

import type {WindowGeometry} from '../../geometry';
import {imagePlace, runShader} from './shader';
import {eachWindow, findColumn, findRow} from './windows';

/** One launch; composed, the nine parts of a 3 x 3 kernel are more buffers than one launch of webgpu may read. */
export function im2col(x: Tensor4D, g: WindowGeometry, channelsFirst: boolean): Tensor2D {
  const [kernelWidth, outWidth] = [g.kernel[1], g.outSize[1]];
  const cols = runShader('ExplicitIm2col', {
    shape: patchShape(g, channelsFirst),
    place: channelsFirst ? ['c', 'tap', 'n', 'position'] : ['tap', 'c', 'n', 'position'],
    inputs: {image: x},
    body: language => `
      ${language.int} ky = tap / ${kernelWidth};
      ${language.int} kx = tap - ky * ${kernelWidth};
      ${language.int} i = position / ${outWidth};
      ${language.int} j = position - i * ${outWidth};
      ${language.int} isPadding = 0;
      ${findRow(g, 'i', language, 'isPadding = 1;')}
      ${findColumn(g, 'j', language, 'isPadding = 1;')}
      if (isPadding == 0) { result = getImage(n, row, column, c); }`,
  });
  return tf.reshape(cols, [g.kernel[0] * g.kernel[1] * g.channels, -1]) as Tensor2D;
}

export function col2im(cols: Tensor2D, g: WindowGeometry, channelsFirst: boolean): Tensor4D {
  const patches = tf.reshape(cols, patchShape(g, channelsFirst));
  return runShader('ExplicitCol2im', {
    shape: [g.batch, ...g.inSize, g.channels],
    place: imagePlace,
    inputs: {patches},
    body: language => eachWindow(g, language, `
      ${language.int} tap = ky * ${g.kernel[1]} + kx;
      result += getPatches(${channelsFirst ? 'c, tap' : 'tap, c'}, n, i * ${g.outSize[1]} + j);`),
  });
}

/** Rows and columns of the matrix, each as two axes. */
function patchShape(g: WindowGeometry, channelsFirst: boolean): [number, number, number, number] {
  const taps = g.kernel[0] * g.kernel[1];
  const positions = g.outSize[0] * g.outSize[1];
  return channelsFirst ? [g.channels, taps, g.batch, positions] : [taps, g.channels, g.batch, positions];
}
