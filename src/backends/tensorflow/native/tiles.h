// Sums of products in tiles that stay in registers: sums[i, k] += left[i] * right[k] over many terms.
#pragma once

#include <cstdint>

#include "kernel.h"

namespace explicit_layers {

typedef float Vector __attribute__((vector_size(32), aligned(4), may_alias));
constexpr int64_t kWidth = 8;  // floats of a vector
constexpr int64_t kTile = 6;   // rows of a tile, each of two vectors

// Where the terms stand: `rows` times `count` of them.
struct Terms {
  int64_t rows, count;
  int64_t leftRow, leftStep;  // entries of the left factor from a row of terms to the next, and from a term to the next
  const float* right;         // [rows, count, columns]
  int64_t columns;            // and of the sums
};

template <int entries, int vectors>
EXPLICIT_INLINE void addTileOf(const Terms& terms, const float* left, const float* right, float* sums) {
  const int64_t stride = terms.columns;
  Vector tile[entries][vectors] = {};  // what is added one by one is few terms: rounding stays small
  for (int64_t row = 0; row < terms.rows; ++row) {
    const float* l = left + row * terms.leftRow;
    const float* r = right + row * terms.count * stride;
    for (int64_t i = 0; i < terms.count; ++i, l += terms.leftStep, r += stride) {
      Vector factor[vectors];
      for (int v = 0; v < vectors; ++v) factor[v] = *reinterpret_cast<const Vector*>(r + v * kWidth);
      for (int e = 0; e < entries; ++e) {
        for (int v = 0; v < vectors; ++v) tile[e][v] += l[e] * factor[v];
      }
    }
  }
  for (int e = 0; e < entries; ++e) {
    for (int v = 0; v < vectors; ++v) *reinterpret_cast<Vector*>(sums + e * stride + v * kWidth) += tile[e][v];
  }
}

// How many of so many rows the next tile takes: tiles of about the same height.
EXPLICIT_INLINE int64_t tileOf(int64_t rows) {
  const int64_t tiles = (rows + kTile - 1) / kTile;
  return (rows + tiles - 1) / tiles;
}

// Adds to a tile of up to kTile rows and one or two vectors.
EXPLICIT_INLINE void addTile(
    const Terms& terms, int64_t entries, int64_t vectors, const float* left, const float* right, float* sums) {
  switch (2 * entries + vectors) {
    case 3: return addTileOf<1, 1>(terms, left, right, sums);
    case 4: return addTileOf<1, 2>(terms, left, right, sums);
    case 5: return addTileOf<2, 1>(terms, left, right, sums);
    case 6: return addTileOf<2, 2>(terms, left, right, sums);
    case 7: return addTileOf<3, 1>(terms, left, right, sums);
    case 8: return addTileOf<3, 2>(terms, left, right, sums);
    case 9: return addTileOf<4, 1>(terms, left, right, sums);
    case 10: return addTileOf<4, 2>(terms, left, right, sums);
    case 11: return addTileOf<5, 1>(terms, left, right, sums);
    case 12: return addTileOf<5, 2>(terms, left, right, sums);
    case 13: return addTileOf<6, 1>(terms, left, right, sums);
    default: return addTileOf<6, 2>(terms, left, right, sums);
  }
}

}  // namespace explicit_layers
