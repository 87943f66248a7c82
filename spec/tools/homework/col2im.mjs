// @ts-nocheck: a student writes no types.
// im2col and col2im of the notes' implementation as matrix multiplication.
function eachEntry([N, C, H, W], {kernelSize: [HH, WW], stride, pad}, visit) {
  const rows = Math.floor((H + 2 * pad - HH) / stride) + 1;
  const columns = Math.floor((W + 2 * pad - WW) / stride) + 1;
  const width = N * rows * columns;
  for (let n = 0; n < N; n++) for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) {
    for (let c = 0; c < C; c++) for (let u = 0; u < HH; u++) for (let v = 0; v < WW; v++) {
      const [h, w] = [i * stride + u - pad, j * stride + v - pad];
      const inside = h >= 0 && h < H && w >= 0 && w < W;
      const entry = ((c * HH + u) * WW + v) * width + (n * rows + i) * columns + j;
      visit(entry, inside ? ((n * C + c) * H + h) * W + w : null);
    }
  }
  return [C * HH * WW, width];
}

export function im2col(x, options) {
  const shape = eachEntry(x.shape, options, () => undefined);
  const cols = {shape, data: new Float64Array(shape[0] * shape[1])};
  eachEntry(x.shape, options, (entry, p) => {
    cols.data[entry] = p === null ? 0 : x.data[p];
  });
  return cols;
}

export function col2im(cols, xShape, options) {
  const x = {shape: [...xShape], data: new Float64Array(xShape.reduce((a, b) => a * b, 1))};
  eachEntry(xShape, options, (entry, p) => {
    if (p !== null) x.data[p] += cols.data[entry];
  });
  return x;
}
