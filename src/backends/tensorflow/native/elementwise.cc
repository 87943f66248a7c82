// Rectification, and a bias for every channel.
#include <cmath>

#include "kernel.h"
#include "parallel.h"

namespace explicit_layers {

namespace {

// Nothing reaches a cap of NaN, which stands for none.
struct Shape {
  float slope, threshold, cap;
};

Shape shapeOf(const Call& call) {
  const float maxValue = call.number(2);
  return {call.number(0), call.number(1), std::isinf(maxValue) ? std::nanf("") : maxValue};
}

// NaN stays NaN, and -Infinity times a slope of 0 is 0. `out` may be x.
EXPLICIT_SIMD void reluOf(Shape s, const float* x, float* out, int64_t count) {
  if (s.slope == 0.0f) {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) {
      const float kept = x[i] < s.threshold ? 0.0f : x[i];
      out[i] = x[i] >= s.cap ? s.cap : kept;
    }
  } else {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) {
      const float below = s.slope * (x[i] - s.threshold);
      const float bent = x[i] < s.threshold ? below : x[i];
      out[i] = x[i] >= s.cap ? s.cap : bent;
    }
  }
}

// What is masked out is 0 whatever dout holds. `dx` may be dout or x.
EXPLICIT_SIMD void reluGradOf(Shape s, const float* dout, const float* x, float* dx, int64_t count) {
  if (s.slope == 0.0f) {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) {
      const float d = dout[i];
      const float inside = x[i] > s.threshold ? d : 0.0f;
      dx[i] = x[i] >= s.cap ? 0.0f : inside;
    }
  } else {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) {
      const float d = dout[i];
      const float below = s.slope * d;
      const float inside = x[i] > s.threshold ? d : below;
      dx[i] = x[i] >= s.cap ? 0.0f : inside;
    }
  }
}

void relu(Call& call) {
  const Shape shape = shapeOf(call);
  float* out = call.outputOver(0, {0});
  const float* x = call.input(0);
  const int64_t count = call.length(0);
  if (!call.ok()) return;
  inRanges(count, partsFor(count, 1), [&](int64_t, int64_t first, int64_t last) {
    reluOf(shape, x + first, out + first, last - first);
  });
}

void reluGrad(Call& call) {
  const Shape shape = shapeOf(call);
  call.checkShape(0, call.shape(1));
  float* dx = call.outputOver(0, {0, 1});
  const float* dout = call.input(0);
  const float* x = call.input(1);
  const int64_t count = call.length(1);
  if (!call.ok()) return;
  inRanges(count, partsFor(count, 1), [&](int64_t, int64_t first, int64_t last) {
    reluGradOf(shape, dout + first, x + first, dx + first, last - first);
  });
}

// The bias for every row, and max(0, .) of the sums where that is wanted; NaN stays NaN.
EXPLICIT_SIMD void addToRows(
    float* __restrict x, const float* __restrict bias, int64_t rows, int64_t channels, bool rectify) {
  for (int64_t row = 0; row < rows; ++row) {
    float* __restrict values = x + row * channels;
    for (int64_t c = 0; c < channels; ++c) {
      const float sum = values[c] + bias[c];
      values[c] = rectify && sum < 0.0f ? 0.0f : sum;
    }
  }
}

void addBias(Call& call) {
  call.checkRank(1, 1);
  const int64_t channels = call.length(1);
  if (channels == 0) call.refuse(1, "have an entry");
  const std::vector<int64_t> shape = call.shape(0);
  if (shape.empty() || shape.back() != channels) call.refuse(0, "end in an axis of " + std::to_string(channels));
  const int64_t rows = call.length(0) / channels;
  const bool rectify = call.size(0, "whether to rectify", 0, 1) != 0;
  const float* bias = call.input(1);
  float* x = call.outputInPlace(0, 0);
  if (!call.ok()) return;
  inRanges(rows, partsFor(rows, channels), [&](int64_t, int64_t first, int64_t last) {
    addToRows(x + first * channels, bias, last - first, channels, rectify);
  });
}

const Register<relu> registerRelu("ExplicitRelu", {"x: float"}, {"out: float"}, 0, 3);
const Register<reluGrad> registerReluGrad("ExplicitReluGrad", {"dout: float", "x: float"}, {"dx: float"}, 0, 3);
const Register<addBias> registerAddBias("ExplicitAddBias", {"x: float", "bias: float"}, {"out: float"}, 1, 0);

}  // namespace

}  // namespace explicit_layers
