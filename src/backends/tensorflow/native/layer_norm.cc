// Layer norm: each row by its own mean and variance.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernel.h"
#include "parallel.h"
#include "sums.h"

namespace explicit_layers {

namespace {

struct Scale {
  const float* gamma;
  const float* beta;
};

// out = gamma (x - mean) / sqrt(var + epsilon) + beta of each row; the mean from the differences to the first value, the
// variance from those to the mean, so that large values do not swallow small differences.
EXPLICIT_SIMD void normalizeRows(
    const float* __restrict x, Scale scale, float epsilon, int64_t rows, int64_t size, float* __restrict out,
    float* __restrict means, float* __restrict rstds) {
  const float* __restrict gamma = scale.gamma;
  const float* __restrict beta = scale.beta;
  for (int64_t row = 0; row < rows; ++row) {
    const float* __restrict xs = x + row * size;
    float* __restrict outs = out + row * size;
    const float first = xs[0];
    const float mean = first + sumOf(size, [&](int64_t i) { return xs[i] - first; }) / size;
    const float variance = sumOf(size, [&](int64_t i) { return (xs[i] - mean) * (xs[i] - mean); }) / size;
    const float rstd = 1.0f / std::sqrt(variance + epsilon);
    if (gamma != nullptr && beta != nullptr) {
      for (int64_t i = 0; i < size; ++i) outs[i] = (xs[i] - mean) * rstd * gamma[i] + beta[i];
    } else {
      for (int64_t i = 0; i < size; ++i) outs[i] = (xs[i] - mean) * rstd;
      if (gamma != nullptr) for (int64_t i = 0; i < size; ++i) outs[i] *= gamma[i];
      if (beta != nullptr) for (int64_t i = 0; i < size; ++i) outs[i] += beta[i];
    }
    means[row] = mean;
    rstds[row] = rstd;
  }
}

void layerNorm(Call& call) {
  call.checkRank(0, 2);
  const int64_t rows = call.dimension(0, 0);
  const int64_t size = call.dimension(0, 1);
  if (size < 1) call.refuse(0, "have a column");
  for (int i : {1, 2}) call.checkOptional(i, {size});
  const float* x = call.input(0);
  const Scale scale = {call.input(1), call.input(2)};
  float* out = call.outputLike(0, 0);
  float* means = call.output(1, {rows});
  float* rstds = call.output(2, {rows});
  if (!call.ok()) return;
  inRanges(rows, partsFor(rows, size), [&](int64_t, int64_t first, int64_t last) {
    normalizeRows(x + first * size, scale, call.number(0), last - first, size, out + first * size, means + first,
                  rstds + first);
  });
}

struct Rows {
  const float* dout;
  const float* x;
  const float* gamma;
  const float* means;
  const float* rstds;
};

// dx = (g - mean(g) - x-hat mean(g x-hat)) / std with g = dout gamma; dgamma sums dout x-hat, dbeta dout.
EXPLICIT_SIMD void normalizeRowsGrad(
    const Rows& in, int64_t first, int64_t last, int64_t size, float* __restrict dx, float* __restrict block,
    double* __restrict total) {
  const float* __restrict gamma = in.gamma;
  float* __restrict dgamma = block;
  float* __restrict dbeta = block + size;
  for (int64_t start = first; start < last; start += kBlock) {
    std::fill(block, block + 2 * size, 0.0f);
    for (int64_t row = start; row < std::min(last, start + kBlock); ++row) {
      const float* __restrict dout = in.dout + row * size;
      const float* __restrict x = in.x + row * size;
      float* __restrict dxs = dx + row * size;
      const float mean = in.means[row];
      const float rstd = in.rstds[row];
      const auto xHat = [&](int64_t i) { return (x[i] - mean) * rstd; };
      float sum, dot;
      if (gamma != nullptr) {
        sum = sumOf(size, [&](int64_t i) { return dout[i] * gamma[i]; });
        dot = sumOf(size, [&](int64_t i) { return dout[i] * gamma[i] * xHat(i); });
      } else {
        sum = sumOf(size, [&](int64_t i) { return dout[i]; });
        dot = sumOf(size, [&](int64_t i) { return dout[i] * xHat(i); });
      }
      const float meanOfG = sum / size;
      const float meanOfDot = dot / size;
      for (int64_t i = 0; i < size; ++i) {
        const float hat = xHat(i);
        dgamma[i] += dout[i] * hat;
        dbeta[i] += dout[i];
        const float g = gamma != nullptr ? dout[i] * gamma[i] : dout[i];
        dxs[i] = (g - meanOfG - hat * meanOfDot) * rstd;
      }
    }
    for (int64_t i = 0; i < 2 * size; ++i) total[i] += block[i];
  }
}

void layerNormGrad(Call& call) {
  call.checkRank(1, 2);
  const int64_t rows = call.dimension(1, 0);
  const int64_t size = call.dimension(1, 1);
  call.checkShape(0, {rows, size});
  call.checkOptional(2, {size});
  for (int i : {3, 4}) call.checkShape(i, {rows});
  const Rows in = {call.input(0), call.input(1), call.input(2), call.input(3), call.input(4)};
  float* dx = call.outputLike(0, 1);
  float* dgamma = call.output(1, {size});
  float* dbeta = call.output(2, {size});
  if (!call.ok()) return;
  const int64_t parts = partsFor(rows, size);
  std::vector<double> sums(parts * 2 * size);
  inRanges(rows, parts, [&](int64_t part, int64_t first, int64_t last) {
    std::vector<float> block(2 * size);
    normalizeRowsGrad(in, first, last, size, dx, block.data(), sums.data() + part * 2 * size);
  });
  std::vector<float> total(2 * size);
  addParts(sums, parts, 2 * size, total.data());
  std::copy(total.begin(), total.begin() + size, dgamma);
  std::copy(total.begin() + size, total.end(), dbeta);
}

const Register<layerNorm> registerLayerNorm(
    "ExplicitLayerNorm", {"x: float", "gamma: float", "beta: float"}, {"out: float", "mean: float", "rstd: float"}, 0, 1);
const Register<layerNormGrad> registerLayerNormGrad(
    "ExplicitLayerNormGrad", {"dout: float", "x: float", "gamma: float", "mean: float", "rstd: float"},
    {"dx: float", "dgamma: float", "dbeta: float"}, 0, 0);

}  // namespace

}  // namespace explicit_layers
