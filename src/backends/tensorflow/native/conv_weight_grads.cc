// The gradients of a convolution by its filter and its bias, summed over images and positions (i, j):
// dw[p, q, c, k] = sum of x[S i + D p - P, S j + D q - P, c] * dout[i, j, k], as products of tiles that stay in
// registers, and db[k] = sum of dout[i, j, k].
#include <algorithm>
#include <cstring>
#include <vector>

#include "kernel.h"
#include "parallel.h"
#include "rows.h"
#include "sums.h"
#include "tiles.h"
#include "window.h"

namespace explicit_layers {

namespace {

constexpr int64_t kMostSums = 1 << 22;  // of all parts together, 16 MB

// A run of entries that lie side by side in x.
template <Width width>
EXPLICIT_INLINE void addRun(const Terms& terms, const float* x, int64_t entries, float* sums) {
  for (int64_t left = entries; left > 0;) {
    const int64_t size = tileOf<width>(left);
    for (int64_t k = 0; k < terms.columns; k += 2 * width) {
      addTile<width>(terms, size, std::min<int64_t>(terms.columns - k, 2 * width) / width, x, terms.right + k, sums + k);
    }
    x += size;
    sums += size * terms.columns;
    left -= size;
  }
}

template <Width width>
EXPLICIT_INLINE void addBlock(const RowBlocks& blocks, const Terms& terms, const float* x, float* sums) {
  const Window& g = blocks.g;
  const int64_t entries = blocks.entriesOfARun;
  for (int64_t p = 0; p < g.kernelHeight; ++p) {
    for (int64_t run = 0; run < blocks.runs; ++run) {
      addRun<width>(terms, x + p * g.dilationY * blocks.rowSize + run * g.dilationX * g.channels, entries,
                    sums + (p * blocks.runs + run) * entries * terms.columns);
    }
  }
}

EXPLICIT_SIMD_PRODUCT void addNarrowBlock(const RowBlocks& blocks, const Terms& terms, const float* x, float* sums) {
  addBlock<kNarrow>(blocks, terms, x, sums);
}

EXPLICIT_WIDE_PRODUCT void addWideBlock(const RowBlocks& blocks, const Terms& terms, const float* x, float* sums) {
  addBlock<kWide>(blocks, terms, x, sums);
}

EXPLICIT_SIMD void addColumns(const Terms& terms, float* __restrict total) {
  for (int64_t i = 0; i < terms.rows * terms.count; ++i) {
    const float* __restrict right = terms.right + i * terms.columns;
    for (int64_t k = 0; k < terms.columns; ++k) total[k] += right[k];
  }
}

// Whole vectors for so many filters.
int64_t filledUp(int64_t filters, Width width) { return (filters + width - 1) / width * width; }

// What one part of the work needs beside its sums: a few rows of x with their padding written out, and of dout with the
// filters filled up to vectors.
class Rows {
 public:
  Rows(const RowBlocks& blocks, int64_t filters, int64_t padded, Width width)
      : blocks_(blocks), filters_(filters), padded_(padded), addBlock_(width == kWide ? addWideBlock : addNarrowBlock),
        x_(blocks.copySize()), dout_(padded == filters ? 0 : blocks.rows * blocks.g.outWidth * padded), total_(padded) {}

  // Adds the products of one block of an image to sums [kh, kw, C, filters filled up], and its dout to totals [K].
  void addProducts(const float* image, const float* dout, int64_t block, float* sums, double* totals) {
    const Window& g = blocks_.g;
    const int64_t rows = blocks_.rowsOf(block);
    blocks_.copy(image, block, x_.data());
    const float* douts = filled(dout + blocks_.firstRow(block) * g.outWidth * filters_, rows * g.outWidth);
    const Terms terms = {rows, g.outWidth, g.strideY * blocks_.rowSize, g.strideX * g.channels, douts, padded_};
    addBlock_(blocks_, terms, x_.data(), sums);
    std::fill(total_.begin(), total_.end(), 0.0f);
    addColumns(terms, total_.data());
    for (int64_t k = 0; k < filters_; ++k) totals[k] += total_[k];
  }

 private:
  const float* filled(const float* dout, int64_t positions) {
    if (padded_ == filters_) return dout;
    for (int64_t i = 0; i < positions; ++i) {
      std::memcpy(dout_.data() + i * padded_, dout + i * filters_, filters_ * sizeof(float));
    }
    return dout_.data();
  }

  const RowBlocks& blocks_;
  const int64_t filters_, padded_;
  decltype(addNarrowBlock)* const addBlock_;
  std::vector<float> x_, dout_, total_;
};

void convWeightGrads(Call& call) {
  const Window g = windowOf(call, 0);
  call.checkRank(1, 4);
  const int64_t filters = call.dimension(1, 3);
  if (filters < 1) call.refuse(1, "have a filter");
  call.checkShape(1, g.outShape(filters));
  const float* x = call.input(0);
  const float* dout = call.input(1);
  float* dw = call.output(0, {g.kernelHeight, g.kernelWidth, g.channels, filters});
  float* db = call.output(1, {filters});
  if (!call.ok()) return;
  const Width width = filters > kNarrow ? widthHere() : kNarrow;
  const int64_t padded = filledUp(filters, width);
  const int64_t entries = g.kernelHeight * g.kernelWidth * g.channels;
  const int64_t outSize = g.outHeight * g.outWidth * filters;
  const RowBlocks blocks(g, padded);
  const int64_t items = g.batch * blocks.count;
  const int64_t most = std::max<int64_t>(1, kMostSums / (entries * padded));
  const int64_t parts = std::min(most, partsFor(items, outSize / blocks.count * entries / kProductsOfAnEntry));
  std::vector<std::vector<float>> sums(parts);
  std::vector<double> totals(parts * filters);
  inRanges(items, parts, [&](int64_t part, int64_t first, int64_t last) {
    sums[part].resize(entries * padded);
    Rows rows(blocks, filters, padded, width);
    for (int64_t item = first; item < last; ++item) {
      const int64_t n = item / blocks.count;
      rows.addProducts(x + n * g.imageSize(), dout + n * outSize, item % blocks.count, sums[part].data(),
                       totals.data() + part * filters);
    }
  });
  addParts(totals, parts, filters, db);
  inRanges(entries, partsFor(entries, parts * padded), [&](int64_t, int64_t first, int64_t last) {
    for (int64_t entry = first; entry < last; ++entry) {
      for (int64_t k = 0; k < filters; ++k) {
        float sum = 0;
        for (int64_t part = 0; part < parts; ++part) sum += sums[part][entry * padded + k];
        dw[entry * filters + k] = sum;
      }
    }
  });
}

const Register<convWeightGrads> registerConvWeightGrads(
    "ExplicitConvWeightGrads", {"x: float", "dout: float"}, {"dw: float", "db: float"}, kOfWindow, 0);

}  // namespace

}  // namespace explicit_layers
