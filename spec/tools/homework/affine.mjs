// @ts-nocheck: a student writes no types.
// The notes' affine_forward and affine_backward.
const zeros = (shape) => ({shape: [...shape], data: new Float64Array(shape.reduce((a, b) => a * b, 1))});

export function affineForward(x, w, b) {
  const N = x.shape[0];
  const [D, M] = w.shape;
  const out = zeros([N, M]);
  for (let n = 0; n < N; n++) for (let m = 0; m < M; m++) {
    let sum = b.data[m];
    for (let d = 0; d < D; d++) sum += x.data[n * D + d] * w.data[d * M + m];
    out.data[n * M + m] = sum;
  }
  return {out, cache: {x, w, b}};
}

export function affineBackward(dout, {x, w, b}) {
  const N = x.shape[0];
  const [D, M] = w.shape;
  const [dx, dw, db] = [zeros(x.shape), zeros(w.shape), zeros(b.shape)];
  for (let n = 0; n < N; n++) for (let m = 0; m < M; m++) {
    const d = dout.data[n * M + m];
    db.data[m] += d;
    for (let k = 0; k < D; k++) {
      dx.data[n * D + k] += d * w.data[k * M + m];
      dw.data[k * M + m] += x.data[n * D + k] * d;
    }
  }
  return {dx, dw, db};
}
