// Sums of columns, and batch norm: each column by its own mean and variance.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernel.h"
#include "parallel.h"
#include "sums.h"

namespace explicit_layers {

namespace {

// Adds term(row, column) up over the rows, a block of them in float, the blocks in double.
template <typename Term>
EXPLICIT_INLINE void addRows(
    int64_t first, int64_t last, int64_t columns, float* __restrict block, double* __restrict total, Term term) {
  for (int64_t start = first; start < last; start += kBlock) {
    const int64_t end = std::min(last, start + kBlock);
    std::fill(block, block + columns, 0.0f);
    for (int64_t row = start; row < end; ++row) {
      for (int64_t c = 0; c < columns; ++c) block[c] += term(row, c);
    }
    for (int64_t c = 0; c < columns; ++c) total[c] += block[c];
  }
}

// A matrix, and what its columns are normalised with.
struct Columns {
  int64_t rows, columns;
  const float* x;
  const float* mean;  // or what is taken off before values are summed
  const float* rstd;
  const float* dout;
};

using AddRows = void (*)(const Columns&, int64_t first, int64_t last, float* block, double* total);

EXPLICIT_SIMD void addValues(const Columns& m, int64_t first, int64_t last, float* block, double* total) {
  const float* __restrict x = m.x;
  addRows(first, last, m.columns, block, total, [&](int64_t row, int64_t c) { return x[row * m.columns + c]; });
}

EXPLICIT_SIMD void addDifferences(const Columns& m, int64_t first, int64_t last, float* block, double* total) {
  const float* __restrict x = m.x;
  const float* __restrict mean = m.mean;
  addRows(first, last, m.columns, block, total, [&](int64_t row, int64_t c) { return x[row * m.columns + c] - mean[c]; });
}

EXPLICIT_SIMD void addSquares(const Columns& m, int64_t first, int64_t last, float* block, double* total) {
  const float* __restrict x = m.x;
  const float* __restrict mean = m.mean;
  addRows(first, last, m.columns, block, total, [&](int64_t row, int64_t c) {
    const float difference = x[row * m.columns + c] - mean[c];
    return difference * difference;
  });
}

// dout x-hat
EXPLICIT_SIMD void addProducts(const Columns& m, int64_t first, int64_t last, float* block, double* total) {
  const float* __restrict x = m.x;
  const float* __restrict dout = m.dout;
  const float* __restrict mean = m.mean;
  const float* __restrict rstd = m.rstd;
  addRows(first, last, m.columns, block, total, [&](int64_t row, int64_t c) {
    const int64_t at = row * m.columns + c;
    return dout[at] * ((x[at] - mean[c]) * rstd[c]);
  });
}

// sums[c] of what `add` adds, over all rows.
void sumColumns(const Columns& m, AddRows add, float* sums) {
  const int64_t parts = partsFor(m.rows, m.columns);
  std::vector<double> partial(parts * m.columns);
  inRanges(m.rows, parts, [&](int64_t part, int64_t first, int64_t last) {
    std::vector<float> block(m.columns);
    add(m, first, last, block.data(), partial.data() + part * m.columns);
  });
  addParts(partial, parts, m.columns, sums);
}

void columnSum(Call& call) {
  const Columns m = {call.dimension(0, 0), call.dimension(0, 1), call.input(0), nullptr, nullptr, nullptr};
  float* sum = call.output(0, {m.columns});
  if (call.ok()) sumColumns(m, addValues, sum);
}

std::vector<float> rstdOf(const float* variance, float epsilon, int64_t columns) {
  std::vector<float> rstd(columns);
  for (int64_t c = 0; c < columns; ++c) rstd[c] = 1.0f / std::sqrt(variance[c] + epsilon);
  return rstd;
}

// out = (x - mean) factor + beta
EXPLICIT_SIMD void normalizeRows(
    const Columns& m, const float* __restrict factor, const float* __restrict beta, int64_t first, int64_t last,
    float* __restrict out) {
  const float* __restrict x = m.x;
  const float* __restrict mean = m.mean;
  for (int64_t row = first; row < last; ++row) {
    for (int64_t c = 0; c < m.columns; ++c) {
      const int64_t at = row * m.columns + c;
      out[at] = (x[at] - mean[c]) * factor[c] + beta[c];
    }
  }
}

void normalize(const Columns& m, const float* gamma, const float* beta, float* out) {
  std::vector<float> factor(m.rstd, m.rstd + m.columns);
  std::vector<float> shift(m.columns, 0.0f);
  for (int64_t c = 0; gamma != nullptr && c < m.columns; ++c) factor[c] *= gamma[c];
  if (beta != nullptr) shift.assign(beta, beta + m.columns);
  inRanges(m.rows, partsFor(m.rows, m.columns), [&](int64_t, int64_t first, int64_t last) {
    normalizeRows(m, factor.data(), shift.data(), first, last, out);
  });
}

// Two passes for the statistics: a difference of large squares would lose all digits. The mean is that of the
// differences from the first row: a sum of large values would lose the small ones between them.
void batchNorm(Call& call) {
  Columns m = {call.dimension(0, 0), call.dimension(0, 1), call.input(0), nullptr, nullptr, nullptr};
  float* out = call.outputLike(0, 0);
  float* mean = call.output(1, {m.columns});
  float* variance = call.output(2, {m.columns});
  if (!call.ok()) return;
  m.mean = m.x;
  sumColumns(m, addDifferences, mean);
  for (int64_t c = 0; c < m.columns; ++c) mean[c] = m.x[c] + mean[c] / m.rows;
  m.mean = mean;
  sumColumns(m, addSquares, variance);
  for (int64_t c = 0; c < m.columns; ++c) variance[c] /= m.rows;
  const std::vector<float> rstd = rstdOf(variance, call.number(0), m.columns);
  m.rstd = rstd.data();
  normalize(m, call.input(1), call.input(2), out);
}

void batchNormInference(Call& call) {
  Columns m = {call.dimension(0, 0), call.dimension(0, 1), call.input(0), call.input(3), nullptr, nullptr};
  float* out = call.outputLike(0, 0);
  if (!call.ok()) return;
  const std::vector<float> rstd = rstdOf(call.input(4), call.number(0), m.columns);
  m.rstd = rstd.data();
  normalize(m, call.input(1), call.input(2), out);
}

// dx = factor (dout - (dbeta + x-hat dgamma) / R), the sums already divided by R
EXPLICIT_SIMD void pullRows(
    const Columns& m, const float* __restrict factor, const float* __restrict dgamma, const float* __restrict dbeta,
    int64_t first, int64_t last, float* __restrict dx) {
  const float* __restrict x = m.x;
  const float* __restrict dout = m.dout;
  const float* __restrict mean = m.mean;
  const float* __restrict rstd = m.rstd;
  for (int64_t row = first; row < last; ++row) {
    for (int64_t c = 0; c < m.columns; ++c) {
      const int64_t at = row * m.columns + c;
      dx[at] = factor[c] * (dout[at] - (dbeta[c] + (x[at] - mean[c]) * rstd[c] * dgamma[c]));
    }
  }
}

void batchNormGrad(Call& call) {
  Columns m = {call.dimension(1, 0), call.dimension(1, 1), call.input(1), call.input(3), nullptr, call.input(0)};
  const float* gamma = call.input(2);
  float* dx = call.outputLike(0, 1);
  float* dgamma = call.output(1, {m.columns});
  float* dbeta = call.output(2, {m.columns});
  if (!call.ok()) return;
  const std::vector<float> rstd = rstdOf(call.input(4), call.number(0), m.columns);
  m.rstd = rstd.data();
  sumColumns({m.rows, m.columns, m.dout, nullptr, nullptr, nullptr}, addValues, dbeta);
  sumColumns(m, addProducts, dgamma);
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

const Register<columnSum> registerColumnSum("ExplicitColumnSum", {"x: float"}, {"sum: float"});
const Register<batchNorm> registerBatchNorm(
    "ExplicitBatchNorm", {"x: float", "gamma: float", "beta: float"},
    {"out: float", "mean: float", "variance: float"});
const Register<batchNormGrad> registerBatchNormGrad(
    "ExplicitBatchNormGrad", {"dout: float", "x: float", "gamma: float", "mean: float", "variance: float"},
    {"dx: float", "dgamma: float", "dbeta: float"});
const Register<batchNormInference> registerInference(
    "ExplicitBatchNormInference", {"x: float", "gamma: float", "beta: float", "mean: float", "variance: float"},
    {"out: float"});

}  // namespace

}  // namespace explicit_layers
