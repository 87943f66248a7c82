// Max pooling of [N, H, W, C] with padding, dilation, overlap and the three rules for ties; average pooling.
#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "kernel.h"
#include "parallel.h"
#include "ties.h"
#include "window.h"

namespace explicit_layers {

namespace {

// Calls visit(offset of the entry in its image) for each entry of the window (oy, ox) that lies in the image.
template <typename Visit>
EXPLICIT_INLINE void forEachEntry(const Window& g, int64_t oy, int64_t ox, Visit visit) {
  for (int64_t p = 0; p < g.kernelHeight; ++p) {
    const int64_t y = oy * g.strideY - g.top + p * g.dilationY;
    if (y < 0 || y >= g.height) continue;
    for (int64_t q = 0; q < g.kernelWidth; ++q) {
      const int64_t x = ox * g.strideX - g.left + q * g.dilationX;
      if (x < 0 || x >= g.width) continue;
      visit((y * g.width + x) * g.channels);
    }
  }
}

// A NaN is taken and stays; a window that lies in the padding has -Infinity.
EXPLICIT_SIMD void maxRow(const Window& g, const float* __restrict image, float* __restrict out, int64_t oy) {
  const int64_t channels = g.channels;
  for (int64_t ox = 0; ox < g.outWidth; ++ox) {
    float* __restrict best = out + (oy * g.outWidth + ox) * channels;
    bool isFirst = true;
    forEachEntry(g, oy, ox, [&](int64_t at) {
      const float* __restrict x = image + at;
      if (isFirst) {
        std::memcpy(best, x, channels * sizeof(float));
      } else {
        for (int64_t c = 0; c < channels; ++c) best[c] = x[c] > best[c] || x[c] != x[c] ? x[c] : best[c];
      }
      isFirst = false;
    });
    if (isFirst) std::fill(best, best + channels, -std::numeric_limits<float>::infinity());
  }
}

void maxPool(Call& call) {
  const Window g = windowOf(call, 0);
  const float* x = call.input(0);
  float* out = call.output(0, {g.batch, g.outHeight, g.outWidth, g.channels});
  if (!call.ok()) return;
  const int64_t rows = g.batch * g.outHeight;
  const int64_t imageSize = g.imageSize();
  const int64_t outSize = g.outHeight * g.outWidth * g.channels;
  const int64_t work = g.outWidth * g.channels * g.kernelHeight * g.kernelWidth;
  inRanges(rows, partsFor(rows, work), [&](int64_t, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      const int64_t n = row / g.outHeight;
      maxRow(g, x + n * imageSize, out + n * outSize, row % g.outHeight);
    }
  });
}

// The rule for ties is the attribute after the window's own.
int64_t tiesOf(Call& call) { return call.size(kOfWindow, "the rule for ties", kAll, kSplit); }

// How many channels are treated at a time, and where they start.
struct Channels {
  int64_t begin, count;
};

// Counts of the maxima of a window under 'split'; under 'first', whether one was met.
EXPLICIT_INLINE void countMaxima(
    const Window& g, int64_t oy, int64_t ox, Channels part, const float* __restrict image,
    const float* __restrict out, float* __restrict count) {
  std::fill(count, count + part.count, 0.0f);
  forEachEntry(g, oy, ox, [&](int64_t at) {
    const float* __restrict x = image + at + part.begin;
    for (int64_t c = 0; c < part.count; ++c) count[c] += x[c] == out[c] ? 1.0f : 0.0f;
  });
}

// Whether every entry of an image lies in exactly one window.
EXPLICIT_INLINE bool isTiled(const Window& g) {
  return g.dilationY == 1 && g.dilationX == 1 && g.strideY == g.kernelHeight && g.strideX == g.kernelWidth &&
         g.outHeight * g.strideY - g.top >= g.height && g.outWidth * g.strideX - g.left >= g.width;
}

// dx += dout at the maxima of every window of one image; what is no maximum gets 0 whatever dout holds. Where windows
// tile the image there is nothing to add to, and `dimage` may be `image`.
template <Ties ties, bool tiled>
EXPLICIT_INLINE void scatterImage(
    const Window& g, Channels part, const float* image, const float* __restrict outs, const float* __restrict douts,
    float* dimage, float* __restrict met) {
  const int64_t channels = g.channels;
  for (int64_t pixel = 0; !tiled && pixel < g.height * g.width; ++pixel) {
    std::memset(dimage + pixel * channels + part.begin, 0, part.count * sizeof(float));
  }
  for (int64_t oy = 0; oy < g.outHeight; ++oy) {
    for (int64_t ox = 0; ox < g.outWidth; ++ox) {
      const int64_t offset = (oy * g.outWidth + ox) * channels + part.begin;
      const float* __restrict out = outs + offset;
      const float* __restrict dout = douts + offset;
      if (ties == kSplit) countMaxima(g, oy, ox, part, image, out, met);
      if (ties == kFirst) std::fill(met, met + part.count, 0.0f);
      forEachEntry(g, oy, ox, [&](int64_t at) {
        const float* x = image + at + part.begin;
        float* dx = dimage + at + part.begin;
#pragma GCC ivdep
        for (int64_t c = 0; c < part.count; ++c) {
          float share = dout[c];
          if (ties == kSplit) share /= met[c];
          if (ties == kFirst) share = met[c] == 0.0f ? share : 0.0f;
          const float given = x[c] == out[c] ? share : 0.0f;
          if (ties == kFirst) met[c] = x[c] == out[c] ? 1.0f : met[c];
          dx[c] = tiled ? given : dx[c] + given;
        }
      });
    }
  }
}

EXPLICIT_SIMD void scatterAll(
    const Window& g, Channels part, const float* image, const float* outs, const float* douts, float* dimage,
    float* met) {
  if (isTiled(g)) return scatterImage<kAll, true>(g, part, image, outs, douts, dimage, met);
  scatterImage<kAll, false>(g, part, image, outs, douts, dimage, met);
}

EXPLICIT_SIMD void scatterFirst(
    const Window& g, Channels part, const float* image, const float* outs, const float* douts, float* dimage,
    float* met) {
  if (isTiled(g)) return scatterImage<kFirst, true>(g, part, image, outs, douts, dimage, met);
  scatterImage<kFirst, false>(g, part, image, outs, douts, dimage, met);
}

EXPLICIT_SIMD void scatterSplit(
    const Window& g, Channels part, const float* image, const float* outs, const float* douts, float* dimage,
    float* met) {
  if (isTiled(g)) return scatterImage<kSplit, true>(g, part, image, outs, douts, dimage, met);
  scatterImage<kSplit, false>(g, part, image, outs, douts, dimage, met);
}

// Each image is one piece of work; where there are few of them, their channels are shared out too.
constexpr int64_t kFewestChannels = 16;

void maxPoolScatter(Call& call) {
  const Window g = windowOf(call, 1);
  const int64_t ties = tiesOf(call);
  call.checkShape(0, g.outShape(g.channels));
  call.checkShape(2, g.outShape(g.channels));
  const auto scatter = ties == kAll ? scatterAll : ties == kFirst ? scatterFirst : scatterSplit;
  float* dx = isTiled(g) ? call.outputOver(0, {1}) : call.outputLike(0, 1);
  const float* dout = call.input(0);
  const float* x = call.input(1);
  const float* out = call.input(2);
  if (!call.ok()) return;
  const int64_t imageSize = g.imageSize();
  const int64_t outSize = g.outHeight * g.outWidth * g.channels;
  const int64_t slices = g.batch >= 8 ? 1 : std::max<int64_t>(1, g.channels / kFewestChannels);
  const int64_t work = (imageSize + outSize * g.kernelHeight * g.kernelWidth) / slices;
  inRanges(g.batch * slices, partsFor(g.batch * slices, work), [&](int64_t, int64_t first, int64_t last) {
    std::vector<float> met(g.channels);
    for (int64_t item = first; item < last; ++item) {
      const int64_t n = item / slices;
      const int64_t slice = item % slices;
      const int64_t begin = g.channels * slice / slices;
      const Channels part = {begin, g.channels * (slice + 1) / slices - begin};
      scatter(g, part, x + n * imageSize, out + n * outSize, dout + n * outSize, dx + n * imageSize, met.data());
    }
  });
}

// The adjoint of scatter: each window's sum of v over its maxima (the first one of v, the mean).
EXPLICIT_SIMD void gatherRow(
    const Window& g, int64_t oy, int64_t ties, const float* __restrict image, const float* __restrict values,
    const float* __restrict outs, float* __restrict sums, float* __restrict met) {
  const int64_t channels = g.channels;
  for (int64_t ox = 0; ox < g.outWidth; ++ox) {
    const int64_t offset = (oy * g.outWidth + ox) * channels;
    const float* __restrict out = outs + offset;
    float* __restrict sum = sums + offset;
    std::fill(sum, sum + channels, 0.0f);
    std::fill(met, met + channels, 0.0f);
    forEachEntry(g, oy, ox, [&](int64_t at) {
      const float* __restrict x = image + at;
      const float* __restrict v = values + at;
      for (int64_t c = 0; c < channels; ++c) {
        const float counts = ties == kFirst && met[c] != 0.0f ? 0.0f : 1.0f;
        const float value = counts != 0.0f ? v[c] : 0.0f;
        sum[c] += x[c] == out[c] ? value : 0.0f;
        met[c] += x[c] == out[c] ? counts : 0.0f;
      }
    });
    if (ties == kSplit) {
      for (int64_t c = 0; c < channels; ++c) sum[c] /= std::max(met[c], 1.0f);
    }
  }
}

void maxPoolGather(Call& call) {
  const Window g = windowOf(call, 1);
  const int64_t ties = tiesOf(call);
  call.checkShape(0, call.shape(1));
  call.checkShape(2, g.outShape(g.channels));
  const float* v = call.input(0);
  const float* x = call.input(1);
  const float* out = call.input(2);
  float* sum = call.outputLike(0, 2);
  if (!call.ok()) return;
  const int64_t rows = g.batch * g.outHeight;
  const int64_t imageSize = g.imageSize();
  const int64_t outSize = g.outHeight * g.outWidth * g.channels;
  const int64_t work = g.outWidth * g.channels * g.kernelHeight * g.kernelWidth;
  inRanges(rows, partsFor(rows, work), [&](int64_t, int64_t first, int64_t last) {
    std::vector<float> met(g.channels);
    for (int64_t row = first; row < last; ++row) {
      const int64_t n = row / g.outHeight;
      gatherRow(g, row % g.outHeight, ties, x + n * imageSize, v + n * imageSize, out + n * outSize,
                sum + n * outSize, met.data());
    }
  });
}

// How many cells of each window along one axis lie in the image.
std::vector<float> cellsAlong(int64_t windows, int64_t stride, int64_t before, int64_t kernel, int64_t dilation,
                              int64_t size) {
  std::vector<float> cells(windows);
  for (int64_t window = 0; window < windows; ++window) {
    const int64_t start = window * stride - before;
    const int64_t last = start + (kernel - 1) * dilation;
    const int64_t above = (std::max<int64_t>(0, -start) + dilation - 1) / dilation;
    const int64_t below = (std::max<int64_t>(0, last - size + 1) + dilation - 1) / dilation;
    cells[window] = static_cast<float>(std::max<int64_t>(0, kernel - above - below));
  }
  return cells;
}

// How many cells of a window lie in the image; 1 where none does, for there the sum is 0.
class Cells {
 public:
  explicit Cells(const Window& g)
      : rows_(cellsAlong(g.outHeight, g.strideY, g.top, g.kernelHeight, g.dilationY, g.height)),
        columns_(cellsAlong(g.outWidth, g.strideX, g.left, g.kernelWidth, g.dilationX, g.width)) {}
  float of(int64_t oy, int64_t ox) const { return std::max(1.0f, rows_[oy] * columns_[ox]); }

 private:
  std::vector<float> rows_, columns_;
};

// The rows of a window are summed each by itself: large windows are rounded less.
EXPLICIT_SIMD void averageRow(
    const Window& g, const Cells& cells, const float* __restrict image, float* __restrict out, int64_t oy,
    float* __restrict part) {
  const int64_t channels = g.channels;
  for (int64_t ox = 0; ox < g.outWidth; ++ox) {
    float* __restrict sum = out + (oy * g.outWidth + ox) * channels;
    std::fill(sum, sum + channels, 0.0f);
    for (int64_t p = 0; p < g.kernelHeight; ++p) {
      const int64_t y = oy * g.strideY - g.top + p * g.dilationY;
      if (y < 0 || y >= g.height) continue;
      std::fill(part, part + channels, 0.0f);
      for (int64_t q = 0; q < g.kernelWidth; ++q) {
        const int64_t x = ox * g.strideX - g.left + q * g.dilationX;
        if (x < 0 || x >= g.width) continue;
        const float* __restrict cell = image + (y * g.width + x) * channels;
        for (int64_t c = 0; c < channels; ++c) part[c] += cell[c];
      }
      for (int64_t c = 0; c < channels; ++c) sum[c] += part[c];
    }
    const float count = cells.of(oy, ox);
    for (int64_t c = 0; c < channels; ++c) sum[c] /= count;
  }
}

void averagePool(Call& call) {
  const Window g = windowOf(call, 0);
  const float* x = call.input(0);
  float* out = call.output(0, {g.batch, g.outHeight, g.outWidth, g.channels});
  if (!call.ok()) return;
  const Cells cells(g);
  const int64_t rows = g.batch * g.outHeight;
  const int64_t outSize = g.outHeight * g.outWidth * g.channels;
  const int64_t work = g.outWidth * g.channels * g.kernelHeight * g.kernelWidth;
  inRanges(rows, partsFor(rows, work), [&](int64_t, int64_t first, int64_t last) {
    std::vector<float> part(g.channels);
    for (int64_t row = first; row < last; ++row) {
      const int64_t n = row / g.outHeight;
      averageRow(g, cells, x + n * g.imageSize(), out + n * outSize, row % g.outHeight, part.data());
    }
  });
}

// dx += dout / cells at every cell of one image's windows.
EXPLICIT_SIMD void spreadImage(
    const Window& g, const Cells& cells, const float* __restrict dout, float* __restrict dimage,
    float* __restrict share) {
  const int64_t channels = g.channels;
  std::fill(dimage, dimage + g.imageSize(), 0.0f);
  for (int64_t oy = 0; oy < g.outHeight; ++oy) {
    for (int64_t ox = 0; ox < g.outWidth; ++ox) {
      const float* __restrict upstream = dout + (oy * g.outWidth + ox) * channels;
      const float count = cells.of(oy, ox);
      for (int64_t c = 0; c < channels; ++c) share[c] = upstream[c] / count;
      forEachEntry(g, oy, ox, [&](int64_t at) {
        float* __restrict dx = dimage + at;
        for (int64_t c = 0; c < channels; ++c) dx[c] += share[c];
      });
    }
  }
}

void averagePoolGrad(Call& call) {
  call.checkRank(0, 4);
  call.checkShape(1, {2});
  const int32_t* size = call.input<int32_t>(1);
  if (size[0] < 1 || size[1] < 1) call.refuse(1, "be a height and a width of at least 1");
  const Window g = windowOver(call, {call.dimension(0, 0), size[0], size[1], call.dimension(0, 3)});
  if (g.channels < 1) call.refuse(0, "have a channel");
  call.checkShape(0, g.outShape(g.channels));
  const float* dout = call.input(0);
  float* dx = call.output(0, {g.batch, g.height, g.width, g.channels});
  if (!call.ok()) return;
  const Cells cells(g);
  const int64_t outSize = g.outHeight * g.outWidth * g.channels;
  const int64_t work = g.imageSize() + outSize * g.kernelHeight * g.kernelWidth;
  inRanges(g.batch, partsFor(g.batch, work), [&](int64_t, int64_t first, int64_t last) {
    std::vector<float> share(g.channels);
    for (int64_t n = first; n < last; ++n) {
      spreadImage(g, cells, dout + n * outSize, dx + n * g.imageSize(), share.data());
    }
  });
}

const Register<averagePool> registerAveragePool("ExplicitAveragePool", {"x: float"}, {"out: float"}, kOfWindow, 0);
const Register<averagePoolGrad> registerAverageGrad(
    "ExplicitAveragePoolGrad", {"dout: float", "size: int32"}, {"dx: float"}, kOfWindow, 0);
const Register<maxPool> registerMaxPool("ExplicitMaxPool", {"x: float"}, {"out: float"}, kOfWindow, 0);
const Register<maxPoolScatter> registerScatter(
    "ExplicitMaxPoolScatter", {"dout: float", "x: float", "out: float"}, {"dx: float"}, kOfWindow + 1, 0);
const Register<maxPoolGather> registerGather(
    "ExplicitMaxPoolGather", {"v: float", "x: float", "out: float"}, {"sum: float"}, kOfWindow + 1, 0);

}  // namespace

}  // namespace explicit_layers
