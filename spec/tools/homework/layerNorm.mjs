// @ts-nocheck: a student writes no types.
// The notes' layernorm_forward and layernorm_backward, row by row.
const array = (shape, entry) => ({
  shape: [...shape], data: Float64Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => entry(i))});
const rowMeans = ([N, D], entry) => Array.from({length: N}, (_, n) => {
  let sum = 0;
  for (let d = 0; d < D; d++) sum += entry(n * D + d);
  return sum / D;
});

export function layerNormForward(x, gamma, beta, {eps = 1e-5}) {
  const D = x.shape[1];
  const row = (i) => Math.floor(i / D);
  const mu = rowMeans(x.shape, (i) => x.data[i]);
  const std = rowMeans(x.shape, (i) => (x.data[i] - mu[row(i)]) ** 2).map((variance) => Math.sqrt(variance + eps));
  const xHat = array(x.shape, (i) => (x.data[i] - mu[row(i)]) / std[row(i)]);
  const out = array(x.shape, (i) => gamma.data[i % D] * xHat.data[i] + beta.data[i % D]);
  return {out, cache: {gamma, std, xHat}};
}

export function layerNormBackward(dout, {gamma, std, xHat}) {
  const [N, D] = dout.shape;
  const row = (i) => Math.floor(i / D);
  const dxHat = array(dout.shape, (i) => dout.data[i] * gamma.data[i % D]);
  const mean = rowMeans(dout.shape, (i) => dxHat.data[i]);
  const meanXHat = rowMeans(dout.shape, (i) => dxHat.data[i] * xHat.data[i]);
  const dx = array(dout.shape, (i) => (dxHat.data[i] - mean[row(i)] - xHat.data[i] * meanXHat[row(i)]) / std[row(i)]);
  const columnSum = (entry) => array([D], (d) => {
    let sum = 0;
    for (let n = 0; n < N; n++) sum += entry(n * D + d);
    return sum;
  });
  return {dx, dgamma: columnSum((i) => dout.data[i] * xHat.data[i]), dbeta: columnSum((i) => dout.data[i])};
}
