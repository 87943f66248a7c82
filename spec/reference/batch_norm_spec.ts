import {array, batchNormBackward, batchNormBackwardAlt, batchNormForward} from '../../src/reference';
import type {BatchNormCache, BatchNormOptions, NormGradients, ReferenceArray} from '../../src/reference';
import {itThrows} from '../support/messages';
import {expectGradient, numericGradient, randomArray} from '../support/numeric_gradient';

type Backward = (dout: ReferenceArray, cache: BatchNormCache) => NormGradients;
const backwards: Array<[string, Backward]> = [
  ['batchNormBackward', batchNormBackward], ['batchNormBackwardAlt', batchNormBackwardAlt],
];
const positive = (shape: number[], seed: number) => {
  const x = randomArray(shape, seed);
  return array(shape, x.data.map((value) => value ** 2 + 0.2));
};
const expectValues = (got: ReferenceArray, shape: number[], wanted: number[]) => {
  expect(got.shape).toEqual(shape);
  expect(got.data.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(got.data[i]).toBeCloseTo(value, 12));
};

describe('reference batchNormForward', () => {
  const x = array([2, 2], [1, 10, 3, 30]);

  it('normalises each column by its uncorrected variance', () => {
    // Column 0: mean 2, variance 1; column 1: mean 20, variance 100.
    const {out} = batchNormForward(x, array([2], [1, 2]), array([2], [0, 5]), {mode: 'train', eps: 0});
    expectValues(out, [2, 2], [-1, 3, 1, 7]);
  });

  it('adds eps to the variance, 1e-5 unless told', () => {
    expectValues(batchNormForward(x, null, null, {mode: 'train', eps: 3}).out, [2, 2],
      [-1 / 2, -10 / Math.sqrt(103), 1 / 2, 10 / Math.sqrt(103)]);
    expect(batchNormForward(x, null, null, {mode: 'train'}).out.data[2]).toBeCloseTo(1 / Math.sqrt(1 + 1e-5), 14);
  });

  it('starts the running values at zero and weighs the old ones by momentum, 0.9 unless told', () => {
    const first = batchNormForward(x, null, null, {mode: 'train'});
    expectValues(first.runningMean, [2], [0.2, 2]);
    expectValues(first.runningVar, [2], [0.1, 10]);
    const {runningMean, runningVar} = first;
    const second = batchNormForward(x, null, null, {mode: 'train', momentum: 0.25, runningMean, runningVar});
    expectValues(second.runningMean, [2], [0.05 + 1.5, 0.5 + 15]);
    expectValues(second.runningVar, [2], [0.025 + 0.75, 2.5 + 75]);
    expectValues(runningMean, [2], [0.2, 2]);
    expectValues(runningVar, [2], [0.1, 10]);
  });

  it('keeps the running values at momentum 1', () => {
    const runningMean = array([2], [3, 4]);
    expectValues(batchNormForward(x, null, null, {mode: 'train', momentum: 1, runningMean}).runningMean, [2], [3, 4]);
  });

  it('normalises by the running values in test mode, and returns them unchanged', () => {
    const runningMean = array([2], [1, 2]);
    const runningVar = array([2], [4, 9]);
    const result = batchNormForward(array([1, 2], [5, 5]), array([2], [10, 1]), array([2], [0, 1]),
      {mode: 'test', eps: 0, runningMean, runningVar});
    expectValues(result.out, [1, 2], [20, 2]);
    expect(result.runningMean).toEqual(runningMean);
    expect(result.runningVar).toEqual(runningVar);
    expect(result.runningMean.data).not.toBe(runningMean.data);
  });

  it('returns the running values of test mode to the last digit', () => {
    const running = randomArray([200], 5);
    const {runningMean} = batchNormForward(randomArray([2, 200], 6), null, null,
      {mode: 'test', runningMean: running, runningVar: randomArray([200], 7)});
    expect(runningMean).toEqual(running);
  });

  it('takes statistics of images over everything but the channels', () => {
    const images = array([2, 2, 1, 2], [1, 3, 0, 0, 5, 7, 0, 8]);
    const {out, runningMean, runningVar} = batchNormForward(images, null, null, {mode: 'train', eps: 0, momentum: 0});
    expectValues(runningMean, [2], [4, 2]);
    expectValues(runningVar, [2], [5, 12]);
    const [a, b] = [Math.sqrt(5), Math.sqrt(12)];
    expectValues(out, [2, 2, 1, 2], [-3 / a, -1 / a, -2 / b, -2 / b, 1 / a, 3 / a, -2 / b, 6 / b]);
  });

  it('takes any axis for the channels, counted from either end', () => {
    const volume = randomArray([2, 3, 4], 1);
    const last = batchNormForward(volume, null, null, {mode: 'train', axis: -1, momentum: 0});
    expect(last.runningMean.shape).toEqual([4]);
    expect(last.out).toEqual(batchNormForward(volume, null, null, {mode: 'train', axis: 2}).out);
    const flat = {shape: [6, 4], data: volume.data};
    expect(last.out.data).toEqual(batchNormForward(flat, null, null, {mode: 'train'}).out.data);
    expect(batchNormForward(volume, null, null, {mode: 'train', axis: 0}).runningVar.shape).toEqual([2]);
  });
});

describe('reference batch norm backwards', () => {
  const cases: Array<[number[], BatchNormOptions]> = [
    [[5, 3], {mode: 'train'}],
    [[4, 3], {mode: 'train', eps: 0.1, momentum: 0.3}],
    [[2, 3, 2, 4], {mode: 'train'}],
    [[3, 2, 4], {mode: 'train', axis: -1}],
    [[3, 4], {mode: 'train', axis: 0}],
    [[2, 2, 1, 3, 2], {mode: 'train', axis: 3}],
    [[4, 3], {mode: 'test'}],
    [[2, 3, 2, 2], {mode: 'test', eps: 0.1}],
    [[2, 2, 3], {mode: 'test', axis: 2}],
  ];
  cases.forEach(([shape, rest], i) => {
    const axis = rest.axis ?? 1;
    const C = shape.at(axis)!;
    const x = randomArray(shape, 10 * i);
    const gamma = randomArray([C], 10 * i + 1);
    const beta = randomArray([C], 10 * i + 2);
    const dout = randomArray(shape, 10 * i + 3);
    const options = {...rest, runningMean: randomArray([C], 10 * i + 4), runningVar: positive([C], 10 * i + 5)};

    backwards.forEach(([name, backward]) => {
      it(`${name} matches central differences: x=${shape} ${JSON.stringify(rest)}`, () => {
        const {dx, dgamma, dbeta} = backward(dout, batchNormForward(x, gamma, beta, options).cache);
        expectGradient(dx,
          numericGradient((moved) => batchNormForward(moved, gamma, beta, options).out, x, dout), 'dx');
        expectGradient(dgamma,
          numericGradient((moved) => batchNormForward(x, moved, beta, options).out, gamma, dout), 'dgamma');
        expectGradient(dbeta,
          numericGradient((moved) => batchNormForward(x, gamma, moved, options).out, beta, dout), 'dbeta');
      });

      it(`${name} does without gamma and beta: x=${shape} ${JSON.stringify(rest)}`, () => {
        const {dx, dgamma, dbeta} = backward(dout, batchNormForward(x, null, null, options).cache);
        expectGradient(dx, numericGradient((moved) => batchNormForward(moved, null, null, options).out, x, dout), 'dx');
        expect(dgamma).toBeNull();
        expect(dbeta).toBeNull();
        expect(backward(dout, batchNormForward(x, gamma, null, options).cache).dgamma).not.toBeNull();
        expect(backward(dout, batchNormForward(x, null, beta, options).cache).dbeta).not.toBeNull();
      });
    });

    it(`agree with each other to rounding: x=${shape} ${JSON.stringify(rest)}`, () => {
      const {cache} = batchNormForward(x, gamma, beta, options);
      const staged = batchNormBackward(dout, cache);
      const simplified = batchNormBackwardAlt(dout, cache);
      expectGradient(staged.dx, simplified.dx, 'dx', 1e-12, 1e-13);
      expect(staged.dgamma).toEqual(simplified.dgamma);
      expect(staged.dbeta).toEqual(simplified.dbeta);
    });
  });

  backwards.forEach(([name, backward]) => {
    it(`${name} by hand in test mode`, () => {
      const options: BatchNormOptions = {
        mode: 'test', eps: 0, runningMean: array([1], [1]), runningVar: array([1], [4]),
      };
      const {cache} = batchNormForward(array([2, 1], [5, 3]), array([1], [10]), array([1], [0]), options);
      const {dx, dgamma, dbeta} = backward(array([2, 1], [1, 2]), cache);
      expectValues(dx, [2, 1], [5, 10]);
      expectValues(dgamma!, [1], [2 + 2]);
      expectValues(dbeta!, [1], [3]);
    });

    it(`${name} does not follow running values that change afterwards`, () => {
      const runningMean = array([1], [1]);
      const runningVar = array([1], [4]);
      const {cache} = batchNormForward(array([1, 1], [5]), array([1], [1]), null,
        {mode: 'test', eps: 0, runningMean, runningVar});
      runningMean.data[0] = runningVar.data[0] = 100;
      expectValues(backward(array([1, 1], [1]), cache).dx, [1, 1], [0.5]);
    });
  });
});

describe('reference batch norm refuses', () => {
  const x = randomArray([2, 3], 1);
  const vector = randomArray([3], 2);
  const {cache} = batchNormForward(x, vector, vector, {mode: 'train'});
  const norm = (options: object) => () => batchNormForward(x, null, null, options as BatchNormOptions);
  const refusals: Array<[string, () => unknown, RegExp]> = [
    ['no mode', norm({}), /^batchNormForward: mode must be 'train' or 'test'\. Got undefined/],
    ['another mode', norm({mode: 'eval'}), /mode must be 'train' or 'test'\. Got 'eval'/],
    ['test mode without runningMean', norm({mode: 'test', runningVar: vector}), /runningMean is required in test mode/],
    ['test mode without runningVar', norm({mode: 'test', runningMean: vector, runningVar: null}),
      /runningVar is required in test mode, an array \[3\]\. Got null/],
    ['a runningMean of the wrong length', norm({mode: 'train', runningMean: randomArray([2], 1)}),
      /runningMean must have shape \[3\], one value for each of the 3 channels on axis 1 of x \[2,3\]\. Got \[2\]/],
    ['a runningVar of the wrong rank', norm({mode: 'train', runningVar: randomArray([1, 3], 1)}), /Got \[1,3\]/],
    ['gamma of the wrong length', () => batchNormForward(x, randomArray([2], 1), null, {mode: 'train'}),
      /gamma must have shape \[3\].*Got \[2\]/],
    ['gamma of one value', () => batchNormForward(x, randomArray([1], 1), null, {mode: 'train'}), /gamma.*Got \[1\]/],
    ['beta of the wrong length', () => batchNormForward(x, null, randomArray([2], 1), {mode: 'train'}),
      /beta must have shape \[3\].*Got \[2\]/],
    ['x that is not an array', () => batchNormForward(null as never, null, null, {mode: 'train'}), /x must be \{shape.*Got null/],
    ['x of rank 1', () => batchNormForward(vector, null, null, {mode: 'train'}), /x must have at least 2 axes/],
    ['an axis that x does not have', norm({mode: 'train', axis: 2}), /axis must be a whole number from -2 to 1.*Got 2/],
    ['a negative eps', norm({mode: 'train', eps: -1}), /eps must be a finite number >= 0\. Got -1/],
    ['a NaN eps', norm({mode: 'train', eps: NaN}), /eps must be.*Got NaN/],
    ['a momentum above 1', norm({mode: 'train', momentum: 2}),
      /momentum must be a finite number >= 0 and <= 1\. Got 2/],
    ['a negative momentum', norm({mode: 'train', momentum: -0.1}), /momentum must be.*Got -0\.1/],
    ['an unknown option', norm({mode: 'train', epsilon: 1}), /unknown option 'epsilon'\. The options are mode, eps/],
    ['dout of another shape, staged', () => batchNormBackward(vector, cache),
      /^batchNormBackward: dout must have shape \[2,3\].*Got \[3\]/],
    ['dout of another shape, simplified', () => batchNormBackwardAlt(vector, cache),
      /^batchNormBackwardAlt: dout must/],
    ['an empty cache', () => batchNormBackward(x, {} as never), /^batchNormBackward: cache must be the one that batchNormF/],
    ['no cache', () => batchNormBackward(x, undefined as never),
      /cache must be the one that batchNormForward returned/],
  ];
  itThrows(refusals, '');
});
