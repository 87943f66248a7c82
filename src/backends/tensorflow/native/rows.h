// Images [N, H, W, C] cut into blocks of a few rows of outputs, for convolutions: what a block reads of x is copied, with
// its padding written out, and stays near.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "window.h"

namespace explicit_layers {

constexpr int64_t kOutputsOfABlock = 4096;  // entries of out or dout that stay in the nearest cache
constexpr int64_t kProductsOfAnEntry = 16;  // take as long as reading and writing an entry elsewhere

struct RowBlocks {
  // For so many filters, those that only fill vectors up included.
  RowBlocks(const Window& window, int64_t filters)
      : g(window), rows(std::max<int64_t>(1, std::min(g.outHeight, kOutputsOfABlock / (g.outWidth * filters)))),
        count((g.outHeight + rows - 1) / rows),
        columns((g.outWidth - 1) * g.strideX + (g.kernelWidth - 1) * g.dilationX + 1),
        rowSize(columns * g.channels),
        runs(g.dilationX == 1 ? 1 : g.kernelWidth), entriesOfARun(g.kernelWidth * g.channels / runs) {}

  const Window& g;
  const int64_t rows;   // of outputs in a block
  const int64_t count;  // of blocks in an image
  const int64_t columns, rowSize;     // of the copy
  const int64_t runs, entriesOfARun;  // a row of a patch in the copy: without dilation its columns lie side by side

  int64_t firstRow(int64_t block) const { return block * rows; }
  int64_t rowsOf(int64_t block) const { return std::min(rows, g.outHeight - firstRow(block)); }

  // Entries of the largest copy.
  int64_t copySize() const { return xRowsOf(rows) * rowSize; }

  // Copies what a block reads of an image.
  void copy(const float* image, int64_t block, float* to) const {
    const int64_t first = firstRow(block) * g.strideY - g.top;
    const int64_t begin = std::min(columns, std::max<int64_t>(0, g.left));
    const int64_t end = std::max(begin, std::min(columns, g.width + g.left));
    for (int64_t y = first; y < first + xRowsOf(rowsOf(block)); ++y, to += rowSize) {
      if (y < 0 || y >= g.height || begin == end) {
        std::fill(to, to + rowSize, 0.0f);
        continue;
      }
      std::fill(to, to + begin * g.channels, 0.0f);
      std::memcpy(to + begin * g.channels, image + (y * g.width + begin - g.left) * g.channels,
                  (end - begin) * g.channels * sizeof(float));
      std::fill(to + end * g.channels, to + rowSize, 0.0f);
    }
  }

 private:
  int64_t xRowsOf(int64_t outputs) const { return (outputs - 1) * g.strideY + (g.kernelHeight - 1) * g.dilationY + 1; }
};

}  // namespace explicit_layers
