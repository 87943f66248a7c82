// @ts-nocheck: a student writes no types.
// The notes' relu_forward and relu_backward.
export function reluForward(x) {
  return {out: {shape: [...x.shape], data: x.data.map((value) => Math.max(0, value))}, cache: x};
}

export function reluBackward(dout, x) {
  return {dx: {shape: [...x.shape], data: dout.data.map((value, i) => (x.data[i] > 0 ? value : 0))}};
}
