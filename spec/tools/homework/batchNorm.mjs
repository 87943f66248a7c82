// @ts-nocheck: a student writes no types.
// The notes' batchnorm_forward, batchnorm_backward and batchnorm_backward_alt.
const array = (shape, entry) => ({
  shape: [...shape], data: Float64Array.from({length: shape.reduce((a, b) => a * b, 1)}, (_, i) => entry(i))});
const sums = ([N, D], entry) => Array.from({length: D}, (_, d) => {
  let sum = 0;
  for (let n = 0; n < N; n++) sum += entry(n * D + d);
  return sum;
});

export function batchNormForward(x, gamma, beta, {mode, eps = 1e-5, momentum = 0.9, runningMean, runningVar}) {
  const [N, D] = x.shape;
  const oldMean = runningMean ?? array([D], () => 0);
  const oldVar = runningVar ?? array([D], () => 0);
  const train = mode === 'train';
  const mu = train ? sums(x.shape, (i) => x.data[i]).map((sum) => sum / N) : [...oldMean.data];
  const variance = train ? sums(x.shape, (i) => (x.data[i] - mu[i % D]) ** 2).map((sum) => sum / N) : [...oldVar.data];
  const std = variance.map((value) => Math.sqrt(value + eps));
  const xHat = array(x.shape, (i) => (x.data[i] - mu[i % D]) / std[i % D]);
  const out = array(x.shape, (i) => gamma.data[i % D] * xHat.data[i] + beta.data[i % D]);
  const newMean = train ? array([D], (d) => momentum * oldMean.data[d] + (1 - momentum) * mu[d]) : oldMean;
  const newVar = train ? array([D], (d) => momentum * oldVar.data[d] + (1 - momentum) * variance[d]) : oldVar;
  return {out, cache: {x, gamma, mu, std, xHat}, runningMean: newMean, runningVar: newVar};
}

const parameterGradients = (dout, {x, xHat}) => ({
  dgamma: array([x.shape[1]], (d) => sums(x.shape, (i) => dout.data[i] * xHat.data[i])[d]),
  dbeta: array([x.shape[1]], (d) => sums(x.shape, (i) => dout.data[i])[d]),
});

export function batchNormBackward(dout, cache) {
  const {x, gamma, mu, std} = cache;
  const [N, D] = x.shape;
  const dxHat = array(x.shape, (i) => dout.data[i] * gamma.data[i % D]);
  const dstd = sums(x.shape, (i) => -dxHat.data[i] * (x.data[i] - mu[i % D]) / std[i % D] ** 2);
  const dvar = dstd.map((value, d) => 0.5 * value / std[d]);
  const dx1 = array(x.shape, (i) => dxHat.data[i] / std[i % D] + 2 * (x.data[i] - mu[i % D]) * dvar[i % D] / N);
  const dmu = sums(x.shape, (i) => -dx1.data[i]);
  return {dx: array(x.shape, (i) => dx1.data[i] + dmu[i % D] / N), ...parameterGradients(dout, cache)};
}

export function batchNormBackwardAlt(dout, cache) {
  const {x, gamma, std, xHat} = cache;
  const [N, D] = x.shape;
  const scaled = array(x.shape, (i) => dout.data[i] * gamma.data[i % D] / (N * std[i % D]));
  const sum = sums(x.shape, (i) => scaled.data[i]);
  const sumXHat = sums(x.shape, (i) => scaled.data[i] * xHat.data[i]);
  const dx = array(x.shape, (i) => N * scaled.data[i] - sumXHat[i % D] * xHat.data[i] - sum[i % D]);
  return {dx, ...parameterGradients(dout, cache)};
}
