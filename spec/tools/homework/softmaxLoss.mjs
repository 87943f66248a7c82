// @ts-nocheck: a student writes no types.
// The notes' softmax_loss, by way of log P, which does not overflow.
export function softmaxLoss(x, y) {
  const [N, C] = x.shape;
  const dx = {shape: [N, C], data: new Float64Array(N * C)};
  let loss = 0;
  for (let n = 0; n < N; n++) {
    const row = x.data.slice(n * C, (n + 1) * C);
    const largest = Math.max(...row);
    const sum = row.reduce((total, score) => total + Math.exp(score - largest), 0);
    const logP = row.map((score) => score - largest - Math.log(sum));
    loss -= logP[y[n]] / N;
    for (let c = 0; c < C; c++) dx.data[n * C + c] = (Math.exp(logP[c]) - (c === y[n] ? 1 : 0)) / N;
  }
  return {loss, dx};
}
