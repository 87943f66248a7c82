// Convolution: out[i, j, k] = b[k] + sum over (p, q, c) of x[S i + D p - P, S j + D q - P, c] * w[p, q, c, k], in tiles
// of positions and filters that stay in registers until bias and rectification are in.
#include <algorithm>
#include <cstring>
#include <memory>

#include "kernel.h"
#include "parallel.h"
#include "rows.h"
#include "tiles.h"
#include "window.h"

namespace explicit_layers {

namespace {

using Floats = std::unique_ptr<float[]>;

// Where the entries of a patch stand in rows of x: `runs` in each of its rows, of so many entries side by side.
struct Patch {
  int64_t rows, runs, entries;
  int64_t rowStep, runStep, positionStep;
};

// Filters that are computed together, and how their values are finished.
struct Panel {
  const float* w;     // [entries of a patch, one or two vectors]
  const float* bias;  // null where there is none
  bool rectify;
  int64_t filters;    // of all panels: the step from a position of out to the next
};

template <Width width, int positions, int vectors>
EXPLICIT_INLINE void makeTileOf(const Patch& patch, const Panel& panel, const float* x, float* out) {
  using Vector = typename VectorOf<width>::Type;
  Vector tile[positions][vectors];
  for (int v = 0; v < vectors; ++v) {
    const Vector bias = panel.bias == nullptr ? Vector{} : *reinterpret_cast<const Vector*>(panel.bias + v * width);
    for (int j = 0; j < positions; ++j) tile[j][v] = bias;
  }
  const float* w = panel.w;
  for (int64_t row = 0; row < patch.rows; ++row) {
    for (int64_t run = 0; run < patch.runs; ++run) {
      const float* entry = x + row * patch.rowStep + run * patch.runStep;
      for (int64_t i = 0; i < patch.entries; ++i, w += vectors * width) {
        Vector factor[vectors];
        for (int v = 0; v < vectors; ++v) factor[v] = *reinterpret_cast<const Vector*>(w + v * width);
        for (int j = 0; j < positions; ++j) {
          for (int v = 0; v < vectors; ++v) tile[j][v] += entry[j * patch.positionStep + i] * factor[v];
        }
      }
    }
  }
  for (int j = 0; j < positions; ++j) {
    for (int v = 0; v < vectors; ++v) {
      const Vector value = tile[j][v];
      const Vector kept = value < 0.0f ? Vector{} : value;  // NaN stays NaN
      *reinterpret_cast<Vector*>(out + j * panel.filters + v * width) = panel.rectify ? kept : value;
    }
  }
}

// A tile of up to kTile positions and one or two vectors of filters.
template <Width width, int most = kTile<width>>
EXPLICIT_INLINE void makeTile(
    const Patch& patch, const Panel& panel, int64_t positions, int64_t vectors, const float* x, float* out) {
  if constexpr (most > 1) {
    if (positions < most) return makeTile<width, most - 1>(patch, panel, positions, vectors, x, out);
  }
  if (vectors == 1) return makeTileOf<width, most, 1>(patch, panel, x, out);
  makeTileOf<width, most, 2>(patch, panel, x, out);
}

template <Width width>
EXPLICIT_INLINE void makeRow(
    const Patch& patch, const Panel& panel, int64_t positions, int64_t vectors, const float* x, float* out) {
  for (int64_t left = positions; left > 0;) {
    const int64_t size = tileOf<width>(left);
    makeTile<width>(patch, panel, size, vectors, x, out);
    x += size * patch.positionStep;
    out += size * panel.filters;
    left -= size;
  }
}

EXPLICIT_SIMD_PRODUCT void makeNarrowRow(
    const Patch& patch, const Panel& panel, int64_t positions, int64_t vectors, const float* x, float* out) {
  makeRow<kNarrow>(patch, panel, positions, vectors, x, out);
}

EXPLICIT_WIDE_PRODUCT void makeWideRow(
    const Patch& patch, const Panel& panel, int64_t positions, int64_t vectors, const float* x, float* out) {
  makeRow<kWide>(patch, panel, positions, vectors, x, out);
}

// w [entries, K] cut into panels of so many filters, each [entries, filters of the panel].
Floats panelsOf(const float* w, int64_t entries, int64_t filters, int64_t panelSize) {
  Floats panels(new float[entries * filters]);
  for (int64_t k = 0; k < filters; k += panelSize) {
    const int64_t size = std::min(panelSize, filters - k);
    float* to = panels.get() + k * entries;
    for (int64_t i = 0; i < entries; ++i) std::memcpy(to + i * size, w + i * filters + k, size * sizeof(float));
  }
  return panels;
}

void conv(Call& call) {
  const Window g = windowOf(call, 0);
  call.checkRank(1, 4);
  const int64_t filters = call.dimension(1, 3);
  call.checkShape(1, {g.kernelHeight, g.kernelWidth, g.channels, filters});
  if (filters < kNarrow || filters % kNarrow != 0) {
    call.refuse(1, "have filters that fill vectors of " + std::to_string(kNarrow));
  }
  call.checkOptional(2, {filters});
  const bool rectify = call.size(kOfWindow, "whether to rectify", 0, 1) != 0;
  const float* x = call.input(0);
  const float* w = call.input(1);
  const float* bias = call.input(2);
  float* out = call.output(0, {g.batch, g.outHeight, g.outWidth, filters});
  if (!call.ok()) return;
  const Width width = filters % kWide == 0 ? widthHere() : kNarrow;
  const auto make = width == kWide ? makeWideRow : makeNarrowRow;
  const int64_t panelSize = 2 * width;
  const int64_t entries = g.kernelHeight * g.kernelWidth * g.channels;
  const Floats panels = panelsOf(w, entries, filters, panelSize);

  const RowBlocks blocks(g, filters);
  const Patch patch = {g.kernelHeight, blocks.runs, blocks.entriesOfARun,
                       g.dilationY * blocks.rowSize, g.dilationX * g.channels, g.strideX * g.channels};
  const int64_t items = g.batch * blocks.count;
  const int64_t work = blocks.rows * g.outWidth * filters * entries / kProductsOfAnEntry;
  inRanges(items, partsFor(items, work), [&](int64_t, int64_t first, int64_t last) {
    const Floats padded(new float[blocks.copySize()]);
    for (int64_t item = first; item < last; ++item) {
      const int64_t n = item / blocks.count;
      const int64_t block = item % blocks.count;
      blocks.copy(x + n * g.imageSize(), block, padded.get());
      float* outRows = out + (n * g.outHeight + blocks.firstRow(block)) * g.outWidth * filters;
      for (int64_t k = 0; k < filters; k += panelSize) {
        const Panel panel = {panels.get() + k * entries, bias == nullptr ? nullptr : bias + k, rectify, filters};
        const int64_t vectors = std::min(panelSize, filters - k) / width;
        for (int64_t row = 0; row < blocks.rowsOf(block); ++row) {
          make(patch, panel, g.outWidth, vectors, padded.get() + row * g.strideY * blocks.rowSize,
               outRows + row * g.outWidth * filters + k);
        }
      }
    }
  });
}

const Register<conv> registerConv("ExplicitConv", {"x: float", "w: float", "bias: float"}, {"out: float"},
                                  kOfWindow + 1, 0);

}  // namespace

}  // namespace explicit_layers
