// Sums that vectors can take: in lanes, and of many rows in blocks, so that rounding stays small.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel.h"

namespace explicit_layers {

constexpr int64_t kLanes = 16;
// Rows that are summed in float before the sum goes to a double.
constexpr int64_t kBlock = 128;

// sum of term(i) for i < count
template <typename Term>
EXPLICIT_INLINE float sumOf(int64_t count, Term term) {
  float lanes[kLanes] = {};
  const int64_t whole = count - count % kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(i + lane);
  }
  for (int64_t i = whole; i < count; ++i) lanes[i - whole] += term(i);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

// Adds up the parts' sums, [parts][count], in their order.
inline void addParts(const std::vector<double>& sums, int64_t parts, int64_t count, float* total) {
  for (int64_t i = 0; i < count; ++i) {
    double sum = 0;
    for (int64_t part = 0; part < parts; ++part) sum += sums[part * count + i];
    total[i] = static_cast<float>(sum);
  }
}

}  // namespace explicit_layers
