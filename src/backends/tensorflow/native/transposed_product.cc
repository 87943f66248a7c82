// a^T b of [R, M] and [R, K], read as they stand: for the gradient of a dense layer's weights, and for few rows times a
// matrix so large that bringing it into another order costs more than the product.
#include <algorithm>

#include "kernel.h"
#include "parallel.h"
#include "tiles.h"

namespace explicit_layers {

namespace {

// Rows of b at a time, each a stream of its own from memory.
constexpr int64_t kRows = 64;

struct Product {
  const float* a;
  const float* b;
  float* out;
  int64_t terms, rows, columns;
};

// The part of the result in these rows and columns, tile by tile; a tile of b serves all rows while it is near.
template <Width width>
EXPLICIT_INLINE void multiplyPart(
    const Product& p, int64_t firstRow, int64_t lastRow, int64_t firstColumn, int64_t lastColumn) {
  for (int64_t row = firstRow; row < lastRow; ++row) {
    std::fill(p.out + row * p.columns + firstColumn, p.out + row * p.columns + lastColumn, 0.0f);
  }
  for (int64_t term = 0; term < p.terms; term += kRows) {
    const Terms terms = {1, std::min(kRows, p.terms - term), 0, p.rows, nullptr, p.columns};
    for (int64_t column = firstColumn; column < lastColumn; column += 2 * width) {
      const int64_t vectors = std::min<int64_t>(lastColumn - column, 2 * width) / width;
      for (int64_t row = firstRow; row < lastRow;) {
        const int64_t height = tileOf<width>(lastRow - row);
        addTile<width>(terms, height, vectors, p.a + term * p.rows + row, p.b + term * p.columns + column,
                       p.out + row * p.columns + column);
        row += height;
      }
    }
  }
}

EXPLICIT_SIMD_PRODUCT void multiplyNarrow(
    const Product& p, int64_t firstRow, int64_t lastRow, int64_t firstColumn, int64_t lastColumn) {
  multiplyPart<kNarrow>(p, firstRow, lastRow, firstColumn, lastColumn);
}

EXPLICIT_WIDE_PRODUCT void multiplyWide(
    const Product& p, int64_t firstRow, int64_t lastRow, int64_t firstColumn, int64_t lastColumn) {
  multiplyPart<kWide>(p, firstRow, lastRow, firstColumn, lastColumn);
}

void transposedProduct(Call& call) {
  call.checkRank(0, 2);
  call.checkRank(1, 2);
  const int64_t terms = call.dimension(0, 0);
  const int64_t rows = call.dimension(0, 1);
  const int64_t columns = call.dimension(1, 1);
  if (call.dimension(1, 0) != terms) call.refuse(1, "have " + std::to_string(terms) + " rows");
  if (columns < kNarrow || columns % kNarrow != 0) {
    call.refuse(1, "have columns that fill vectors of " + std::to_string(kNarrow));
  }
  Product p = {call.input(0), call.input(1), nullptr, terms, rows, columns};
  p.out = call.output(0, {rows, columns});
  if (!call.ok()) return;
  const Width width = columns % kWide == 0 ? widthHere() : kNarrow;
  const auto multiply = width == kWide ? multiplyWide : multiplyNarrow;
  const int64_t vectors = columns / width;
  if (rows >= vectors) {
    inRanges(rows, partsFor(rows, terms * columns / kTile<kNarrow>), [&](int64_t, int64_t first, int64_t last) {
      multiply(p, first, last, 0, columns);
    });
  } else {
    inRanges(vectors, partsFor(vectors, terms * rows), [&](int64_t, int64_t first, int64_t last) {
      multiply(p, 0, rows, first * width, last * width);
    });
  }
}

const Register<transposedProduct> registerTransposedProduct(
    "ExplicitTransposedProduct", {"a: float", "b: float"}, {"out: float"}, 0, 0);

}  // namespace

}  // namespace explicit_layers
