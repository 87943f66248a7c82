// The gradient of a convolution by its filter: dw[p, q, c, k] = sum over images and positions (i, j) of
// x[S i + D p - P, S j + D q - P, c] * dout[i, j, k], as products of tiles that stay in registers.
#include <algorithm>
#include <cstring>
#include <vector>

#include "kernel.h"
#include "parallel.h"
#include "window.h"

namespace explicit_layers {

namespace {

typedef float Vector __attribute__((vector_size(32), aligned(4), may_alias));
constexpr int64_t kWidth = 8;    // floats of a vector
constexpr int64_t kTile = 6;     // entries of a patch at a time, each beside two vectors of filters
constexpr int64_t kBlock = 4096;  // entries of dout that stay in the nearest cache
constexpr int64_t kProductsOfAnEntry = 16;  // take as long as reading and writing an entry elsewhere

// A few rows of positions of one image: x with its padding written out, dout with the filters filled up to vectors.
struct Block {
  int64_t rows;        // of positions
  const float* x;      // [(rows - 1) S + D (kh - 1) + 1, rowSize]
  int64_t xRow;        // entries from a row of positions to the next
  int64_t xStep;       // and from a position to the next
  const float* dout;   // [rows, outWidth, filters]
  int64_t outWidth, filters;
};

// sums[entry, k] += x[entry] * dout[k] over all positions of the block, for `entries` x `vectors` sums.
template <int entries, int vectors>
EXPLICIT_INLINE void addTile(const Block& b, const float* x, const float* dout, float* sums, int64_t stride) {
  Vector tile[entries][vectors];
  for (int e = 0; e < entries; ++e) {
    for (int v = 0; v < vectors; ++v) tile[e][v] = *reinterpret_cast<Vector*>(sums + e * stride + v * kWidth);
  }
  for (int64_t row = 0; row < b.rows; ++row) {
    const float* xs = x + row * b.xRow;
    const float* ds = dout + row * b.outWidth * b.filters;
    for (int64_t i = 0; i < b.outWidth; ++i, xs += b.xStep, ds += b.filters) {
      Vector d[vectors];
      for (int v = 0; v < vectors; ++v) d[v] = *reinterpret_cast<const Vector*>(ds + v * kWidth);
      for (int e = 0; e < entries; ++e) {
        for (int v = 0; v < vectors; ++v) tile[e][v] += xs[e] * d[v];
      }
    }
  }
  for (int e = 0; e < entries; ++e) {
    for (int v = 0; v < vectors; ++v) *reinterpret_cast<Vector*>(sums + e * stride + v * kWidth) = tile[e][v];
  }
}

template <int entries>
EXPLICIT_INLINE void addStrip(const Block& b, const float* x, float* sums) {
  int64_t k = 0;
  for (; k + 2 * kWidth <= b.filters; k += 2 * kWidth) addTile<entries, 2>(b, x, b.dout + k, sums + k, b.filters);
  if (k < b.filters) addTile<entries, 1>(b, x, b.dout + k, sums + k, b.filters);
}

// A run of entries that lie side by side in x.
EXPLICIT_INLINE void addRun(const Block& b, const float* x, int64_t entries, float* sums) {
  for (int64_t left = entries; left > 0;) {
    const int64_t tiles = (left + kTile - 1) / kTile;
    const int64_t size = (left + tiles - 1) / tiles;
    switch (size) {
      case 1: addStrip<1>(b, x, sums); break;
      case 2: addStrip<2>(b, x, sums); break;
      case 3: addStrip<3>(b, x, sums); break;
      case 4: addStrip<4>(b, x, sums); break;
      case 5: addStrip<5>(b, x, sums); break;
      default: addStrip<6>(b, x, sums); break;
    }
    x += size;
    sums += size * b.filters;
    left -= size;
  }
}

EXPLICIT_SIMD_PRODUCT void addBlock(const Window& g, const Block& b, int64_t xRowSize, float* sums) {
  // Without dilation the columns of a patch lie side by side.
  const int64_t runs = g.dilationX == 1 ? 1 : g.kernelWidth;
  const int64_t entries = g.dilationX == 1 ? g.kernelWidth * g.channels : g.channels;
  for (int64_t p = 0; p < g.kernelHeight; ++p) {
    for (int64_t run = 0; run < runs; ++run) {
      addRun(b, b.x + p * g.dilationY * xRowSize + run * g.dilationX * g.channels, entries,
             sums + (p * runs + run) * entries * b.filters);
    }
  }
}

// What one part of the work needs beside its sums.
class Rows {
 public:
  Rows(const Window& g, int64_t filters)
      : g_(g), filters_(filters), padded_((filters + kWidth - 1) / kWidth * kWidth),
        rows_(std::max<int64_t>(1, std::min(g.outHeight, kBlock / (g.outWidth * padded_)))),
        xRowSize_(((g.outWidth - 1) * g.strideX + (g.kernelWidth - 1) * g.dilationX + 1) * g.channels),
        x_(xRowsOf(rows_) * xRowSize_), dout_(padded_ == filters ? 0 : rows_ * g.outWidth * padded_) {}

  // Into how many blocks an image is cut.
  int64_t blocks() const { return (g_.outHeight + rows_ - 1) / rows_; }

  // Adds the products of one block of an image to sums [kh, kw, C, filters filled up].
  void addProducts(const float* image, const float* dout, int64_t index, float* sums) {
    const int64_t first = index * rows_;
    const int64_t rows = std::min(rows_, g_.outHeight - first);
    copyRows(image, first * g_.strideY - g_.top, xRowsOf(rows));
    const Block block = {rows, x_.data(), g_.strideY * xRowSize_, g_.strideX * g_.channels,
                         filled(dout + first * g_.outWidth * filters_, rows * g_.outWidth), g_.outWidth, padded_};
    addBlock(g_, block, xRowSize_, sums);
  }

 private:
  int64_t xRowsOf(int64_t rows) const { return (rows - 1) * g_.strideY + (g_.kernelHeight - 1) * g_.dilationY + 1; }

  void copyRows(const float* image, int64_t firstY, int64_t count) {
    const int64_t width = xRowSize_ / g_.channels;
    const int64_t begin = std::min(width, std::max<int64_t>(0, g_.left));
    const int64_t end = std::max(begin, std::min(width, g_.width + g_.left));
    for (int64_t row = 0; row < count; ++row) {
      float* to = x_.data() + row * xRowSize_;
      const int64_t y = firstY + row;
      if (y < 0 || y >= g_.height || begin == end) {
        std::fill(to, to + xRowSize_, 0.0f);
        continue;
      }
      const float* from = image + (y * g_.width + begin - g_.left) * g_.channels;
      std::fill(to, to + begin * g_.channels, 0.0f);
      std::memcpy(to + begin * g_.channels, from, (end - begin) * g_.channels * sizeof(float));
      std::fill(to + end * g_.channels, to + xRowSize_, 0.0f);
    }
  }

  const float* filled(const float* dout, int64_t positions) {
    if (padded_ == filters_) return dout;
    for (int64_t i = 0; i < positions; ++i) {
      std::memcpy(dout_.data() + i * padded_, dout + i * filters_, filters_ * sizeof(float));
    }
    return dout_.data();
  }

  const Window& g_;
  const int64_t filters_, padded_, rows_, xRowSize_;
  std::vector<float> x_, dout_;
};

void convFilterGrad(Call& call) {
  const Window g = windowOf(call, 0);
  const int64_t filters = call.dimension(1, 3);
  const float* x = call.input(0);
  const float* dout = call.input(1);
  float* dw = call.output(0, {g.kernelHeight, g.kernelWidth, g.channels, filters});
  if (!call.ok()) return;
  const int64_t padded = (filters + kWidth - 1) / kWidth * kWidth;
  const int64_t entries = g.kernelHeight * g.kernelWidth * g.channels;
  const int64_t outSize = g.outHeight * g.outWidth * filters;
  const int64_t blocks = Rows(g, filters).blocks();
  const int64_t parts = partsFor(g.batch * blocks, outSize / blocks * entries / kProductsOfAnEntry);
  std::vector<std::vector<float>> sums(parts);
  inRanges(g.batch * blocks, parts, [&](int64_t part, int64_t first, int64_t last) {
    sums[part].resize(entries * padded);
    Rows rows(g, filters);
    for (int64_t item = first; item < last; ++item) {
      const int64_t n = item / blocks;
      rows.addProducts(x + n * g.imageSize(), dout + n * outSize, item % blocks, sums[part].data());
    }
  });
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

const Register<convFilterGrad> registerConvFilterGrad(
    "ExplicitConvFilterGrad", {"x: float", "dout: float"}, {"dw: float"});

}  // namespace

}  // namespace explicit_layers
