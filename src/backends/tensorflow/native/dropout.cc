// The mask of a dropout: a hash of seed, call number and place, as in src/ops/dropout_mask.ts.
#include "kernel.h"
#include "parallel.h"

namespace explicit_layers {

namespace {

EXPLICIT_INLINE uint32_t mixed(uint32_t v) {
  v = (v ^ (v >> 16)) * 0x7feb352du;
  v = (v ^ (v >> 15)) * 0x846ca68bu;
  return v ^ (v >> 16);
}

EXPLICIT_SIMD void fillMask(
    float* __restrict mask, int64_t first, int64_t last, uint32_t key, uint32_t other, uint64_t threshold, float scale) {
  for (int64_t place = first; place < last; ++place) {
    const uint32_t hash = mixed(mixed(static_cast<uint32_t>(place) ^ key) ^ other);
    mask[place] = hash >= threshold ? scale : 0.0f;
  }
}

void dropoutMask(Call& call) {
  call.checkShape(0, {});
  call.checkShape(1, {});
  call.checkShape(2, {});
  // tfjs-node hands over numbers of 32 bits with a sign.
  const uint64_t threshold = 65536 * call.size(0, "the threshold's upper half", 0, 65536) +
                             call.size(1, "the threshold's lower half", 0, 65535);
  const float scale = call.number(0);
  const uint32_t seed = static_cast<uint32_t>(*call.input<int32_t>(0));
  const uint32_t number = static_cast<uint32_t>(*call.input<int32_t>(1));
  const int64_t count = *call.input<int32_t>(2);
  if (count < 0) call.refuse(2, "be at least 0");
  float* mask = call.output(0, {count});
  if (!call.ok()) return;
  const uint32_t key = mixed(mixed(seed) + number);
  const uint32_t other = mixed(key + 0x9e3779b9u);
  inRanges(count, partsFor(count, 4), [&](int64_t, int64_t first, int64_t last) {
    fillMask(mask, first, last, key, other, threshold, scale);
  });
}

const Register<dropoutMask> registerDropoutMask(
    "ExplicitDropoutMask", {"seed: int32", "call: int32", "count: int32"}, {"mask: float"}, 2, 1);

}  // namespace

}  // namespace explicit_layers
