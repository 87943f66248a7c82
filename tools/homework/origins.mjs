/**
 * Where an entry of a layer's output or gradient comes from: the cells of the other arrays that make it, and the formula.
 * The grader prints it beside a wrong entry; the demo lights it up. Nothing here computes a layer: what a sum must come to
 * is what the reference says, and the specs check that the terms listed here add up to it.
 *
 * Images are [N, C, H, W], filters [F, C, HH, WW], as in `reference`.
 */

/** @typedef {import('../../src/reference').ReferenceArray} ReferenceArray */
/** @typedef {typeof import('../../src/reference')} Reference */

/**
 * One number of an array; `padding` where the index lies outside of the image.
 * @typedef {{array: string, index: number[], value: number, padding?: boolean}} Cell
 */
/**
 * Cells that are multiplied, and their product.
 * @typedef {{cells: Cell[], value: number}} Term
 */
/**
 * How an entry is made: the sum of the terms, or the largest of them. `facts` are numbers in the formula, `from` the cells
 * that they come from.
 * @typedef {object} Origin
 * @property {'sum' | 'max'} by
 * @property {string} formula
 * @property {Term[]} terms
 * @property {{[name: string]: number}} [facts]
 * @property {Cell[]} [from]
 */
/**
 * What a function was called with, by the names of its parameters; a backward gets what the forward was called with too,
 * and `cache`. `results` is what the reference returned.
 * @typedef {{[name: string]: any}} Call
 */

/**
 * @param {number[]} shape
 * @param {number[]} index
 */
export function positionOf(shape, index) {
  return index.reduce((position, at, axis) => position * shape[axis] + at, 0);
}

/**
 * The index of a position in `data`.
 * @param {number[]} shape
 * @param {number} position
 */
export function indexOf(shape, position) {
  /** @type {number[]} */
  const index = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(position % shape[axis]);
    position = Math.floor(position / shape[axis]);
  }
  return index;
}

/**
 * @param {string} array
 * @param {ReferenceArray} values
 * @param {number[]} index
 * @returns {Cell}
 */
function cell(array, {shape, data}, index) {
  const inside = index.every((at, axis) => at >= 0 && at < shape[axis]);
  return inside ? {array, index, value: data[positionOf(shape, index)]} : {array, index, value: 0, padding: true};
}

/** @param {Cell[]} cells @returns {Term} */
function product(...cells) {
  return {cells, value: cells.reduce((result, {value}) => result * value, 1)};
}

/** @param {number} count */
function range(count) {
  return Array.from({length: count}, (_, i) => i);
}

/** @param {string} formula @param {Term[]} terms @returns {Origin} */
function sum(formula, terms) {
  return {by: 'sum', formula, terms};
}

/**
 * The output positions whose window reaches this row (or column), and with which of its own rows.
 * @param {number} place
 * @param {{stride: number, pad: number, size: number, count: number}} window
 */
function windowsOver(place, {stride, pad, size, count}) {
  return range(size).flatMap((tap) => {
    const i = (place + pad - tap) / stride;
    return Number.isInteger(i) && i >= 0 && i < count ? [{i, tap}] : [];
  }).reverse();
}

/** @param {Call} call @param {number} rows @param {number} columns */
function bothWindows({options, dout}, rows, columns) {
  const {stride = 1, pad = 0} = options;
  const [, , outRows, outColumns] = dout.shape;
  return [{stride, pad, size: rows, count: outRows}, {stride, pad, size: columns, count: outColumns}];
}

/** @type {{[result: string]: (call: Call, index: number[]) => Origin}} */
const conv = {
  out({x, w, b, options: {stride = 1, pad = 0}}, [n, f, i, j]) {
    const [, channels, rows, columns] = w.shape;
    const terms = range(channels).flatMap((c) => range(rows).flatMap((u) => range(columns).map((v) => product(
      cell('x', x, [n, c, i * stride + u - pad, j * stride + v - pad]), cell('w', w, [f, c, u, v])))));
    return sum('out = the sum over its window of x · w, plus b', b ? [...terms, product(cell('b', b, [f]))] : terms);
  },
  dx(call, [n, c, h, column]) {
    const {w, dout} = call;
    const [down, across] = bothWindows(call, w.shape[2], w.shape[3]);
    return sum('dx = the sum over the windows that reach it of dout · w', range(w.shape[0]).flatMap((f) =>
      windowsOver(h, down).flatMap(({i, tap: u}) => windowsOver(column, across).map(({i: j, tap: v}) =>
        product(cell('dout', dout, [n, f, i, j]), cell('w', w, [f, c, u, v]))))));
  },
  dw({x, dout, options: {stride = 1, pad = 0}}, [f, c, u, v]) {
    const [images, , rows, columns] = dout.shape;
    return sum('dw = the sum over all windows of the x that this weight met, times dout', range(images).flatMap((n) =>
      range(rows).flatMap((i) => range(columns).map((j) =>
        product(cell('x', x, [n, c, i * stride + u - pad, j * stride + v - pad]), cell('dout', dout, [n, f, i, j]))))));
  },
  db({dout}, [f]) {
    const [images, , rows, columns] = dout.shape;
    return sum('db = the sum of dout over all images and places of this filter', range(images).flatMap((n) =>
      range(rows).flatMap((i) => range(columns).map((j) => product(cell('dout', dout, [n, f, i, j]))))));
  },
};

/** @type {typeof conv} */
const relu = {
  out: ({x}, index) => ({
    by: 'max', formula: 'out = the larger of x and 0',
    terms: [product(cell('x', x, index)), product({array: '0', index: [], value: 0})],
  }),
  dx({x, dout}, index) {
    const passes = cell('x', x, index).value > 0 ? 1 : 0;
    return {
      by: 'sum', formula: 'dx = dout where x > 0, else 0', from: [cell('x', x, index)],
      terms: [product(cell('dout', dout, index), {array: 'x > 0', index, value: passes})],
    };
  },
};

/** @type {typeof conv} */
const maxPool = {
  out({x, options: {poolHeight, poolWidth, stride = poolHeight}}, [n, c, i, j]) {
    const terms = range(poolHeight).flatMap((u) => range(poolWidth).map((v) =>
      product(cell('x', x, [n, c, i * stride + u, j * stride + v]))));
    return {by: 'max', formula: 'out = the largest x of its window', terms};
  },
  dx({x, dout, out, options: {poolHeight, poolWidth, stride = poolHeight}}, [n, c, h, w]) {
    const [down, across] = [
      {stride, pad: 0, size: poolHeight, count: dout.shape[2]}, {stride, pad: 0, size: poolWidth, count: dout.shape[3]}];
    const here = cell('x', x, [n, c, h, w]);
    const terms = windowsOver(h, down).flatMap(({i}) => windowsOver(w, across).map(({i: j}) => {
      const largest = cell('out', out, [n, c, i, j]);
      return product(cell('dout', dout, [n, c, i, j]),
        {array: 'x = out', index: largest.index, value: here.value === largest.value ? 1 : 0});
    }));
    return {
      by: 'sum', formula: 'dx = the sum of dout over the windows whose maximum it is (every one of tied maxima gets it)',
      terms, from: [here],
    };
  },
};

/** The index of value d of a flattened example. @param {number[]} shape @param {number} n @param {number} d */
const inExample = (shape, n, d) => [n, ...indexOf(shape.slice(1), d)];

/** @type {typeof conv} */
const affine = {
  out({x, w, b}, [n, m]) {
    const terms = range(w.shape[0]).map((d) => product(cell('x', x, inExample(x.shape, n, d)), cell('w', w, [d, m])));
    return sum('out = the sum over the example of x · w, plus b', b ? [...terms, product(cell('b', b, [m]))] : terms);
  },
  dx({x, w, dout}, [n, ...rest]) {
    const d = positionOf(x.shape.slice(1), rest);
    return sum('dx = the sum over the outputs of dout · w', range(w.shape[1]).map((m) =>
      product(cell('dout', dout, [n, m]), cell('w', w, [d, m]))));
  },
  dw: ({x, dout}, [d, m]) => sum('dw = the sum over the examples of x · dout', range(x.shape[0]).map((n) =>
    product(cell('x', x, inExample(x.shape, n, d)), cell('dout', dout, [n, m])))),
  db: ({dout}, [m]) => sum('db = the sum over the examples of dout', range(dout.shape[0]).map((n) =>
    product(cell('dout', dout, [n, m])))),
};

/** @type {typeof conv} */
const softmax = {
  loss({x, y, reference}) {
    const [N, C] = x.shape;
    const scores = range(N * C).map((position) => cell('x', x, indexOf(x.shape, position)));
    return {from: scores,
      ...sum('loss = the mean over the rows of −log P[n, y[n]]; below the loss of each row, divided by N', range(N).map((n) => {
      const {loss} = reference.softmaxLoss(
        {shape: [1, C], data: x.data.subarray(n * C, (n + 1) * C)}, [y[n]]);
      return product({array: `−log P[${n}, ${y[n]}]`, index: [n], value: loss},
        {array: '1/N', index: [], value: 1 / N});
    }))};
  },
  dx({x, y, results}, [n, c]) {
    const [N, C] = x.shape;
    const hot = y[n] === c ? 1 : 0;
    const share = results.dx.data[n * C + c] * N + hot;
    return {
      by: 'sum', formula: `dx = (P − 1)/N at the label of the row, P/N elsewhere; P = exp(x)/sum of exp(x) over the row`,
      facts: {[`P[${n}, ${c}]`]: share, [`y[${n}]`]: y[n], N},
      from: range(C).map((k) => cell('x', x, [n, k])),
      terms: [
        product({array: 'P', index: [n, c], value: share}, {array: '1/N', index: [], value: 1 / N}),
        ...hot ? [product({array: '−1/N', index: [], value: -1 / N})] : [],
      ],
    };
  },
};

/**
 * @param {string} group what is normalised together: 'column' or 'row'
 * @param {(index: number[], shape: number[]) => number} statistic which of the means and deviations an entry has
 * @param {(index: number[]) => number[]} parameter the index of its gamma and beta
 * @param {(index: number[], shape: number[]) => number[][]} together the entries that are normalised with it
 * @param {(index: number[], shape: number[]) => number[][]} shared the entries that share a gamma and a beta
 * @returns {typeof conv}
 */
function norm(group, statistic, parameter, together, shared) {
  /** @param {Call} call */
  const xHatOf = ({x, cache}) => ({shape: x.shape, data: cache.xHat.data});
  return {
    out(call, index) {
      const {x, gamma, beta, cache} = call;
      const at = statistic(index, x.shape);
      const {mu, std} = statisticsOf(call, at, together(index, x.shape));
      return {
        ...sum('out = gamma · xHat + beta, with xHat = (x − mu)/std', [
          product(cell('gamma', gamma, parameter(index)), cell('xHat', xHatOf(call), index)),
          product(cell('beta', beta, parameter(index)))]),
        facts: {mu, std}, from: cache.mode === 'test' ? [cell('x', x, index)] :
          together(index, x.shape).map((other) => cell('x', x, other)),
      };
    },
    dx(call, index) {
      const {x, gamma, dout, cache} = call;
      const group_ = together(index, x.shape);
      const at = statistic(index, x.shape);
      const scaled = (/** @type {number[]} */ other) =>
        cell('dout', dout, other).value * cell('gamma', gamma, parameter(other)).value;
      const xHat = (/** @type {number[]} */ other) => cell('xHat', xHatOf(call), other).value;
      const mean = (/** @type {(other: number[]) => number} */ f) =>
        group_.reduce((total, other) => total + f(other), 0) / group_.length;
      const std = cache.std[at];
      const facts = {
        dxHat: scaled(index), xHat: xHat(index), std, 'mean(dxHat)': mean(scaled),
        'mean(dxHat · xHat)': mean((other) => scaled(other) * xHat(other)),
      };
      return {
        by: 'sum', formula: 'dx = (dxHat − mean(dxHat) − xHat · mean(dxHat · xHat))/std, with dxHat = dout · gamma',
        facts, from: group_.map((other) => cell('dout', dout, other)),
        terms: [
          product({array: 'dxHat', index, value: facts.dxHat}, {array: '1/std', index: [at], value: 1 / std}),
          product({array: '−mean(dxHat)', index: [at], value: -facts['mean(dxHat)']},
            {array: '1/std', index: [at], value: 1 / std}),
          product({array: '−xHat', index, value: -facts.xHat},
            {array: 'mean(dxHat · xHat)', index: [at], value: facts['mean(dxHat · xHat)']},
            {array: '1/std', index: [at], value: 1 / std}),
        ],
      };
    },
    dgamma: (call, index) => sum(`dgamma = the sum over what it scaled of dout · xHat`,
      shared(index, call['x'].shape).map((other) =>
        product(cell('dout', call['dout'], other), cell('xHat', xHatOf(call), other)))),
    dbeta: (call, index) => sum(`dbeta = the sum over what it shifted of dout`,
      shared(index, call['x'].shape).map((other) => product(cell('dout', call['dout'], other)))),
    runningMean: (call, index) => running(call, index, 'runningMean', 'mu'),
    runningVar: (call, index) => running(call, index, 'runningVar', 'var'),
  };

  /** @param {Call} call @param {number[]} index @param {'runningMean' | 'runningVar'} name @param {string} sample */
  function running({x, options, cache}, index, name, sample) {
    const {mode, momentum = 0.9, eps = 1e-5} = options;
    const old = options[name] ? cell(name, options[name], index) : {array: name, index, value: 0};
    if (mode === 'test') return sum(`${name} stays as it is in test mode`, [product(old)]);
    const value = name === 'runningMean' ? cache.mu[index[0]] : cache.std[index[0]] ** 2 - eps;
    return {
      ...sum(`${name} = momentum · ${name} + (1 − momentum) · ${sample} of this ${group}, the variance divided by N`, [
        product({array: 'momentum', index: [], value: momentum}, old),
        product({array: '1 − momentum', index: [], value: 1 - momentum}, {array: sample, index, value})]),
      from: together([0, index[0]], x.shape).map((other) => cell('x', x, other)),
    };
  }

  /** The mean is the cache's where it is kept there. @param {Call} call @param {number} at @param {number[][]} cells */
  function statisticsOf({x, cache}, at, cells) {
    const mu = cache.mu?.[at] ?? cells.reduce((total, other) => total + cell('x', x, other).value, 0) / cells.length;
    return {mu, std: cache.std[at]};
  }
}

/** Of [N, D] or [N, C, H, W]: all entries of a channel. @param {number} channel @param {number[]} shape */
const channelOf = (channel, shape) => range(shape.reduce((total, size) => total * size, 1))
  .map((position) => indexOf(shape, position)).filter((index) => index[1] === channel);

const batchNorm = norm('column', ([, c]) => c, (index) => [index[1]], ([, c], shape) => channelOf(c, shape),
  ([c], shape) => channelOf(c, shape));

const layerNorm = norm('row', ([n]) => n, ([, d]) => [d], ([n], [, D]) => range(D).map((d) => [n, d]),
  ([d], [N]) => range(N).map((n) => [n, d]));

/** @type {typeof conv} */
const columns = {
  cols({x, options}, [row, column]) {
    return sum('cols = one x of a window: row (c, u, v) of the column of that window', [product(
      cell('x', x, pixelOf(x.shape, options, row, column)))]);
  },
  x({cols, xShape, options}, index) {
    const [rows, width] = cols.shape;
    const terms = range(rows).flatMap((row) => range(width)
      .filter((column) => pixelOf(xShape, options, row, column).every((at, axis) => at === index[axis]))
      .map((column) => product(cell('cols', cols, [row, column]))));
    return sum('x = the sum of all cols that im2col copied from it', terms);
  },
};

/**
 * The pixel, maybe of the padding, that an entry of the columns shows.
 * @param {number[]} shape
 * @param {{kernelSize: [number, number], stride?: number, pad?: number}} options
 * @param {number} row
 * @param {number} column
 */
function pixelOf([, , H, W], {kernelSize: [HH, WW], stride = 1, pad = 0}, row, column) {
  const [down, across] = [[H, HH], [W, WW]].map(([size, window]) => Math.floor((size + 2 * pad - window) / stride) + 1);
  const [c, u, v] = [Math.floor(row / (HH * WW)), Math.floor(row / WW) % HH, row % WW];
  const [n, i, j] = [Math.floor(column / (down * across)), Math.floor(column / across) % down, column % across];
  return [n, c, i * stride + u - pad, j * stride + v - pad];
}

/**
 * By function of the reference and by the name of the array in what it returns.
 * @type {{[name: string]: {[result: string]: (call: Call, index: number[]) => Origin}}}
 */
export const ORIGINS = {
  convForward: conv, convBackward: conv,
  reluForward: relu, reluBackward: relu,
  maxPoolForward: maxPool, maxPoolBackward: maxPool,
  affineForward: affine, affineBackward: affine,
  softmaxLoss: softmax,
  batchNormForward: batchNorm, batchNormBackward: batchNorm, batchNormBackwardAlt: batchNorm,
  layerNormForward: layerNorm, layerNormBackward: layerNorm,
  im2col: columns, col2im: columns,
};

/**
 * Where entry `index` of `result` comes from.
 * @param {string} name the function of the reference that returns it
 * @param {string} result
 * @param {Call} call
 * @param {number[]} index
 * @returns {Origin}
 */
export function originOf(name, result, call, index) {
  return ORIGINS[name][result](call, index);
}

/** What the terms come to. @param {Origin} origin */
export function totalOf({by, terms}) {
  return by === 'max' ? Math.max(...terms.map(({value}) => value)) : terms.reduce((total, {value}) => total + value, 0);
}
