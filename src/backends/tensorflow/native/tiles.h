// Sums of products in tiles that stay in registers: sums[i, k] += left[i] * right[k] over many terms.
#pragma once

#include <cstdint>

#include "kernel.h"

namespace explicit_layers {

// Floats of a vector; with 16 of them there are twice as many registers too.
enum Width : int64_t { kNarrow = 8, kWide = 16 };

// Which vectors the products of this processor take.
inline Width widthHere() {
  static const bool isWide = EXPLICIT_HAS_WIDE;
  return isWide ? kWide : kNarrow;
}

template <Width width>
struct VectorOf {
  typedef float Type __attribute__((vector_size(width * sizeof(float)), aligned(4), may_alias));
};

// Rows of a tile, each of two vectors.
template <Width width>
constexpr int64_t kTile = width == kWide ? 12 : 6;

// Where the terms stand: `rows` times `count` of them.
struct Terms {
  int64_t rows, count;
  int64_t leftRow, leftStep;  // entries of the left factor from a row of terms to the next, and from a term to the next
  const float* right;         // [rows, count, columns]
  int64_t columns;            // and of the sums
};

template <Width width, int entries, int vectors>
EXPLICIT_INLINE void addTileOf(const Terms& terms, const float* left, const float* right, float* sums) {
  using Vector = typename VectorOf<width>::Type;
  const int64_t stride = terms.columns;
  Vector tile[entries][vectors] = {};  // what is added one by one is few terms: rounding stays small
  for (int64_t row = 0; row < terms.rows; ++row) {
    const float* l = left + row * terms.leftRow;
    const float* r = right + row * terms.count * stride;
    for (int64_t i = 0; i < terms.count; ++i, l += terms.leftStep, r += stride) {
      Vector factor[vectors];
      for (int v = 0; v < vectors; ++v) factor[v] = *reinterpret_cast<const Vector*>(r + v * width);
      for (int e = 0; e < entries; ++e) {
        for (int v = 0; v < vectors; ++v) tile[e][v] += l[e] * factor[v];
      }
    }
  }
  for (int e = 0; e < entries; ++e) {
    for (int v = 0; v < vectors; ++v) *reinterpret_cast<Vector*>(sums + e * stride + v * width) += tile[e][v];
  }
}

// How many of so many rows the next tile takes: tiles of about the same height.
template <Width width>
EXPLICIT_INLINE int64_t tileOf(int64_t rows) {
  const int64_t tiles = (rows + kTile<width> - 1) / kTile<width>;
  return (rows + tiles - 1) / tiles;
}

// Adds to a tile of up to kTile rows and one or two vectors.
template <Width width, int most = kTile<width>>
EXPLICIT_INLINE void addTile(
    const Terms& terms, int64_t entries, int64_t vectors, const float* left, const float* right, float* sums) {
  if constexpr (most > 1) {
    if (entries < most) return addTile<width, most - 1>(terms, entries, vectors, left, right, sums);
  }
  if (vectors == 1) return addTileOf<width, most, 1>(terms, left, right, sums);
  addTileOf<width, most, 2>(terms, left, right, sums);
}

}  // namespace explicit_layers
