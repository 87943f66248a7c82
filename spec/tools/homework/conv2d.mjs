// @ts-nocheck: a student writes no types.
// The notes' conv_forward_naive and conv_backward_naive.
const zeros = (shape) => ({shape: [...shape], data: new Float64Array(shape.reduce((a, b) => a * b, 1))});
const at = ([, C, H, W], n, c, h, w) => ((n * C + c) * H + h) * W + w;

function padded(x, pad) {
  const [N, C, H, W] = x.shape;
  const xp = zeros([N, C, H + 2 * pad, W + 2 * pad]);
  for (let n = 0; n < N; n++) for (let c = 0; c < C; c++) for (let h = 0; h < H; h++) for (let k = 0; k < W; k++) {
    xp.data[at(xp.shape, n, c, h + pad, k + pad)] = x.data[at(x.shape, n, c, h, k)];
  }
  return xp;
}

export function convForward(x, w, b, {stride, pad}) {
  const [N, C, H, W] = x.shape;
  const [F, , HH, WW] = w.shape;
  const xp = padded(x, pad);
  const out = zeros([N, F, Math.floor((H + 2 * pad - HH) / stride) + 1, Math.floor((W + 2 * pad - WW) / stride) + 1]);
  for (let n = 0; n < N; n++) for (let f = 0; f < F; f++) {
    for (let i = 0; i < out.shape[2]; i++) for (let j = 0; j < out.shape[3]; j++) {
      let sum = b.data[f];
      for (let c = 0; c < C; c++) for (let u = 0; u < HH; u++) for (let v = 0; v < WW; v++) {
        sum += xp.data[at(xp.shape, n, c, i * stride + u, j * stride + v)] * w.data[at(w.shape, f, c, u, v)];
      }
      out.data[at(out.shape, n, f, i, j)] = sum;
    }
  }
  return {out, cache: {x, w, b, stride, pad}};
}

export function convBackward(dout, {x, w, b, stride, pad}) {
  const [N, C, H, W] = x.shape;
  const [F, , HH, WW] = w.shape;
  const xp = padded(x, pad);
  const [dxp, dx, dw, db] = [zeros(xp.shape), zeros(x.shape), zeros(w.shape), zeros(b.shape)];
  for (let n = 0; n < N; n++) for (let f = 0; f < F; f++) {
    for (let i = 0; i < dout.shape[2]; i++) for (let j = 0; j < dout.shape[3]; j++) {
      const d = dout.data[at(dout.shape, n, f, i, j)];
      db.data[f] += d;
      for (let c = 0; c < C; c++) for (let u = 0; u < HH; u++) for (let v = 0; v < WW; v++) {
        const p = at(xp.shape, n, c, i * stride + u, j * stride + v);
        const q = at(w.shape, f, c, u, v);
        dw.data[q] += xp.data[p] * d;
        dxp.data[p] += w.data[q] * d;
      }
    }
  }
  for (let n = 0; n < N; n++) for (let c = 0; c < C; c++) for (let h = 0; h < H; h++) for (let k = 0; k < W; k++) {
    dx.data[at(x.shape, n, c, h, k)] = dxp.data[at(xp.shape, n, c, h + pad, k + pad)];
  }
  return {dx, dw, db};
}
