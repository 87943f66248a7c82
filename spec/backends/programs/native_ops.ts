/** Each op of `native/` with arguments that fit. */
export interface NativeOp {
  inputs: {[name: string]: {shape: number[], dtype: 'float32' | 'int32'}};
  sizes: number[];
  numbers: number[];
  counts?: {[name: string]: number};
  outputs: number;
  /** What is wrong elsewhere and may be here, as the title of the attempt begins. */
  mayBe?: RegExp;
}

const floats = (shapes: {[name: string]: number[]}): NativeOp['inputs'] =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, {shape, dtype: 'float32' as const}]));

const int = {shape: [], dtype: 'int32' as const};

/** Kernel 2x2, padding 1 above. */
const window = [2, 2, 1, 1, 1, 1, 1, 0, 0, 0];
const [x, out] = [[2, 4, 5, 8], [2, 4, 4, 8]];
const padding = 'size [6-9] is 0';
const anySize = 'along its (first|last) axis';

export const nativeOps: {[op: string]: NativeOp} = {
  ExplicitRelu: {inputs: floats({x}), sizes: [], numbers: [0, 0, 6], outputs: 1, mayBe: /^x has/},
  ExplicitReluGrad: {inputs: floats({dout: x, x}), sizes: [], numbers: [0, 0, 6], outputs: 1},
  ExplicitAddBias: {inputs: floats({x: [3, 4], bias: [4]}), sizes: [1], numbers: [], outputs: 1,
    mayBe: /^size 0 is 0|^x has (nothing|more) along its first axis/},
  ExplicitMaxPool: {inputs: floats({x}), sizes: window, numbers: [], outputs: 1,
    mayBe: new RegExp(`^${padding}|^x has (nothing|more) along its first axis|^x has (more|less) along its last axis`)},
  ExplicitAveragePool: {inputs: floats({x}), sizes: window, numbers: [], outputs: 1,
    mayBe: new RegExp(`^${padding}|^x has (nothing|more) along its first axis|^x has (more|less) along its last axis`)},
  ExplicitAveragePoolGrad: {
    inputs: {...floats({dout: [2, 1, 1, 8]}), size: {shape: [2], dtype: 'int32'}}, sizes: [1, 1, 1, 1, 1, 1, 0, 0, 0, 0],
    numbers: [], outputs: 1,
    mayBe: new RegExp(`^${padding}|^dout has (nothing|more) along its first axis|^dout has (more|less) along its last axis`)},
  ExplicitMaxPoolScatter: {inputs: floats({dout: out, x, out}), sizes: [...window, 0], numbers: [], outputs: 1,
    mayBe: /^size ([789]|10) is 0/},
  ExplicitMaxPoolGather: {inputs: floats({v: x, x, out}), sizes: [...window, 2], numbers: [], outputs: 1,
    mayBe: /^size ([789]|10) is 0/},
  ExplicitDropoutMask: {inputs: {seed: int, call: int, count: int}, sizes: [7, 7], numbers: [2], outputs: 1,
    mayBe: /^size [01] is 0/},
  ExplicitConv: {inputs: floats({x, w: [2, 2, 8, 16], bias: [16]}), sizes: [...window, 1], numbers: [], outputs: 1,
    mayBe: new RegExp(`^${padding}|^size 10 is 0|^x has (nothing|more) along its first axis|` +
        '^bias has (empty|nothing)')},
  ExplicitConvWeightGrads: {inputs: floats({x, dout: [2, 4, 4, 5]}), sizes: window, numbers: [], outputs: 2,
    mayBe: /^size [789] is 0|^(x|dout) has (more|less) along its last axis/},
  ExplicitDepthwiseConv: {inputs: floats({x, w: [2, 2, 8, 2], bias: [16]}), sizes: window, numbers: [], outputs: 1,
    mayBe: new RegExp(`^${padding}|^x has (nothing|more) along its first axis|^bias has (empty|nothing)`)},
  ExplicitDepthwiseConvInputGrad: {
    inputs: {...floats({dout: [2, 1, 1, 16], w: [1, 1, 8, 2]}), size: {shape: [2], dtype: 'int32'}},
    sizes: [1, 1, 1, 1, 1, 1, 0, 0, 0, 0], numbers: [], outputs: 1,
    mayBe: new RegExp(`^${padding}|^dout has (nothing|more) along its first axis`)},
  ExplicitDepthwiseConvFilterGrad: {inputs: floats({x, dout: [2, 4, 4, 16]}), sizes: window, numbers: [], outputs: 1,
    mayBe: /^size [789] is 0/},
  // a * x + y, and the root of the larger one of that and y.
  ExplicitChain: {
    inputs: floats({a: [], x: [3, 4], y: [3, 4]}), sizes: [2, 0, 1, 0, 3, 2, 4, 4, 2, 5, 5, 0, 4, 6], numbers: [],
    counts: {N: 3, M: 2}, outputs: 2, mayBe: /^size ([0-9]|1[01]) is 0|^(x|y) has a scalar/},
  ExplicitTransposedProduct: {inputs: floats({a: [3, 4], b: [3, 8]}), sizes: [], numbers: [], outputs: 1,
    mayBe: /^a has (nothing|more|less) along its last axis/},
  ExplicitColumnSum: {inputs: floats({x: [3, 4]}), sizes: [], numbers: [], outputs: 1, mayBe: new RegExp(`^x has .*${anySize}`)},
  ExplicitSoftmaxLossOfClasses: {
    inputs: {...floats({scores: [3, 4]}), labels: {shape: [3], dtype: 'int32'}}, sizes: [], numbers: [], outputs: 2,
    mayBe: /^scores has (more|less) along its last axis/},
  ExplicitSoftmaxLossOfWeights: {inputs: floats({scores: [3, 4], labels: [3, 4]}), sizes: [], numbers: [], outputs: 2},
  ExplicitBatchNorm: {inputs: floats({x: [3, 4], gamma: [4], beta: [4]}), sizes: [], numbers: [1e-3, 0, 6], outputs: 3,
    mayBe: /^(gamma|beta) has (empty|nothing)|^x has (nothing|more) along its first axis/},
  ExplicitBatchNormGrad: {inputs: floats({dout: [3, 4], x: [3, 4], gamma: [4], mean: [4], variance: [4]}), sizes: [],
    numbers: [1e-3], outputs: 3, mayBe: /^gamma has (empty|nothing)/},
  ExplicitBatchNormInference: {inputs: floats({x: [3, 4], gamma: [4], beta: [4], mean: [4], variance: [4]}), sizes: [],
    numbers: [1e-3, 0, 6], outputs: 1, mayBe: /^(gamma|beta) has (empty|nothing)|^x has (nothing|more) along its first axis/},
  ExplicitMovingAverages: {
    inputs: floats({running_mean: [4], mean: [4], running_variance: [4], variance: [4]}), sizes: [], numbers: [0.9, 0.1],
    outputs: 2},
  ExplicitLayerNorm: {inputs: floats({x: [3, 4], gamma: [4], beta: [4]}), sizes: [], numbers: [1e-3], outputs: 3,
    mayBe: /^(gamma|beta) has (empty|nothing)|^x has (nothing|more) along its first axis/},
  ExplicitLayerNormGrad: {inputs: floats({dout: [3, 4], x: [3, 4], gamma: [4], mean: [3], rstd: [3]}), sizes: [],
    numbers: [], outputs: 3, mayBe: /^gamma has (empty|nothing)/},
};
