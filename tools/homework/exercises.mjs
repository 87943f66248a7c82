/**
 * The exercises of the command `exercise`, and what the command `grade` tries their functions with. The functions have the
 * names, signatures and arrays of `reference`.
 */

/** @typedef {import('./origins.mjs').Call} Call */
/** @typedef {import('./origins.mjs').ReferenceArray} ReferenceArray */

/**
 * A function to be written.
 * @typedef {object} Task
 * @property {string} name as in `reference`
 * @property {[name: string, type: string][]} parameters
 * @property {string} returns a TypeScript type
 * @property {string} does in a sentence
 * @property {string[]} results the arrays in what it returns; an only one without a name is what it returns itself
 * @property {boolean} [bare] whether it returns the array itself
 * @property {string} [cacheOf] the function whose cache it gets
 * @property {{[result: string]: string}} [gradients] which result is the gradient of the forward by which input
 */
/**
 * @typedef {object} Exercise
 * @property {string} title
 * @property {string} notes the functions of the notes
 * @property {string[]} shapes a line each
 * @property {string[]} options what the options hold, a line each
 * @property {string[]} hint
 * @property {Task[]} tasks the forward first
 * @property {Call[]} cases the smallest first
 */

const ARRAY = 'ReferenceArray';

/**
 * Numbers that are easy to follow by hand, no two patterns alike: multiples of 1/4 from −2 to 2.
 * @param {number[]} shape
 * @param {number} start
 * @returns {ReferenceArray}
 */
function numbers(shape, start) {
  const size = shape.reduce((product, length) => product * length, 1);
  const data = Float64Array.from({length: size}, (_, i) => Math.round(((i + 1) * 0.618034 + start * 0.3247) % 1 * 16) / 4 - 2);
  return {shape, data};
}

/** @param {number[]} shape @param {number[]} values @returns {ReferenceArray} */
const given = (shape, values) => ({shape, data: Float64Array.from(values)});

/** @param {string} forward @param {[string, string][]} inputs @param {{[result: string]: string}} gradients @returns {Task} */
const forwardOf = (forward, inputs, gradients) => ({
  name: forward, parameters: inputs, returns: `{out: ${ARRAY}; cache: Cache}`, results: ['out'],
  does: `returns out, and in cache whatever ${Object.keys(gradients).join(', ')} will need.`,
});

/**
 * @param {string} name @param {string} cacheOf @param {{[result: string]: string}} gradients @param {string}
 * [how] @returns {Task}
 */
const backwardOf = (name, cacheOf, gradients, how = '') => ({
  name, parameters: [['dout', ARRAY], ['cache', 'Cache']], cacheOf, gradients, results: Object.keys(gradients),
  returns: `{${Object.keys(gradients).map((result) => `${result}: ${ARRAY}`).join('; ')}}`,
  does: `returns the gradient of sum(out * dout) by ${Object.values(gradients).join(', ')}, each in its shape${how}.`,
});

/** @param {string} stem @param {[string, string][]} inputs @param {{[result: string]: string}} gradients @returns {Task[]} */
const pair = (stem, inputs, gradients) => [
  forwardOf(`${stem}Forward`, inputs, gradients), backwardOf(`${stem}Backward`, `${stem}Forward`, gradients)];

/** @param {string[]} names @param {string} options @returns {[string, string][]} */
const parameters = (names, options = '') => [
  ...names.map((name) => /** @type {[string, string]} */ ([name, ARRAY])),
  .../** @type {[string, string][]} */ (options === '' ? [] : [['options', options]])];

const WINDOW = '{stride: number; pad: number}';

/** @type {[x: number[], w: number[], stride: number, pad: number][]} */
const CONVOLUTIONS = [
  [[1, 1, 3, 3], [1, 1, 2, 2], 1, 0], [[1, 1, 3, 4], [1, 1, 3, 2], 1, 1], [[1, 2, 4, 3], [1, 2, 2, 2], 1, 0],
  [[1, 1, 4, 4], [3, 1, 2, 2], 1, 0], [[2, 1, 3, 3], [1, 1, 2, 2], 1, 0], [[1, 1, 5, 5], [1, 1, 3, 3], 2, 1],
  [[1, 1, 6, 7], [2, 1, 3, 3], 2, 0], [[2, 3, 2, 3], [4, 3, 1, 1], 1, 0], [[1, 2, 4, 5], [2, 2, 2, 3], 3, 2],
  [[2, 3, 5, 4], [4, 3, 3, 2], 1, 1], [[2, 2, 7, 5], [3, 2, 3, 3], 2, 1],
];

/** @type {[x: number[], poolHeight: number, poolWidth: number, stride: number, values?: number[]][]} */
const POOLS = [
  [[1, 1, 2, 2], 2, 2, 2, [1, 4, 3, 2]], [[1, 1, 2, 2], 2, 2, 2, [-1, -4, -3, -2]], [[1, 1, 2, 2], 2, 2, 2, [3, 1, 3, 3]],
  [[1, 1, 4, 4], 2, 2, 2], [[1, 1, 3, 5], 3, 2, 1], [[1, 1, 4, 6], 2, 3, 2], [[1, 2, 4, 4], 2, 2, 2],
  [[2, 1, 4, 4], 2, 2, 2], [[1, 1, 5, 5], 3, 3, 2], [[1, 1, 5, 4], 2, 2, 2], [[1, 1, 4, 4], 2, 2, 1, Array(16).fill(0)],
  [[2, 3, 6, 5], 3, 2, 2],
];

/** @type {[x: number[], units: number][]} */
const PRODUCTS = [[[1, 2], 1], [[1, 3], 2], [[2, 3], 1], [[3, 4], 2], [[2, 2, 3], 4], [[2, 3, 2, 2], 3]];

/** @type {[scores: number[][], labels: number[]][]} */
const SCORES = [
  [[[1, 2]], [0]], [[[1, 2, 3]], [2]], [[[0, 0, 0, 0]], [1]], [[[1, 2, 3], [3, 0, -1]], [0, 1]],
  [[[0.5, -1, 2, 0], [2, 2, -2, 1], [0, 1, 0, 3]], [3, 0, 2]], [[[5], [-2]], [0, 0]], [[[800, 799, 798]], [1]],
  [[[-1000, -1001]], [0]], [[[1e4, 0, -1e4], [0, 1, 2]], [2, 1]],
];

/** @type {[shape: number[], options: {[name: string]: number}][]} */
const NORMS = [[[3, 1], {}], [[3, 2], {}], [[4, 3], {eps: 0.1}], [[3, 4], {eps: 1e-3}], [[5, 2], {}]];

/** @type {[x: number[], kernelSize: [number, number], stride: number, pad: number][]} */
const WINDOWS = [
  [[1, 1, 2, 3], [1, 2], 1, 0], [[1, 1, 3, 3], [2, 2], 1, 0], [[1, 2, 3, 3], [2, 2], 1, 0], [[2, 1, 3, 3], [2, 2], 1, 0],
  [[1, 1, 3, 4], [3, 2], 1, 1], [[1, 1, 4, 5], [2, 3], 2, 0], [[1, 1, 5, 5], [3, 3], 2, 1], [[2, 3, 4, 5], [3, 2], 1, 2],
];

/** @param {number[]} shape @param {{[name: string]: any}} options @param {number} i @param {number} size @returns {Call} */
const normCase = (shape, options, i, size) => ({
  x: numbers(shape, i), gamma: numbers([size], i + 5), beta: numbers([size], i + 9), options, dout: numbers(shape, i + 3),
});

/** @param {number[]} x @param {[number, number]} kernelSize @param {number} stride @param {number} pad */
function columnShape(x, [HH, WW], stride, pad) {
  const [rows, columns] = outputSize(x, [1, 1, HH, WW], stride, pad);
  return [x[1] * HH * WW, x[0] * rows * columns];
}

/** @type {{[name: string]: Exercise}} */
export const EXERCISES = {
  conv2d: {
    title: 'The convolutional layer',
    notes: 'conv_forward_naive and conv_backward_naive',
    shapes: ['x [N, C, H, W], w [F, C, HH, WW], b [F]',
      'out [N, F, H_out, W_out] with H_out = floor((H + 2 pad - HH) / stride) + 1, W_out likewise'],
    options: ['stride: rows and columns from one window to the next', 'pad: rows and columns of zeros on each side of an image'],
    hint: [
      'out[n, f, i, j] = b[f] + the sum over c, u, v of xp[n, c, i*stride + u, j*stride + v] * w[f, c, u, v],',
      'xp being x with its padding.',
      'Each product of one x and one w goes into one out. So the backward loops as the forward does, and each factor gets',
      'the other one times dout: dxp += w * dout, dw += xp * dout, db += dout. dx is dxp without the padding.',
    ],
    tasks: pair('conv', parameters(['x', 'w', 'b'], WINDOW), {dx: 'x', dw: 'w', db: 'b'}),
    cases: CONVOLUTIONS.map(([x, w, stride, pad], i) => ({
      x: numbers(x, i), w: numbers(w, i + 4), b: numbers([w[0]], i + 7), options: {stride, pad},
      dout: numbers([x[0], w[0], ...outputSize(x, w, stride, pad)], i + 2),
    })),
  },
  relu: {
    title: 'Rectified linear units',
    notes: 'relu_forward and relu_backward',
    shapes: ['x, out, dout and dx have one shape, any'],
    options: [],
    hint: ['out = max(0, x). The gradient passes where x > 0, and nowhere else: at 0 itself it is 0.'],
    tasks: pair('relu', parameters(['x']), {dx: 'x'}),
    cases: [[1], [3], [2, 3], [4], [2, 2, 3], [2, 3, 2, 2]].map((shape, i) => ({
      x: i === 1 ? given([3], [-1, 0, 2]) : i === 3 ? given([4], [-3, -0.5, 0.5, 7]) :
        i === 0 ? given([1], [2]) : numbers(shape, i),
      dout: i === 1 ? given([3], [3, 5, -4]) : numbers(shape, i + 2),
    })),
  },
  maxPool2d: {
    title: 'Max-pooling',
    notes: 'max_pool_forward_naive and max_pool_backward_naive',
    shapes: [
      'x [N, C, H, W]',
      'out [N, C, H_out, W_out] with H_out = floor((H - poolHeight) / stride) + 1, W_out likewise',
    ],
    options: ['poolHeight, poolWidth: rows and columns of a window', 'stride: rows and columns from one window to the next'],
    hint: [
      'out is the largest x of its window; x may be negative everywhere.',
      'In the backward dout of a window goes to its maximum. Where several entries tie, each of them gets dout in full;',
      'an entry that is the maximum of several windows gets the sum.',
    ],
    tasks: pair('maxPool', parameters(['x'], '{poolHeight: number; poolWidth: number; stride: number}'), {dx: 'x'}),
    cases: POOLS.map(([x, poolHeight, poolWidth, stride, values], i) => ({
      x: values ? given(x, values) : numbers(x, i), options: {poolHeight, poolWidth, stride},
      dout: numbers([x[0], x[1], ...outputSize(x, [0, 0, poolHeight, poolWidth], stride, 0)], i + 2),
    })),
  },
  affine: {
    title: 'The fully connected layer',
    notes: 'affine_forward and affine_backward',
    shapes: ['x [N, d_1, ..., d_k], each example flattened to D = d_1 * ... * d_k values', 'w [D, M], b [M], out [N, M]'],
    options: [],
    hint: ['out = x w + b on the flattened examples. dx = dout w^T in the shape of x, dw = x^T dout,',
      'db = the sum of dout over N.'],
    tasks: pair('affine', parameters(['x', 'w', 'b']), {dx: 'x', dw: 'w', db: 'b'}),
    cases: PRODUCTS.map(([x, units], i) => ({
      x: numbers(x, i), w: numbers([x.slice(1).reduce((product, size) => product * size, 1), units], i + 4),
      b: numbers([units], i + 7), dout: numbers([x[0], units], i + 2),
    })),
  },
  softmaxLoss: {
    title: 'Softmax and the cross-entropy loss',
    notes: 'softmax_loss',
    shapes: ['x [N, C], the scores', 'y: N labels from 0 to C - 1', 'loss a number, dx [N, C]'],
    options: [],
    hint: [
      'P = exp(x) / the sum of exp(x) over the row; loss = the mean over the rows of -log P[n, y[n]]; dx = (P - onehot(y)) / N.',
      'Scores of 10,000 and -10,000 must give a finite loss. exp overflows and log(0) is infinite, so work with',
      'log P = x - max - log(the sum of exp(x - max)).',
    ],
    tasks: [{
      name: 'softmaxLoss', parameters: [['x', ARRAY], ['y', 'number[]']], returns: `{loss: number; dx: ${ARRAY}}`,
      does: 'returns the loss, averaged over the rows, and its gradient by the scores.', results: ['loss', 'dx'],
      gradients: {dx: 'x'},
    }],
    cases: SCORES.map(([scores, y]) => ({x: given([scores.length, scores[0].length], scores.flat()), y})),
  },
  batchNorm: {
    title: 'Batch norm',
    notes: 'batchnorm_forward, batchnorm_backward and batchnorm_backward_alt',
    shapes: ['x [N, D]; gamma, beta, runningMean, runningVar [D]; out [N, D]'],
    options: [
      "mode: 'train' normalises by the mean and variance of this batch, 'test' by runningMean and runningVar",
      'eps: added to the variance; absent: 1e-5', 'momentum: the weight of the old running value; absent: 0.9',
      'runningMean, runningVar: absent in train mode: zeros',
    ],
    hint: [
      'mu = mean(x), var = mean((x - mu)^2) over the N rows (divide by N, not by N - 1), std = sqrt(var + eps),',
      'out = gamma (x - mu)/std + beta.',
      'In train mode running = momentum * running + (1 - momentum) * this batch\'s; in test mode it stays. Return new arrays.',
      'mu and std depend on x too. Stage by stage: dxHat = dout gamma, dstd, dvar, dmu, dx. Simplified:',
      'dx = (dxHat - mean(dxHat) - xHat mean(dxHat xHat)) / std. The backward is asked for in train mode only.',
    ],
    tasks: [
      {
        ...forwardOf('batchNormForward', parameters(['x', 'gamma', 'beta'],
          `{mode: 'train' | 'test'; eps?: number; momentum?: number; runningMean?: ${ARRAY}; runningVar?: ${ARRAY}}`),
        {dx: 'x', dgamma: 'gamma', dbeta: 'beta'}),
        returns: `{out: ${ARRAY}; cache: Cache; runningMean: ${ARRAY}; runningVar: ${ARRAY}}`,
        results: ['out', 'runningMean', 'runningVar'],
      },
      backwardOf('batchNormBackward', 'batchNormForward', {dx: 'x', dgamma: 'gamma', dbeta: 'beta'}, ', stage by stage'),
      backwardOf('batchNormBackwardAlt', 'batchNormForward', {dx: 'x', dgamma: 'gamma', dbeta: 'beta'}, ', simplified'),
    ],
    cases: [
      ...NORMS.map(([shape, options], i) => normCase(shape, {mode: 'train', ...options}, i, shape[1])),
      normCase([4, 2], {mode: 'train', momentum: 0.75, runningMean: numbers([2], 11), runningVar: given([2], [1, 2])}, 6, 2),
      normCase([3, 2], {mode: 'test', eps: 0.5, runningMean: numbers([2], 12), runningVar: given([2], [0.25, 3])}, 7, 2),
    ],
  },
  layerNorm: {
    title: 'Layer norm',
    notes: 'layernorm_forward and layernorm_backward',
    shapes: ['x [N, D]; gamma, beta [D]; out [N, D]'],
    options: ['eps: added to the variance; absent: 1e-5'],
    hint: [
      'As batch norm, but over the D values of each row: mu, var (divided by D) and std are [N].',
      'gamma and beta still belong to columns, so dgamma and dbeta sum over the rows, while the means in dx run over a row.',
    ],
    tasks: pair('layerNorm', parameters(['x', 'gamma', 'beta'], '{eps?: number}'), {dx: 'x', dgamma: 'gamma', dbeta: 'beta'}),
    cases: [[1, 3], [2, 3], [3, 4], [4, 2], [3, 5]].map((shape, i) =>
      normCase(shape, [{}, {}, {eps: 0.1}, {eps: 1e-3}, {}][i], i + 2, shape[1])),
  },
  col2im: {
    title: 'im2col and col2im',
    notes: '"Implementation as matrix multiplication"',
    shapes: [
      'x [N, C, H, W]', 'cols [C * HH * WW, N * H_out * W_out]; rows in the order (c, u, v) of a filter\'s weights,',
      'columns image by image, and in each image row by row of the output',
    ],
    options: [
      'kernelSize: [HH, WW], rows and columns of a window', 'stride: rows and columns from one window to the next',
      'pad: rows and columns of zeros on each side of an image',
    ],
    hint: [
      'im2col copies every window of the padded image into a column.',
      'col2im is its backward: it adds every entry of cols to the pixel that im2col copied it from. Pixels in several windows',
      'get a sum, and what falls into the padding is dropped.',
    ],
    tasks: [
      {
        name: 'im2col', parameters: [['x', ARRAY], ['options', `{kernelSize: [number, number]; stride: number; pad: number}`]],
        returns: ARRAY, results: ['cols'], bare: true, does: 'returns the windows of x as columns.',
      },
      {
        name: 'col2im', results: ['x'], bare: true, returns: ARRAY,
        parameters: [['cols', ARRAY], ['xShape', 'number[]'],
          ['options', `{kernelSize: [number, number]; stride: number; pad: number}`]],
        does: 'adds the columns back to images of xShape.', gradients: {x: 'x'},
      },
    ],
    cases: WINDOWS.map(([shape, kernelSize, stride, pad], i) => ({
      x: numbers(shape, i), xShape: shape, options: {kernelSize, stride, pad},
      cols: numbers(columnShape(shape, kernelSize, stride, pad), i + 3),
    })),
  },
};

/** Rows and columns of the output. @param {number[]} x @param {number[]} w @param {number} stride @param {number} pad */
function outputSize([, , H, W], [, , HH, WW], stride, pad) {
  return [[H, HH], [W, WW]].map(([size, window]) => Math.floor((size + 2 * pad - window) / stride) + 1);
}

/**
 * Whether a function is tried in a case: the notes' batch norm has no backward in test mode.
 * @param {Task} task
 * @param {Call} given
 */
export function isAsked({cacheOf}, given) {
  return !(cacheOf && given['options']?.mode === 'test');
}
