// The gradients of a convolution by its filter and its bias: db[k] = sum of dout[i, j, k] and dw[p, q, c, k] = sum over images and positions (i, j) of
// x[S i + D p - P, S j + D q - P, c] * dout[i, j, k], as products of tiles that stay in registers.
#include <algorithm>
#include <cstring>
#include <vector>

#include "kernel.h"
#include "parallel.h"
#include "sums.h"
#include "tiles.h"
#include "window.h"

namespace explicit_layers {

namespace {

constexpr int64_t kBlockOfDout = 4096;  // entries of dout that stay in the nearest cache
constexpr int64_t kMostSums = 1 << 22;      // of all parts together, 16 MB
constexpr int64_t kProductsOfAnEntry = 16;  // take as long as reading and writing an entry elsewhere

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
EXPLICIT_INLINE void addBlock(const Window& g, const Terms& terms, const float* x, int64_t xRowSize, float* sums) {
  // Without dilation the columns of a patch lie side by side.
  const int64_t runs = g.dilationX == 1 ? 1 : g.kernelWidth;
  const int64_t entries = g.dilationX == 1 ? g.kernelWidth * g.channels : g.channels;
  for (int64_t p = 0; p < g.kernelHeight; ++p) {
    for (int64_t run = 0; run < runs; ++run) {
      addRun<width>(terms, x + p * g.dilationY * xRowSize + run * g.dilationX * g.channels, entries,
                    sums + (p * runs + run) * entries * terms.columns);
    }
  }
}

EXPLICIT_SIMD_PRODUCT void addNarrowBlock(
    const Window& g, const Terms& terms, const float* x, int64_t xRowSize, float* sums) {
  addBlock<kNarrow>(g, terms, x, xRowSize, sums);
}

EXPLICIT_WIDE_PRODUCT void addWideBlock(
    const Window& g, const Terms& terms, const float* x, int64_t xRowSize, float* sums) {
  addBlock<kWide>(g, terms, x, xRowSize, sums);
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
  Rows(const Window& g, int64_t filters, Width width)
      : g_(g), filters_(filters), padded_(filledUp(filters, width)),
        addBlock_(width == kWide ? addWideBlock : addNarrowBlock),
        rows_(std::max<int64_t>(1, std::min(g.outHeight, kBlockOfDout / (g.outWidth * padded_)))),
        xRowSize_(((g.outWidth - 1) * g.strideX + (g.kernelWidth - 1) * g.dilationX + 1) * g.channels),
        x_(xRowsOf(rows_) * xRowSize_), dout_(padded_ == filters ? 0 : rows_ * g.outWidth * padded_), total_(padded_) {}

  // Into how many blocks an image is cut.
  int64_t blocks() const { return (g_.outHeight + rows_ - 1) / rows_; }

  // Adds the products of one block of an image to sums [kh, kw, C, filters filled up], and its dout to totals [K].
  void addProducts(const float* image, const float* dout, int64_t index, float* sums, double* totals) {
    const int64_t first = index * rows_;
    const int64_t rows = std::min(rows_, g_.outHeight - first);
    copyRows(g_, image, first * g_.strideY - g_.top, xRowsOf(rows), xRowSize_ / g_.channels, x_.data());
    const Terms terms = {rows, g_.outWidth, g_.strideY * xRowSize_, g_.strideX * g_.channels,
                         filled(dout + first * g_.outWidth * filters_, rows * g_.outWidth), padded_};
    addBlock_(g_, terms, x_.data(), xRowSize_, sums);
    std::fill(total_.begin(), total_.end(), 0.0f);
    addColumns(terms, total_.data());
    for (int64_t k = 0; k < filters_; ++k) totals[k] += total_[k];
  }

 private:
  int64_t xRowsOf(int64_t rows) const { return (rows - 1) * g_.strideY + (g_.kernelHeight - 1) * g_.dilationY + 1; }

  const float* filled(const float* dout, int64_t positions) {
    if (padded_ == filters_) return dout;
    for (int64_t i = 0; i < positions; ++i) {
      std::memcpy(dout_.data() + i * padded_, dout + i * filters_, filters_ * sizeof(float));
    }
    return dout_.data();
  }

  const Window& g_;
  const int64_t filters_, padded_;
  decltype(addNarrowBlock)* const addBlock_;
  const int64_t rows_, xRowSize_;
  std::vector<float> x_, dout_, total_;
};

void convWeightGrads(Call& call) {
  const Window g = windowOf(call, 0);
  const int64_t filters = call.dimension(1, 3);
  const float* x = call.input(0);
  const float* dout = call.input(1);
  float* dw = call.output(0, {g.kernelHeight, g.kernelWidth, g.channels, filters});
  float* db = call.output(1, {filters});
  if (!call.ok()) return;
  const Width width = filters > kNarrow ? widthHere() : kNarrow;
  const int64_t padded = filledUp(filters, width);
  const int64_t entries = g.kernelHeight * g.kernelWidth * g.channels;
  const int64_t outSize = g.outHeight * g.outWidth * filters;
  const int64_t blocks = Rows(g, filters, width).blocks();
  const int64_t most = std::max<int64_t>(1, kMostSums / (entries * padded));
  const int64_t parts = std::min(most, partsFor(g.batch * blocks, outSize / blocks * entries / kProductsOfAnEntry));
  std::vector<std::vector<float>> sums(parts);
  std::vector<double> totals(parts * filters);
  inRanges(g.batch * blocks, parts, [&](int64_t part, int64_t first, int64_t last) {
    sums[part].resize(entries * padded);
    Rows rows(g, filters, width);
    for (int64_t item = first; item < last; ++item) {
      const int64_t n = item / blocks;
      rows.addProducts(x + n * g.imageSize(), dout + n * outSize, item % blocks, sums[part].data(),
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
    "ExplicitConvWeightGrads", {"x: float", "dout: float"}, {"dw: float", "db: float"});

}  // namespace

}  // namespace explicit_layers
