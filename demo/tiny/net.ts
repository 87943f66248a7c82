import {
  affineBackward, affineForward, array, batchNormBackward, batchNormBackwardAlt, batchNormForward, convBackward, convForward,
  maxPoolBackward, maxPoolForward, reluBackward, reluForward, softmaxLoss,
} from '../../src/reference';
import type {BatchNormCache, ReferenceArray} from '../../src/reference';
import {batchNormStages} from '../../src/reference/batch_norm';
import {seeded} from '../../src/checks/grad_check/random';

/** Without batch norm, or with the backward of these two. */
export type Norm = 'off' | 'staged' | 'simplified';

/** The arrays that the visitor can change, by their names. */
export const SHAPES = {
  x: [1, 1, 6, 6], w: [2, 1, 3, 3], b: [2], gamma: [2], beta: [2], v: [8, 3], c: [3],
} as const;

export type Parameter = keyof typeof SHAPES;
export type Parameters = {[name in Parameter]: ReferenceArray};

/** Which parameters a training step changes: all but the image. */
export const TRAINED = ['w', 'b', 'gamma', 'beta', 'v', 'c'] as const;

const POOL = {poolHeight: 2, poolWidth: 2, stride: 2};
const CONV = {stride: 1, pad: 0};

/** A corner of light, and filters that look for edges. */
const FIRST: {[name in Parameter]: number[]} = {
  x: [0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 1, 0, 0, 2, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0],
  w: [1, 0.5, 0, 0.5, -1, 0, 0, 0, -0.5, -0.5, 0, 0.5, -1, 0.5, 1, 0, 0.5, 0],
  b: [0, 0.5], gamma: [1, 1.5], beta: [0.5, 0],
  v: [0.5, -0.5, 0, 0, 0.5, -0.5, 0.5, 0, -0.5, -0.5, 0.5, 0.5, 0, -0.5, 0.5, 0.5, 0.5, 0, -0.5, 0, 0.5, 0, 0.5, -0.5],
  c: [0, 0.5, -0.5],
};

export function firstParameters(): Parameters {
  return Object.fromEntries(Object.entries(FIRST).map(([name, values]) =>
    [name, array([...SHAPES[name as Parameter]], values)])) as unknown as Parameters;
}

/** Other numbers: halves from −1 to 1, and an image of whole ones. */
export function drawnParameters(seed: number): Parameters {
  const random = seeded(seed);
  const draw = (name: Parameter) => {
    if (name === 'x') return Math.floor(3 * random());
    return name === 'gamma' ? 1 + Math.floor(3 * random()) / 2 : Math.floor(5 * random()) / 2 - 1;
  };
  return Object.fromEntries((Object.keys(SHAPES) as Parameter[]).map((name) => {
    const shape: number[] = [...SHAPES[name]];
    return [name, array(shape, Array.from({length: shape.reduce((a, size) => a * size, 1)}, () => draw(name)))];
  })) as unknown as Parameters;
}

/** Everything that happens in one step, there and back, by the library's reference. */
export function run(parameters: Parameters, label: number, norm: Norm) {
  const {x, w, b, gamma, beta, v, c} = parameters;
  const conv = convForward(x, w, b, CONV);
  const normed = norm === 'off' ? null : batchNormForward(conv.out, gamma, beta, {mode: 'train'});
  const relu = reluForward(normed?.out ?? conv.out);
  const pool = maxPoolForward(relu.out, POOL);
  const scores = affineForward(pool.out, v, c);
  const {loss, dx: dscores} = softmaxLoss(scores.out, [label]);

  const affine = affineBackward(dscores, scores.cache);
  const {dx: drelu} = maxPoolBackward(affine.dx, pool.cache);
  const {dx: dnormed} = reluBackward(drelu, relu.cache);
  const backward = norm === 'staged' ? batchNormBackward : batchNormBackwardAlt;
  const back = normed && backward(dnormed, normed.cache);
  const {dx, dw, db} = convBackward(back?.dx ?? dnormed, conv.cache);
  // The probabilities are in the gradient: P - onehot, of one image.
  const P = array([1, 3], dscores.data.map((value, k) => value + (k === label ? 1 : 0)));
  return {
    values: {x, w, b, conv: conv.out, norm: normed?.out ?? null, gamma, beta, relu: relu.out, pool: pool.out, v, c,
      scores: scores.out, P},
    gradients: {x: dx, w: dw, b: db!, conv: back?.dx ?? dnormed, norm: normed && dnormed, gamma: back?.dgamma ?? null,
      beta: back?.dbeta ?? null, relu: drelu, pool: affine.dx, v: affine.dw, c: affine.db!, scores: dscores, P: null},
    loss,
    statistics: normed && statisticsOf(normed.cache, dnormed),
    cache: normed?.cache ?? null,
    options: {conv: CONV, pool: POOL},
  };
}

export type Run = ReturnType<typeof run>;
export type ArrayName = keyof Run['values'];

/** Mean, deviation, and what the staged backward finds on its way, a value for each channel. */
function statisticsOf(cache: BatchNormCache, dnormed: ReferenceArray) {
  const {dstd, dvar, dmu} = batchNormStages(dnormed, cache);
  return {mu: cache.mu, std: cache.std, dstd, dvar, dmu};
}

/** The parameters after a step against their gradients. */
export function stepped(parameters: Parameters, {gradients}: Run, rate: number): Parameters {
  return {...parameters, ...Object.fromEntries(TRAINED.map((name) => {
    const {shape, data} = parameters[name];
    const gradient = gradients[name];
    // As float32, which is what an address keeps.
    return [name, array(shape, gradient ? data.map((value, i) => Math.fround(value - rate * gradient.data[i]!)) : data)];
  }))};
}
