// How a window slides over images [N, H, W, C].
#pragma once

#include <cstdint>

#include "kernel.h"

namespace explicit_layers {

struct Window {
  int64_t batch, height, width, channels, outHeight, outWidth;
  int64_t kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, top, left;

  int64_t imageSize() const { return height * width * channels; }
};

// The first attributes of every window op, in the order of src/backends/tensorflow/native_kernels.ts.
inline Window windowOf(const Call& call) {
  return {call.size(0), call.size(1), call.size(2), call.size(3), call.size(4), call.size(5), call.size(6),
          call.size(7), call.size(8), call.size(9), call.size(10), call.size(11), call.size(12), call.size(13)};
}

// Attributes that follow a window's own.
constexpr int kAfterWindow = 14;

}  // namespace explicit_layers
