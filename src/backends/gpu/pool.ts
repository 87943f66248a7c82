import type {Tensor4D} from '@tensorflow/tfjs-core';

import type {WindowGeometry} from '../../geometry';
import type {TieRule} from '../kernels';
import {runShader} from './shader';
import type {Language} from './shader';

/** One launch for any window; NaN in a window is its maximum, padding counts as minus infinity. */
export function maxPool(x: Tensor4D, g: WindowGeometry): Tensor4D {
  return runShader('ExplicitMaxPool', {
    shape: [g.batch, ...g.outSize, g.channels],
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

/** dx gathers dout from the windows that see an entry: one launch for any window and any rule for ties. */
export function maxPoolScatter(
    dout: Tensor4D, x: Tensor4D, out: Tensor4D, g: WindowGeometry, ties: TieRule): Tensor4D {
  return runShader('ExplicitMaxPoolScatter', {
    shape: [g.batch, ...g.inSize, g.channels],
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

/** Runs `body` for each `row` and `column` of x that window i, j sees, in the order of the kernel. */
function eachTap(g: WindowGeometry, i: string, j: string, {int}: Language, body: string): string {
  const [[top], [left]] = g.padding;
  return `
    for (${int} ky = 0; ky < ${g.kernel[0]}; ky++) {
      ${int} row = ${i} * ${g.strides[0]} + ky * ${g.dilation[0]} - ${top};
      if (row < 0 || row >= ${g.inSize[0]}) { continue; }
      for (${int} kx = 0; kx < ${g.kernel[1]}; kx++) {
        ${int} column = ${j} * ${g.strides[1]} + kx * ${g.dilation[1]} - ${left};
        if (column < 0 || column >= ${g.inSize[1]}) { continue; }
        ${body}
      }
    }`;
}

/** Runs `body` for each window i, j that sees y, x; GLSL ES 1.00 has no remainder. */
function eachWindow(g: WindowGeometry, {int}: Language, body: string): string {
  const [[top], [left]] = g.padding;
  const [sy, sx] = g.strides;
  return `
    for (${int} wy = 0; wy < ${g.kernel[0]}; wy++) {
      ${int} down = y + ${top} - wy * ${g.dilation[0]};
      ${int} i = down / ${sy};
      if (down < 0 || i * ${sy} != down || i >= ${g.outSize[0]}) { continue; }
      for (${int} wx = 0; wx < ${g.kernel[1]}; wx++) {
        ${int} right = x + ${left} - wx * ${g.dilation[1]};
        ${int} j = right / ${sx};
        if (right < 0 || j * ${sx} != right || j >= ${g.outSize[1]}) { continue; }
        ${body}
      }
    }`;
}
