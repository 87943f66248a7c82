// Depthwise convolution: each channel c with M filters of its own, whose outputs are the channels k = c M + m,
// out[i, j, k] = b[k] + sum over (p, q) of x[S i + D p - P, S j + D q - P, c] * w[p, q, k],
// and its gradients by x and by w. A sum has few terms, one for each tap (p, q) of the window, so what costs time is
// reading: nothing is copied, a tap outside of the image is left out of its sum, and a few positions at a time share the
// filter's entries. With M > 1 the rows of x that are read are first spread to K = C M channels. Only where the other
// factor is not finite do zeros stand for the padding, which make NaN of it.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernel.h"
#include "parallel.h"
#include "sums.h"
#include "tiles.h"
#include "window.h"

namespace explicit_layers {

namespace {

constexpr int64_t kPositions = 4;     // that share the entries of the filter
constexpr int64_t kSegment = 32;      // positions whose products are added up before the sums of dw take them
constexpr int64_t kMostTaps = 8;      // of a row of the window whose sums stay in registers
constexpr int64_t kSpreadRows = 8;    // of outputs for which rows of x are spread at a time
constexpr int64_t kMostSums = 1 << 22;  // of all parts together, 16 MB
constexpr int64_t kProductsOfAnEntry = 8;  // take as long as reading and writing an entry elsewhere

template <int64_t lanes>
struct Lanes {
  typedef float Type __attribute__((vector_size(lanes * sizeof(float)), aligned(4), may_alias));
};

template <int64_t lanes>
EXPLICIT_INLINE typename Lanes<lanes>::Type load(const float* from) {
  return *reinterpret_cast<const typename Lanes<lanes>::Type*>(from);
}

template <int64_t lanes>
EXPLICIT_INLINE void store(float* to, typename Lanes<lanes>::Type value) {
  *reinterpret_cast<typename Lanes<lanes>::Type*>(to) = value;
}

// One term of every sum along a run of positions: the filter's entries for all channels, and what they meet at the first
// position.
struct Tap {
  const float* x;
  const float* w;
};

// Positions in a row whose sums have the same taps.
struct Run {
  const Tap* taps;
  int64_t count;      // of taps
  int64_t positions;
  int64_t xStep;      // floats from what a position meets to what the next one does
  int64_t outStep;
  int64_t channels;
  const float* bias;  // null for none
};

template <int64_t lanes, int64_t positions>
EXPLICIT_INLINE void sumTaps(const Run& run, int64_t first, int64_t k, float* out) {
  typename Lanes<lanes>::Type sums[positions];
  for (int64_t e = 0; e < positions; ++e) {
    if (run.bias == nullptr) sums[e] = typename Lanes<lanes>::Type{};
    else sums[e] = load<lanes>(run.bias + k);
  }
  for (int64_t i = 0; i < run.count; ++i) {
    const auto w = load<lanes>(run.taps[i].w + k);
    const float* x = run.taps[i].x + first * run.xStep + k;
    for (int64_t e = 0; e < positions; ++e) sums[e] += load<lanes>(x + e * run.xStep) * w;
  }
  for (int64_t e = 0; e < positions; ++e) store<lanes>(out + (first + e) * run.outStep + k, sums[e]);
}

// All channels of a few positions, in the widest vectors that are left.
template <Width width, int64_t positions>
EXPLICIT_INLINE void makePositions(const Run& run, int64_t first, float* out) {
  int64_t k = 0;
  for (; k + width <= run.channels; k += width) sumTaps<width, positions>(run, first, k, out);
  if (width > kNarrow && k + kNarrow <= run.channels) {
    sumTaps<kNarrow, positions>(run, first, k, out);
    k += kNarrow;
  }
  for (; k + 4 <= run.channels; k += 4) sumTaps<4, positions>(run, first, k, out);
  for (; k < run.channels; ++k) sumTaps<1, positions>(run, first, k, out);
}

template <Width width>
EXPLICIT_INLINE void makeRun(const Run& run, float* out) {
  int64_t first = 0;
  for (; first + kPositions <= run.positions; first += kPositions) makePositions<width, kPositions>(run, first, out);
  for (; first < run.positions; ++first) makePositions<width, 1>(run, first, out);
}

EXPLICIT_SIMD_PRODUCT void makeNarrowRun(const Run& run, float* out) { makeRun<kNarrow>(run, out); }
EXPLICIT_WIDE_PRODUCT void makeWideRun(const Run& run, float* out) { makeRun<kWide>(run, out); }

// Sums of products over a row of positions, for the taps of one row of the window: sums[q, k] += x[j, q, k] * dout[j, k].
struct Products {
  const float* x;     // what the first tap meets at the first position
  int64_t tapStep, xStep;
  const float* dout;
  int64_t positions, taps, channels;
};

template <int64_t lanes, int64_t taps>
EXPLICIT_INLINE void addProducts(const Products& at, int64_t k, float* sums) {
  typename Lanes<lanes>::Type tile[taps] = {};
  const float* x = at.x + k;
  const float* dout = at.dout + k;
  for (int64_t j = 0; j < at.positions; ++j, x += at.xStep, dout += at.channels) {
    const auto d = load<lanes>(dout);
    for (int64_t q = 0; q < taps; ++q) tile[q] += load<lanes>(x + q * at.tapStep) * d;
  }
  for (int64_t q = 0; q < taps; ++q) {
    float* sum = sums + q * at.channels + k;
    store<lanes>(sum, load<lanes>(sum) + tile[q]);
  }
}

template <Width width, int64_t taps>
EXPLICIT_INLINE void addTaps(const Products& at, float* sums) {
  if constexpr (taps > 1) {
    if (at.taps < taps) return addTaps<width, taps - 1>(at, sums);
  }
  int64_t k = 0;
  for (; k + width <= at.channels; k += width) addProducts<width, taps>(at, k, sums);
  for (; k + 4 <= at.channels; k += 4) addProducts<4, taps>(at, k, sums);
  for (; k < at.channels; ++k) addProducts<1, taps>(at, k, sums);
}

EXPLICIT_SIMD_PRODUCT void addNarrowTaps(const Products& at, float* sums) { addTaps<kNarrow, kMostTaps>(at, sums); }
EXPLICIT_WIDE_PRODUCT void addWideTaps(const Products& at, float* sums) { addTaps<kWide, kMostTaps>(at, sums); }

// Whether no value is NaN or infinite.
EXPLICIT_SIMD bool areFinite(const float* values, int64_t count) {
  return sumOf(count, [values](int64_t i) { return values[i] * 0.0f; }) == 0.0f;
}

// Up and down, for whole numbers of either sign.
inline int64_t floorDivide(int64_t a, int64_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }
inline int64_t ceilDivide(int64_t a, int64_t b) { return -floorDivide(-a, b); }

// A depthwise convolution of images with K = C M channels of output.
struct Depthwise {
  Window g;
  int64_t multiplier, channels;  // M, K
  Width width;

  Depthwise(const Window& window, int64_t multiplier)
      : g(window), multiplier(multiplier), channels(window.channels * multiplier),
        width(channels >= kWide ? widthHere() : kNarrow) {}

  int64_t taps() const { return g.kernelHeight * g.kernelWidth; }
  int64_t outRow() const { return g.outWidth * channels; }
  int64_t xRow() const { return g.width * channels; }  // spread to K channels

  // The positions [first, last) of a row of outputs whose tap q lies in the image.
  void positionsOf(int64_t q, int64_t* first, int64_t* last) const {
    const int64_t offset = q * g.dilationX - g.left;
    *first = std::min(g.outWidth, std::max<int64_t>(0, ceilDivide(-offset, g.strideX)));
    *last = std::max(*first, std::min(g.outWidth, floorDivide(g.width - 1 - offset, g.strideX) + 1));
  }

  void make(const Run& run, float* out) const { (width == kWide ? makeWideRun : makeNarrowRun)(run, out); }
};

// Rows of x with K channels: of x itself where M is 1, else spread into a buffer.
class SpreadRows {
 public:
  explicit SpreadRows(const Depthwise& conv) : conv_(conv) {}

  // Makes rows [first, last) of an image readable.
  void spread(const float* image, int64_t first, int64_t last) {
    const Window& g = conv_.g;
    first_ = std::max<int64_t>(0, first);
    if (conv_.multiplier == 1) {
      rows_ = image + first_ * conv_.xRow();
      return;
    }
    const int64_t pixels = std::max<int64_t>(0, std::min(g.height, last) - first_) * g.width;
    buffer_.resize(pixels * conv_.channels);
    const float* from = image + first_ * g.width * g.channels;
    float* to = buffer_.data();
    for (int64_t i = 0; i < pixels * g.channels; ++i, to += conv_.multiplier) {
      std::fill(to, to + conv_.multiplier, from[i]);
    }
    rows_ = buffer_.data();
  }

  const float* row(int64_t y) const { return rows_ + (y - first_) * conv_.xRow(); }

 private:
  const Depthwise& conv_;
  std::vector<float> buffer_;
  const float* rows_ = nullptr;
  int64_t first_ = 0;
};

// Calls row(n, i, rows of x) for the outputs' rows [first, last) of all images, with what each reads spread.
template <typename Row>
void eachRow(const Depthwise& conv, const float* x, int64_t first, int64_t last, Row row) {
  const Window& g = conv.g;
  SpreadRows rows(conv);
  for (int64_t item = first; item < last;) {
    const int64_t n = item / g.outHeight;
    const int64_t begin = item % g.outHeight;
    const int64_t end = std::min({begin + kSpreadRows, g.outHeight, begin + last - item});
    rows.spread(x + n * g.imageSize(), begin * g.strideY - g.top,
                (end - 1) * g.strideY - g.top + (g.kernelHeight - 1) * g.dilationY + 1);
    for (int64_t i = begin; i < end; ++i, ++item) row(n, i, rows);
  }
}

// Cuts a row of `positions` where the set of taps in it changes: calls part(first, last) between neighbouring ends.
template <typename Part>
void eachPart(std::vector<int64_t>& ends, int64_t positions, Part part) {
  ends.push_back(0);
  ends.push_back(positions);
  std::sort(ends.begin(), ends.end());
  for (size_t i = 0; i + 1 < ends.size(); ++i) {
    if (ends[i] < ends[i + 1]) part(ends[i], ends[i + 1]);
  }
}

// The filter is [kh, kw, C, M]: as the kernels read it, [kh, kw, K].
Depthwise readFilter(Call& call, const Window& g, int w) {
  call.checkRank(w, 4);
  const int64_t multiplier = call.dimension(w, 3);
  if (multiplier < 1) call.refuse(w, "have a filter for each channel");
  call.checkShape(w, {g.kernelHeight, g.kernelWidth, g.channels, multiplier});
  return Depthwise(g, multiplier);
}

void depthwiseConv(Call& call) {
  const Depthwise conv = readFilter(call, windowOf(call, 0), 1);
  const Window& g = conv.g;
  call.checkOptional(2, {conv.channels});
  const float* x = call.input(0);
  const float* w = call.input(1);
  const float* bias = call.input(2);
  float* out = call.output(0, {g.batch, g.outHeight, g.outWidth, conv.channels});
  if (!call.ok()) return;
  const bool isFinite = areFinite(w, conv.taps() * conv.channels);
  const int64_t items = g.batch * g.outHeight;
  inRanges(items, partsFor(items, conv.outRow() * conv.taps() / kProductsOfAnEntry + conv.outRow()),
           [&](int64_t, int64_t first, int64_t last) {
    std::vector<Tap> taps;
    std::vector<int64_t> ends;
    const std::vector<float> zeros(isFinite ? 0 : g.outWidth * g.strideX * conv.channels);
    eachRow(conv, x, first, last, [&](int64_t n, int64_t i, const SpreadRows& rows) {
      float* outRow = out + (n * g.outHeight + i) * conv.outRow();
      ends.clear();
      for (int64_t q = 0; q < g.kernelWidth; ++q) {
        int64_t begin, end;
        conv.positionsOf(q, &begin, &end);
        ends.push_back(begin);
        ends.push_back(end);
      }
      eachPart(ends, g.outWidth, [&](int64_t j, int64_t jEnd) {
        taps.clear();
        for (int64_t p = 0; p < g.kernelHeight; ++p) {
          const int64_t y = i * g.strideY + p * g.dilationY - g.top;
          for (int64_t q = 0; q < g.kernelWidth; ++q) {
            const int64_t column = j * g.strideX + q * g.dilationX - g.left;
            const bool isInside = y >= 0 && y < g.height && column >= 0 && column < g.width;
            if (!isInside && isFinite) continue;
            taps.push_back({isInside ? rows.row(y) + column * conv.channels : zeros.data(),
                            w + (p * g.kernelWidth + q) * conv.channels});
          }
        }
        conv.make({taps.data(), static_cast<int64_t>(taps.size()), jEnd - j, g.strideX * conv.channels, conv.channels,
                   conv.channels, bias}, outRow + j * conv.channels);
      });
    });
  });
}

// dx[y, x, c] = sum over m and the taps (p, q) of dout[i, j, c M + m] * w[p, q, c M + m] where S i + D p - P = y and
// S j + D q - P = x. Columns that are S apart meet the same taps.
class InputGradient {
 public:
  InputGradient(const Depthwise& conv, const float* dout, const float* w) : conv_(conv), dout_(dout), w_(w) {}

  // Row y of the gradient of image n, with K channels.
  void row(int64_t n, int64_t y, float* dx) {
    const Window& g = conv_.g;
    for (int64_t first = 0; first < std::min(g.strideX, g.width); ++first) {
      const int64_t positions = (g.width - first + g.strideX - 1) / g.strideX;
      ends_.clear();
      for (int64_t q = 0; q < g.kernelWidth; ++q) {
        const int64_t shift = first + g.left - q * g.dilationX;
        if (shift % g.strideX != 0) continue;
        ends_.push_back(std::clamp<int64_t>(-shift / g.strideX, 0, positions));
        ends_.push_back(std::clamp<int64_t>(g.outWidth - shift / g.strideX, 0, positions));
      }
      eachPart(ends_, positions, [&](int64_t t, int64_t tEnd) {
        collect(n, y, first + t * g.strideX);
        conv_.make({taps_.data(), static_cast<int64_t>(taps_.size()), tEnd - t, conv_.channels,
                    g.strideX * conv_.channels, conv_.channels, nullptr}, dx + (first + t * g.strideX) * conv_.channels);
      });
    }
  }

 private:
  void collect(int64_t n, int64_t y, int64_t x) {
    const Window& g = conv_.g;
    taps_.clear();
    for (int64_t p = 0; p < g.kernelHeight; ++p) {
      const int64_t down = y + g.top - p * g.dilationY;
      if (down < 0 || down % g.strideY != 0 || down / g.strideY >= g.outHeight) continue;
      const float* row = dout_ + (n * g.outHeight + down / g.strideY) * conv_.outRow();
      for (int64_t q = 0; q < g.kernelWidth; ++q) {
        const int64_t right = x + g.left - q * g.dilationX;
        if (right < 0 || right % g.strideX != 0 || right / g.strideX >= g.outWidth) continue;
        taps_.push_back({row + right / g.strideX * conv_.channels, w_ + (p * g.kernelWidth + q) * conv_.channels});
      }
    }
  }

  const Depthwise& conv_;
  const float* dout_;
  const float* w_;
  std::vector<Tap> taps_;
  std::vector<int64_t> ends_;
};

void depthwiseConvInputGrad(Call& call) {
  call.checkRank(0, 4);
  call.checkRank(1, 4);
  call.checkShape(2, {2});
  const int32_t* size = call.input<int32_t>(2);
  if (size[0] < 1 || size[1] < 1) call.refuse(2, "be a height and a width of at least 1");
  const Depthwise conv = readFilter(
      call, windowOver(call, {call.dimension(0, 0), size[0], size[1], call.dimension(1, 2)}), 1);
  const Window& g = conv.g;
  call.checkShape(0, g.outShape(conv.channels));
  const float* dout = call.input(0);
  const float* w = call.input(1);
  float* dx = call.output(0, {g.batch, g.height, g.width, g.channels});
  if (!call.ok()) return;
  const int64_t items = g.batch * g.height;
  inRanges(items, partsFor(items, conv.xRow() * conv.taps() / kProductsOfAnEntry + conv.xRow()),
           [&](int64_t, int64_t first, int64_t last) {
    InputGradient gradient(conv, dout, w);
    std::vector<float> wide(conv.multiplier == 1 ? 0 : conv.xRow());
    for (int64_t item = first; item < last; ++item) {
      float* row = dx + item * g.width * g.channels;
      if (conv.multiplier == 1) {
        gradient.row(item / g.height, item % g.height, row);
        continue;
      }
      gradient.row(item / g.height, item % g.height, wide.data());
      for (int64_t i = 0; i < g.width * g.channels; ++i) {
        float sum = 0;
        for (int64_t m = 0; m < conv.multiplier; ++m) sum += wide[i * conv.multiplier + m];
        row[i] = sum;
      }
    }
  });
}

// The sums of dw, [kh, kw, K], of one part of the work.
class FilterSums {
 public:
  FilterSums(const Depthwise& conv, std::vector<float>& sums)
      : conv_(conv), add_(conv.width == kWide ? addWideTaps : addNarrowTaps), sums_(sums) {}

  // Adds the products of row i of an image's outputs.
  void addRow(int64_t i, const SpreadRows& rows, const float* dout) {
    const Window& g = conv_.g;
    dout_ = dout;
    zeros_.resize(areFinite(dout, conv_.outRow()) ? 0 : g.outWidth * g.strideX * conv_.channels);
    for (int64_t p = 0; p < g.kernelHeight; ++p) {
      const int64_t y = i * g.strideY + p * g.dilationY - g.top;
      row_ = y < 0 || y >= g.height ? nullptr : rows.row(y);
      for (int64_t q = 0; q < g.kernelWidth; q += kMostTaps) addTaps(p, q, std::min(kMostTaps, g.kernelWidth - q));
    }
  }

 private:
  // The taps q, ..., q + count - 1 of row p: together where all of them lie in the image, one by one elsewhere.
  void addTaps(int64_t p, int64_t q, int64_t count) {
    int64_t begin = 0, end = row_ == nullptr ? 0 : conv_.g.outWidth, first, last;
    for (int64_t tap = q; tap < q + count; ++tap) {
      conv_.positionsOf(tap, &first, &last);
      begin = std::max(begin, first);
      end = std::min(end, last);
    }
    end = std::max(begin, end);
    for (int64_t j = begin; j < end; j += kSegment) add(p, q, count, j, std::min(j + kSegment, end));
    for (int64_t tap = q; tap < q + count; ++tap) {
      conv_.positionsOf(tap, &first, &last);
      if (row_ == nullptr) first = last = 0;
      addPadding(p, tap, 0, first);
      add(p, tap, 1, first, std::min(begin, last));
      add(p, tap, 1, std::max(end, first), last);
      addPadding(p, tap, last, conv_.g.outWidth);
    }
  }

  void add(int64_t p, int64_t q, int64_t count, int64_t first, int64_t last) {
    const int64_t column = first * conv_.g.strideX + q * conv_.g.dilationX - conv_.g.left;
    if (first < last) addFrom(row_ + column * conv_.channels, p, q, count, first, last);
  }

  // Zeros times what is not finite.
  void addPadding(int64_t p, int64_t q, int64_t first, int64_t last) {
    if (first < last && !zeros_.empty()) addFrom(zeros_.data(), p, q, 1, first, last);
  }

  void addFrom(const float* x, int64_t p, int64_t q, int64_t count, int64_t first, int64_t last) {
    const Window& g = conv_.g;
    add_({x, g.dilationX * conv_.channels, g.strideX * conv_.channels, dout_ + first * conv_.channels, last - first,
          count, conv_.channels}, sums_.data() + (p * g.kernelWidth + q) * conv_.channels);
  }

  const Depthwise& conv_;
  decltype(addNarrowTaps)* const add_;
  std::vector<float>& sums_;
  std::vector<float> zeros_;
  const float* row_ = nullptr;
  const float* dout_ = nullptr;
};

void depthwiseConvFilterGrad(Call& call) {
  const Window g = windowOf(call, 0);
  call.checkRank(1, 4);
  const int64_t channels = call.dimension(1, 3);
  if (channels < 1 || channels % g.channels != 0) call.refuse(1, "have the channels of x, or a multiple of them");
  call.checkShape(1, g.outShape(channels));
  const Depthwise conv(g, channels / g.channels);
  const float* x = call.input(0);
  const float* dout = call.input(1);
  float* dw = call.output(0, {g.kernelHeight, g.kernelWidth, g.channels, conv.multiplier});
  if (!call.ok()) return;
  const int64_t size = conv.taps() * channels;
  const int64_t items = g.batch * g.outHeight;
  const int64_t parts = std::min(std::max<int64_t>(1, kMostSums / size),
                                 partsFor(items, conv.outRow() * conv.taps() / kProductsOfAnEntry + conv.outRow()));
  std::vector<std::vector<float>> sums(parts);
  inRanges(items, parts, [&](int64_t part, int64_t first, int64_t last) {
    sums[part].resize(size);
    FilterSums filterSums(conv, sums[part]);
    eachRow(conv, x, first, last, [&](int64_t n, int64_t i, const SpreadRows& rows) {
      filterSums.addRow(i, rows, dout + (n * g.outHeight + i) * conv.outRow());
    });
  });
  for (int64_t i = 0; i < size; ++i) {
    float sum = 0;
    for (int64_t part = 0; part < parts; ++part) sum += sums[part][i];
    dw[i] = sum;
  }
}

const Register<depthwiseConv> registerDepthwiseConv(
    "ExplicitDepthwiseConv", {"x: float", "w: float", "bias: float"}, {"out: float"}, kOfWindow, 0);
const Register<depthwiseConvInputGrad> registerDepthwiseConvInputGrad(
    "ExplicitDepthwiseConvInputGrad", {"dout: float", "w: float", "size: int32"}, {"dx: float"}, kOfWindow, 0);
const Register<depthwiseConvFilterGrad> registerDepthwiseConvFilterGrad(
    "ExplicitDepthwiseConvFilterGrad", {"x: float", "dout: float"}, {"dw: float"}, kOfWindow, 0);

}  // namespace

}  // namespace explicit_layers
