// Sums of columns, and batch norm: each column by its own mean and variance.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernel.h"
#include "parallel.h"
#include "sums.h"

namespace explicit_layers {

namespace {

// A matrix, and what its columns are normalised with.
struct Columns {
  int64_t rows, columns;
  const float* x;
  const float* mean;
  const float* rstd;
  const float* dout;
};

// The matrix that input i is.
Columns columnsOf(Call& call, int i) {
  call.checkRank(i, 2);
  return {call.dimension(i, 0), call.dimension(i, 1), call.input(i), nullptr, nullptr, nullptr};
}

// Adds up what visit(row, column) adds to the `count` sums in `block`: a block of rows in float, the blocks in double.
template <typename Visit>
EXPLICIT_INLINE void addRows(
    int64_t first, int64_t last, int64_t columns, int64_t count, float* __restrict block, double* __restrict total,
    Visit visit) {
  for (int64_t start = first; start < last; start += kBlock) {
    const int64_t end = std::min(last, start + kBlock);
    std::fill(block, block + count, 0.0f);
    for (int64_t row = start; row < end; ++row) {
      for (int64_t c = 0; c < columns; ++c) visit(row, c);
    }
    for (int64_t i = 0; i < count; ++i) total[i] += block[i];
  }
}

using AddRows = void (*)(const Columns&, int64_t first, int64_t last, float* block, double* total);

// total[c] += the values of a column
EXPLICIT_SIMD void addValues(
    const Columns& m, int64_t first, int64_t last, float* __restrict block, double* __restrict total) {
  const float* __restrict x = m.x;
  addRows(first, last, m.columns, m.columns, block, total, [&](int64_t row, int64_t c) {
    block[c] += x[row * m.columns + c];
  });
}

// total[c] += dout, total[columns + c] += dout x-hat
EXPLICIT_SIMD void addGradients(
    const Columns& m, int64_t first, int64_t last, float* __restrict block, double* __restrict total) {
  const float* __restrict x = m.x;
  const float* __restrict dout = m.dout;
  const float* __restrict mean = m.mean;
  const float* __restrict rstd = m.rstd;
  float* __restrict products = block + m.columns;
  addRows(first, last, m.columns, 2 * m.columns, block, total, [&](int64_t row, int64_t c) {
    const int64_t at = row * m.columns + c;
    block[c] += dout[at];
    products[c] += dout[at] * ((x[at] - mean[c]) * rstd[c]);
  });
}

// sums[i] of what `add` adds over all rows, for i < count.
void sumRows(const Columns& m, AddRows add, int64_t count, float* sums) {
  const int64_t parts = partsFor(m.rows, m.columns);
  std::vector<double> partial(parts * count);
  inRanges(m.rows, parts, [&](int64_t part, int64_t first, int64_t last) {
    std::vector<float> block(count);
    add(m, first, last, block.data(), partial.data() + part * count);
  });
  addParts(partial, parts, count, sums);
}

void columnSum(Call& call) {
  const Columns m = columnsOf(call, 0);
  float* sum = call.output(0, {m.columns});
  if (call.ok()) sumRows(m, addValues, m.columns, sum);
}

// Of some rows of every column: how many there are, their mean, and the sum of the squared differences from it.
struct Moments {
  explicit Moments(int64_t columns) : mean(columns), squares(columns) {}

  int64_t rows = 0;
  std::vector<double> mean, squares;
};

// Takes further rows into the moments of a column that has `rows` so far: the distance of their means adds to the squares.
EXPLICIT_INLINE void join(
    double rows, double& mean, double& squares, double newRows, double newMean, double newSquares) {
  const double distance = newMean - mean;
  const double share = newRows / (rows + newRows);
  mean = mean * (1 - share) + newMean * share;  // an infinity stays one
  squares += newSquares + distance * distance * rows * share;
}

// A block of rows is read from memory once and stays near while its mean is found, then the squares. What is summed are
// differences from the block's first row: a sum of large values would lose the small ones between them.
EXPLICIT_SIMD void addMoments(
    const Columns& m, int64_t first, int64_t last, float* __restrict block, double* __restrict mean,
    double* __restrict squares) {
  const int64_t columns = m.columns;
  float* __restrict summed = block;
  float* __restrict squared = block + columns;
  float* __restrict base = block + 2 * columns;
  float* __restrict centre = block + 3 * columns;
  for (int64_t start = first; start < last; start += kBlock) {
    const int64_t end = std::min(last, start + kBlock);
    const double rows = end - start;
    const float* __restrict x = m.x + start * columns;
    std::fill(block, block + 2 * columns, 0.0f);
    for (int64_t c = 0; c < columns; ++c) base[c] = std::isfinite(x[c]) ? x[c] : 0.0f;
    for (int64_t row = 0; row < end - start; ++row) {
      for (int64_t c = 0; c < columns; ++c) summed[c] += x[row * columns + c] - base[c];
    }
    for (int64_t c = 0; c < columns; ++c) centre[c] = static_cast<float>(base[c] + summed[c] / rows);
    for (int64_t row = 0; row < end - start; ++row) {
      for (int64_t c = 0; c < columns; ++c) {
        const float difference = x[row * columns + c] - centre[c];
        squared[c] += difference * difference;
      }
    }
    for (int64_t c = 0; c < columns; ++c) {
      const double blockMean = base[c] + summed[c] / rows;
      const double off = blockMean - centre[c];  // the centre is rounded to a float
      join(start - first, mean[c], squares[c], rows, blockMean, squared[c] - rows * off * off);
    }
  }
}

// Mean and uncorrected variance of every column, from one pass over memory.
void momentsOf(const Columns& m, float* mean, float* variance) {
  const int64_t parts = partsFor(m.rows, 2 * m.columns);
  std::vector<Moments> moments(parts, Moments(m.columns));
  inRanges(m.rows, parts, [&](int64_t part, int64_t first, int64_t last) {
    std::vector<float> block(4 * m.columns);
    addMoments(m, first, last, block.data(), moments[part].mean.data(), moments[part].squares.data());
    moments[part].rows = last - first;
  });
  Moments& total = moments[0];
  for (int64_t part = 1; part < parts; ++part) {
    const Moments& next = moments[part];
    for (int64_t c = 0; c < m.columns; ++c) {
      join(total.rows, total.mean[c], total.squares[c], next.rows, next.mean[c], next.squares[c]);
    }
    total.rows += next.rows;
  }
  for (int64_t c = 0; c < m.columns; ++c) {
    mean[c] = static_cast<float>(total.mean[c]);
    const double squares = total.squares[c] < 0 ? 0 : total.squares[c];  // rounding; a NaN stays
    variance[c] = static_cast<float>(squares / m.rows);
  }
}

std::vector<float> rstdOf(const float* variance, float epsilon, int64_t columns) {
  std::vector<float> rstd(columns);
  for (int64_t c = 0; c < columns; ++c) rstd[c] = 1.0f / std::sqrt(variance[c] + epsilon);
  return rstd;
}

// What is below or above becomes this; NaN stays NaN.
struct Bounds {
  float low, high;
};

Bounds boundsOf(const Call& call) { return {call.number(1), call.number(2)}; }

// out = (x - mean) factor + beta, within bounds. `out` may be x.
EXPLICIT_SIMD void normalizeRows(
    const Columns& m, const float* __restrict factor, const float* __restrict beta, Bounds bounds, int64_t first,
    int64_t last, float* out) {
  const float* x = m.x;
  const float* __restrict mean = m.mean;
  for (int64_t row = first; row < last; ++row) {
#pragma GCC ivdep
    for (int64_t c = 0; c < m.columns; ++c) {
      const int64_t at = row * m.columns + c;
      const float value = (x[at] - mean[c]) * factor[c] + beta[c];
      const float kept = value < bounds.low ? bounds.low : value;
      out[at] = value >= bounds.high ? bounds.high : kept;
    }
  }
}

void normalize(const Columns& m, const float* gamma, const float* beta, Bounds bounds, float* out) {
  std::vector<float> factor(m.rstd, m.rstd + m.columns);
  std::vector<float> shift(m.columns, 0.0f);
  for (int64_t c = 0; gamma != nullptr && c < m.columns; ++c) factor[c] *= gamma[c];
  if (beta != nullptr) shift.assign(beta, beta + m.columns);
  inRanges(m.rows, partsFor(m.rows, m.columns), [&](int64_t, int64_t first, int64_t last) {
    normalizeRows(m, factor.data(), shift.data(), bounds, first, last, out);
  });
}

void batchNorm(Call& call) {
  Columns m = columnsOf(call, 0);
  for (int i : {1, 2}) call.checkOptional(i, {m.columns});
  float* out = call.outputLike(0, 0);
  float* mean = call.output(1, {m.columns});
  float* variance = call.output(2, {m.columns});
  if (!call.ok()) return;
  momentsOf(m, mean, variance);
  const std::vector<float> rstd = rstdOf(variance, call.number(0), m.columns);
  m.mean = mean;
  m.rstd = rstd.data();
  normalize(m, call.input(1), call.input(2), boundsOf(call), out);
}

void batchNormInference(Call& call) {
  Columns m = columnsOf(call, 0);
  for (int i : {1, 2}) call.checkOptional(i, {m.columns});
  for (int i : {3, 4}) call.checkShape(i, {m.columns});
  float* out = call.outputOver(0, {0});
  if (!call.ok()) return;
  m.x = call.input(0);
  m.mean = call.input(3);
  const std::vector<float> rstd = rstdOf(call.input(4), call.number(0), m.columns);
  m.rstd = rstd.data();
  normalize(m, call.input(1), call.input(2), boundsOf(call), out);
}

// share * running + rest * batch, of means and of variances
void movingAverages(Call& call) {
  call.checkRank(0, 1);
  for (int i : {1, 2, 3}) call.checkShape(i, call.shape(0));
  const float share = call.number(0);
  const float rest = call.number(1);
  for (int i = 0; i < 2; ++i) {
    const float* running = call.input(2 * i);
    const float* batch = call.input(2 * i + 1);
    float* moved = call.outputLike(i, 2 * i);
    if (!call.ok()) return;
    for (int64_t c = 0; c < call.length(2 * i); ++c) moved[c] = share * running[c] + rest * batch[c];
  }
}

// dx = factor (dout - (dbeta + x-hat dgamma) / R), the sums already divided by R. `dx` may be dout.
EXPLICIT_SIMD void pullRows(
    const Columns& m, const float* __restrict factor, const float* __restrict dgamma, const float* __restrict dbeta,
    int64_t first, int64_t last, float* dx) {
  const float* __restrict x = m.x;
  const float* dout = m.dout;
  const float* __restrict mean = m.mean;
  const float* __restrict rstd = m.rstd;
  for (int64_t row = first; row < last; ++row) {
#pragma GCC ivdep
    for (int64_t c = 0; c < m.columns; ++c) {
      const int64_t at = row * m.columns + c;
      dx[at] = factor[c] * (dout[at] - (dbeta[c] + (x[at] - mean[c]) * rstd[c] * dgamma[c]));
    }
  }
}

void batchNormGrad(Call& call) {
  Columns m = columnsOf(call, 1);
  call.checkShape(0, {m.rows, m.columns});
  call.checkOptional(2, {m.columns});
  for (int i : {3, 4}) call.checkShape(i, {m.columns});
  float* dx = call.outputOver(0, {0});
  m.mean = call.input(3);
  m.dout = call.input(0);
  const float* gamma = call.input(2);
  float* dgamma = call.output(1, {m.columns});
  float* dbeta = call.output(2, {m.columns});
  if (!call.ok()) return;
  const std::vector<float> rstd = rstdOf(call.input(4), call.number(0), m.columns);
  m.rstd = rstd.data();
  std::vector<float> sums(2 * m.columns);
  sumRows(m, addGradients, 2 * m.columns, sums.data());
  std::copy_n(sums.data(), m.columns, dbeta);
  std::copy_n(sums.data() + m.columns, m.columns, dgamma);
  std::vector<float> factor(rstd), meanDgamma(m.columns), meanDbeta(m.columns);
  for (int64_t c = 0; c < m.columns; ++c) {
    if (gamma != nullptr) factor[c] *= gamma[c];
    meanDgamma[c] = dgamma[c] / m.rows;
    meanDbeta[c] = dbeta[c] / m.rows;
  }
  inRanges(m.rows, partsFor(m.rows, m.columns), [&](int64_t, int64_t first, int64_t last) {
    pullRows(m, factor.data(), meanDgamma.data(), meanDbeta.data(), first, last, dx);
  });
}

const Register<columnSum> registerColumnSum("ExplicitColumnSum", {"x: float"}, {"sum: float"}, 0, 0);
const Register<batchNorm> registerBatchNorm(
    "ExplicitBatchNorm", {"x: float", "gamma: float", "beta: float"},
    {"out: float", "mean: float", "variance: float"}, 0, 3);
const Register<batchNormGrad> registerBatchNormGrad(
    "ExplicitBatchNormGrad", {"dout: float", "x: float", "gamma: float", "mean: float", "variance: float"},
    {"dx: float", "dgamma: float", "dbeta: float"}, 0, 1);
const Register<movingAverages> registerMovingAverages(
    "ExplicitMovingAverages",
    {"running_mean: float", "mean: float", "running_variance: float", "variance: float"},
    {"moved_mean: float", "moved_variance: float"}, 0, 2);
const Register<batchNormInference> registerInference(
    "ExplicitBatchNormInference", {"x: float", "gamma: float", "beta: float", "mean: float", "variance: float"},
    {"out: float"}, 0, 3);

}  // namespace

}  // namespace explicit_layers
