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

// The window of an op from its attributes, in the order of src/backends/tensorflow/native_kernels.ts, and from the
// shape of x: TensorFlow keeps a kernel for each set of attributes, so they hold no size of a tensor.
inline Window windowOf(Call& call, int x) {
  Window g = {};
  g.batch = call.dimension(x, 0);
  g.height = call.dimension(x, 1);
  g.width = call.dimension(x, 2);
  g.channels = call.dimension(x, 3);
  g.kernelHeight = call.size(0);
  g.kernelWidth = call.size(1);
  g.strideY = call.size(2);
  g.strideX = call.size(3);
  g.dilationY = call.size(4);
  g.dilationX = call.size(5);
  g.top = call.size(6);
  g.left = call.size(8);
  const int64_t roomY = g.height + g.top + call.size(7) - g.dilationY * (g.kernelHeight - 1) - 1;
  const int64_t roomX = g.width + g.left + call.size(9) - g.dilationX * (g.kernelWidth - 1) - 1;
  g.outHeight = roomY / g.strideY + 1;
  g.outWidth = roomX / g.strideX + 1;
  return g;
}

// Attributes that follow a window's own.
constexpr int kAfterWindow = 10;

}  // namespace explicit_layers
