// How a window slides over images [N, H, W, C].
#pragma once

#include <cstdint>
#include <vector>

#include "kernel.h"

namespace explicit_layers {

struct Window {
  int64_t batch, height, width, channels, outHeight, outWidth;
  int64_t kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX, top, left;

  std::vector<int64_t> outShape(int64_t filters) const { return {batch, outHeight, outWidth, filters}; }
  int64_t imageSize() const { return height * width * channels; }
};

// Attributes of a window.
constexpr int kOfWindow = 10;
constexpr int64_t kMostOfWindow = int64_t{1} << 24;  // their products stay in 64 bits

// Outputs along an axis of `size` entries.
inline int64_t outputsOf(int64_t size, int64_t before, int64_t after, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t room = size + before + after - dilation * (kernel - 1) - 1;
  if (room < 0) throw Refusal("the window is larger than x with its padding");
  return room / stride + 1;
}

// The sizes of images: [N, H, W, C].
struct Images {
  int64_t batch, height, width, channels;
};

// The window of an op over images of these sizes, from its attributes, in the order of windowSizes in
// src/backends/tensorflow/native_ops.ts.
inline Window windowOver(Call& call, const Images& x) {
  const auto positive = [&](int i, const char* what) { return call.size(i, what, 1, kMostOfWindow); };
  const auto padding = [&](int i) { return call.size(i, "padding", 0, kMostOfWindow); };
  Window g = {};
  g.batch = x.batch;
  g.height = x.height;
  g.width = x.width;
  g.channels = x.channels;
  g.kernelHeight = positive(0, "the window's height");
  g.kernelWidth = positive(1, "the window's width");
  g.strideY = positive(2, "the stride down");
  g.strideX = positive(3, "the stride across");
  g.dilationY = positive(4, "the dilation down");
  g.dilationX = positive(5, "the dilation across");
  g.top = padding(6);
  g.left = padding(8);
  g.outHeight = outputsOf(g.height, g.top, padding(7), g.kernelHeight, g.strideY, g.dilationY);
  g.outWidth = outputsOf(g.width, g.left, padding(9), g.kernelWidth, g.strideX, g.dilationX);
  return g;
}

// The same where x itself is an input. TensorFlow keeps a kernel for each set of attributes, so they hold no size of a
// tensor.
inline Window windowOf(Call& call, int x) {
  call.checkRank(x, 4);
  const Images images = {call.dimension(x, 0), call.dimension(x, 1), call.dimension(x, 2), call.dimension(x, 3)};
  if (images.channels < 1) call.refuse(x, "have a channel");
  return windowOver(call, images);
}

}  // namespace explicit_layers
