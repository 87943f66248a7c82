import type {WindowGeometry} from '../../geometry';
import type {Language} from './shader';

/** Declares `row`, the row of x that window i sees at ky, and does `outside` where that is in the padding. */
export function findRow(g: WindowGeometry, i: string, {int}: Language, outside = 'continue;'): string {
  return `${int} row = ${i} * ${g.strides[0]} + ky * ${g.dilation[0]} - ${g.padding[0][0]};
      if (row < 0 || row >= ${g.inSize[0]}) { ${outside} }`;
}

/** The same of `column`, window j and kx. */
export function findColumn(g: WindowGeometry, j: string, {int}: Language, outside = 'continue;'): string {
  return `${int} column = ${j} * ${g.strides[1]} + kx * ${g.dilation[1]} - ${g.padding[1][0]};
      if (column < 0 || column >= ${g.inSize[1]}) { ${outside} }`;
}

/** Runs `body` for each `row` and `column` of x that window i, j sees, in the order of the kernel. */
export function eachTap(g: WindowGeometry, i: string, j: string, language: Language, body: string): string {
  const {int} = language;
  return `
    for (${int} ky = 0; ky < ${g.kernel[0]}; ky++) {
      ${findRow(g, i, language)}
      for (${int} kx = 0; kx < ${g.kernel[1]}; kx++) {
        ${findColumn(g, j, language)}
        ${body}
      }
    }`;
}

/** Runs `body` for each window i, j that sees y, x at tap ky, kx. GLSL ES 1.00 has no remainder. */
export function eachWindow(g: WindowGeometry, {int}: Language, body: string): string {
  const [[top], [left]] = g.padding;
  const [sy, sx] = g.strides;
  return `
    for (${int} ky = 0; ky < ${g.kernel[0]}; ky++) {
      ${int} down = y + ${top} - ky * ${g.dilation[0]};
      ${int} i = down / ${sy};
      if (down < 0 || i * ${sy} != down || i >= ${g.outSize[0]}) { continue; }
      for (${int} kx = 0; kx < ${g.kernel[1]}; kx++) {
        ${int} right = x + ${left} - kx * ${g.dilation[1]};
        ${int} j = right / ${sx};
        if (right < 0 || j * ${sx} != right || j >= ${g.outSize[1]}) { continue; }
        ${body}
      }
    }`;
}
