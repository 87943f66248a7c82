import type {WindowGeometry} from '../../geometry';

/**
 * What each row of windows sees at each tap, without the padding, as four numbers: the pixel that the first of its
 * windows sees (counted through all images; the next window's is `strides[1]` pixels further), that window (counted
 * through all images), the number of windows, and the tap. Row of windows by row, tap by tap in the kernel's order.
 */
export function rowRuns(g: WindowGeometry): Int32Array {
  const [height, width] = g.inSize;
  const [rows, columns] = g.outSize;
  const [sy, sx] = g.strides;
  const runs = new Int32Array(4 * g.batch * rows * g.kernel[0] * g.kernel[1]);
  let end = 0;
  for (let line = 0; line < g.batch * rows; line++) {
    const image = Math.floor(line / rows);
    const top = (line - image * rows) * sy - g.padding[0][0];
    for (let ky = 0; ky < g.kernel[0]; ky++) {
      const y = top + ky * g.dilation[0];
      if (y < 0 || y >= height) continue;
      for (let kx = 0; kx < g.kernel[1]; kx++) {
        const x = kx * g.dilation[1] - g.padding[1][0];
        const first = Math.max(0, Math.ceil(-x / sx));
        const windows = Math.min(columns, Math.ceil((width - x) / sx)) - first;
        if (windows <= 0) continue;
        runs[end] = (image * height + y) * width + x + first * sx;
        runs[end + 1] = line * columns + first;
        runs[end + 2] = windows;
        runs[end + 3] = ky * g.kernel[1] + kx;
        end += 4;
      }
    }
  }
  return runs.subarray(0, end);
}
