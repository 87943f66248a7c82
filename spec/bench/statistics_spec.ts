import {quantile, summary} from '../../bench/statistics';

describe('bench: statistics', () => {
  it('finds the median and the quartiles between the values, in any order', () => {
    expect(summary([5, 1, 2, 4, 3])).toEqual({median: 3, quartiles: [2, 4], samples: 5});
    expect(summary([4, 1, 3, 2])).toEqual({median: 2.5, quartiles: [1.75, 3.25], samples: 4});
  });

  it('takes one value for all of them', () => {
    expect(summary([7])).toEqual({median: 7, quartiles: [7, 7], samples: 1});
  });

  it('says NaN of nothing', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});
