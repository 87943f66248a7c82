// Cross-entropy of the softmax of scores [N, C], and its gradient, in one go over each row.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "kernel.h"
#include "parallel.h"
#include "sums.h"

namespace explicit_layers {

namespace {

// exp(x) for x <= 0, to 2e-7 of itself: 2^n exp(r) with |r| <= ln(2) / 2 by its power series; 0 below float's range.
EXPLICIT_INLINE float expOf(float x) {
  constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23: what is added to it is rounded to a whole number
  const float within = x > -87.0f ? x : -87.0f;  // a number for the exponent, whatever x is
  const float n = (within * 1.44269504f + kRounder) - kRounder;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln(2) in two parts
  const float series = 1.0f + r * (1.0f + r * (1.0f / 2 + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 +
      r * (1.0f / 720 + r * (1.0f / 5040)))))));
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof(power));
  const float value = series * power;
  return x < -87.0f ? 0.0f : value;
}

// The row's largest score.
EXPLICIT_INLINE float largest(const float* __restrict scores, int64_t classes) {
  float lanes[kLanes];
  std::fill(lanes, lanes + kLanes, -std::numeric_limits<float>::infinity());
  const int64_t whole = classes - classes % kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] = scores[i + lane] > lanes[lane] ? scores[i + lane] : lanes[lane];
    }
  }
  for (int64_t i = whole; i < classes; ++i) lanes[0] = scores[i] > lanes[0] ? scores[i] : lanes[0];
  return *std::max_element(lanes, lanes + kLanes);
}

// exps = exp(scores - max); returns their sum, which is NaN where a score is.
EXPLICIT_INLINE float exponents(const float* __restrict scores, float max, int64_t classes, float* __restrict exps) {
  for (int64_t i = 0; i < classes; ++i) exps[i] = expOf(scores[i] - max);
  return sumOf(classes, [&](int64_t i) { return exps[i]; });
}

// loss = sum_j y_j (log sum exp(x) - x_j), where a weight of 0 counts nothing; gradient P sum(y) - y.
EXPLICIT_SIMD void lossOfWeights(
    const float* __restrict scores, const float* __restrict y, int64_t rows, int64_t classes,
    float* __restrict losses, float* __restrict gradients) {
  for (int64_t row = 0; row < rows; ++row, scores += classes, y += classes, gradients += classes) {
    const float max = largest(scores, classes);
    const float total = exponents(scores, max, classes, gradients);
    const float logTotal = std::log(total);
    losses[row] = sumOf(classes, [&](int64_t i) {
      const float term = y[i] * (logTotal - (scores[i] - max));
      return y[i] == 0.0f ? 0.0f : term;
    });
    if (total != total) losses[row] = total;
    const float weight = sumOf(classes, [&](int64_t i) { return y[i]; });
    const float scale = weight / total;
    for (int64_t i = 0; i < classes; ++i) gradients[i] = gradients[i] * scale - y[i];
  }
}

EXPLICIT_SIMD void lossOfClasses(
    const float* __restrict scores, const int32_t* __restrict labels, int64_t rows, int64_t classes,
    float* __restrict losses, float* __restrict gradients) {
  for (int64_t row = 0; row < rows; ++row, scores += classes, gradients += classes) {
    const int64_t label = labels[row];
    const float max = largest(scores, classes);
    const float total = exponents(scores, max, classes, gradients);
    if (label < 0 || label >= classes) {
      losses[row] = std::numeric_limits<float>::quiet_NaN();
      std::fill(gradients, gradients + classes, 0.0f);
      continue;
    }
    losses[row] = std::log(total) - (scores[label] - max);
    const float scale = 1.0f / total;
    for (int64_t i = 0; i < classes; ++i) gradients[i] *= scale;
    gradients[label] -= 1.0f;
  }
}

template <typename Label, void (*loss)(const float*, const Label*, int64_t, int64_t, float*, float*)>
void softmaxLoss(Call& call) {
  call.checkRank(0, 2);
  const int64_t rows = call.dimension(0, 0);
  const int64_t classes = call.dimension(0, 1);
  if (classes < 1) call.refuse(0, "have a class");
  const bool areWeights = std::is_same<Label, float>::value;
  call.checkShape(1, areWeights ? std::vector<int64_t>{rows, classes} : std::vector<int64_t>{rows});
  const int64_t labelsOfARow = areWeights ? classes : 1;
  const float* scores = call.input(0);
  const Label* labels = call.input<Label>(1);
  float* losses = call.output(0, {rows});
  float* gradients = call.outputLike(1, 0);
  if (!call.ok()) return;
  inRanges(rows, partsFor(rows, 4 * classes), [&](int64_t, int64_t first, int64_t last) {
    loss(scores + first * classes, labels + first * labelsOfARow, last - first, classes, losses + first,
         gradients + first * classes);
  });
}

const Register<softmaxLoss<float, lossOfWeights>> registerWeights(
    "ExplicitSoftmaxLossOfWeights", {"scores: float", "labels: float"}, {"losses: float", "gradient: float"}, 0, 0);
const Register<softmaxLoss<int32_t, lossOfClasses>> registerClasses(
    "ExplicitSoftmaxLossOfClasses", {"scores: float", "labels: int32"}, {"losses: float", "gradient: float"}, 0, 0);

}  // namespace

}  // namespace explicit_layers
