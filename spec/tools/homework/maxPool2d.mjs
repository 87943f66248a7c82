// @ts-nocheck: a student writes no types.
// The notes' max_pool_forward_naive and max_pool_backward_naive.
const zeros = (shape) => ({shape: [...shape], data: new Float64Array(shape.reduce((a, b) => a * b, 1))});
const at = ([, C, H, W], n, c, h, w) => ((n * C + c) * H + h) * W + w;

function eachWindow(x, {poolHeight, poolWidth, stride}, visit) {
  const [N, C, H, W] = x.shape;
  const shape = [N, C, Math.floor((H - poolHeight) / stride) + 1, Math.floor((W - poolWidth) / stride) + 1];
  for (let n = 0; n < N; n++) for (let c = 0; c < C; c++) {
    for (let i = 0; i < shape[2]; i++) for (let j = 0; j < shape[3]; j++) {
      const places = [];
      for (let u = 0; u < poolHeight; u++) for (let v = 0; v < poolWidth; v++) {
        places.push(at(x.shape, n, c, i * stride + u, j * stride + v));
      }
      let largest = -Infinity;
      for (const p of places) largest = Math.max(largest, x.data[p]);
      visit(at(shape, n, c, i, j), places, largest);
    }
  }
  return shape;
}

export function maxPoolForward(x, options) {
  const out = zeros(eachWindow(x, options, () => undefined));
  eachWindow(x, options, (o, places, largest) => { out.data[o] = largest; });
  return {out, cache: {x, options}};
}

export function maxPoolBackward(dout, {x, options}) {
  const dx = zeros(x.shape);
  eachWindow(x, options, (o, places, largest) => {
    for (const p of places) {
      if (x.data[p] === largest) dx.data[p] += dout.data[o];
    }
  });
  return {dx};
}
