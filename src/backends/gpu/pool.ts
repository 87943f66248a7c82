import * as tf from '@tensorflow/tfjs-core';
import type {Tensor4D} from '@tensorflow/tfjs-core';

import type {WindowGeometry} from '../../geometry';
import {cellsOf} from '../default/pool';
import type {TieRule} from '../kernels';
import {imagePlace, runShader} from './shader';
import type {Language} from './shader';
import {eachTap, eachWindow} from './windows';

/** The pools of this set, by their names. */
export const pools = {averagePool, averagePoolGrad, maxPool, maxPoolScatter, maxPoolGather};

/** One launch for any window; NaN in a window is its maximum, padding counts as minus infinity. */
export function maxPool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  return runShader('ExplicitMaxPool', {
    shape: [g.batch, ...g.outSize, g.channels],
    place: imagePlace,
    inputs: {image: x},
    uniforms: {lowest: -Infinity},
    body: language => `
      result = ${language.uniform('lowest')};
      ${eachTap(g, 'y', 'x', language, `
        ${language.float} value = getImage(n, row, column, c);
        if (value > result || isnan(value)) { result = value; }
      `)}`,
  });
}

/** The mean of each window's cells in the image; 0 where there is none. */
export function averagePool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  return runShader('ExplicitAveragePool', {
    shape: [g.batch, ...g.outSize, g.channels],
    place: imagePlace,
    inputs: {image: x},
    body: language => `
      ${language.float} count = 0.0;
      ${eachTap(g, 'y', 'x', language, 'result += getImage(n, row, column, c); count += 1.0;')}
      if (count > 0.0) { result = result / count; }`,
  });
}

/** dx gathers the shares of the windows that see an entry. */
export function averagePoolGrad(dout: Tensor4D, g: WindowGeometry): Tensor4D {
  return runShader('ExplicitAveragePoolGrad', {
    shape: [g.batch, ...g.inSize, g.channels],
    place: imagePlace,
    inputs: {shares: tf.div(dout, cellsOf(g))},
    body: language => eachWindow(g, language, 'result += getShares(n, i, j, c);'),
  });
}

/** dx gathers dout from the windows that see an entry: one launch for any window and any rule for ties. */
export function maxPoolScatter(
    dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  return runShader('ExplicitMaxPoolScatter', {
    shape: [g.batch, ...g.inSize, g.channels],
    place: imagePlace,
    inputs: {image: x, maxima: out, dout},
    body: language => `
      ${language.float} own = getImage(n, y, x, c);
      ${eachWindow(g, language, `
        ${language.float} most = getMaxima(n, i, j, c);
        if (own == most) {
          ${language.float} share = getDout(n, i, j, c);
          ${ofTies(g, ties, language)}
          result += share;
        }
      `)}`,
  });
}

/** Each window's sum, or mean under 'split', of v over its maxima. */
export function maxPoolGather(v: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  return runShader('ExplicitMaxPoolGather', {
    shape: [g.batch, ...g.outSize, g.channels],
    place: imagePlace,
    inputs: {image: x, maxima: out, values: v},
    body: language => `
      ${language.float} most = getMaxima(n, y, x, c);
      ${language.float} count = 0.0;
      ${eachTap(g, 'y', 'x', language, `
        if (getImage(n, row, column, c) == most${ties === 'first' ? ' && count == 0.0' : ''}) {
          result += getValues(n, row, column, c);
          count += 1.0;
        }
      `)}
      ${ties === 'split' ? 'if (count > 0.0) { result = result / count; }' : ''}`,
  });
}

/** In window i, j: nothing is left for a maximum after the first, or a part of the share for each. */
function ofTies(g: WindowGeometry, ties: TieRule, language: Language): string {
  if (ties === 'all') return '';
  const isOther = ties === 'split' ? 'true' : '(row < y || (row == y && column < x))';
  return `
    ${language.float} others = 0.0;
    ${eachTap(g, 'i', 'j', language, `
      if (${isOther} && getImage(n, row, column, c) == most) { others += 1.0; }
    `)}
    ${ties === 'split' ? 'share = share / others;' : 'if (others > 0.0) { share = 0.0; }'}`;
}
