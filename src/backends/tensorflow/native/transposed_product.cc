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
EXPLICIT_SIMD_PRODUCT void multiplyPart(
    const Product& p, int64_t firstRow, int64_t lastRow, int64_t firstColumn, int64_t lastColumn) {
  for (int64_t row = firstRow; row < lastRow; ++row) {
    std::fill(p.out + row * p.columns + firstColumn, p.out + row * p.columns + lastColumn, 0.0f);
  }
  for (int64_t term = 0; term < p.terms; term += kRows) {
    const Terms terms = {1, std::min(kRows, p.terms - term), 0, p.rows, nullptr, p.columns};
    for (int64_t column = firstColumn; column < lastColumn; column += 2 * kWidth) {
      const int64_t vectors = std::min(lastColumn - column, 2 * kWidth) / kWidth;
      for (int64_t row = firstRow; row < lastRow;) {
        const int64_t height = tileOf(lastRow - row);
        addTile(terms, height, vectors, p.a + term * p.rows + row, p.b + term * p.columns + column,
                p.out + row * p.columns + column);
        row += height;
      }
    }
  }
}

void transposedProduct(Call& call) {
  const int64_t terms = call.dimension(0, 0);
  const int64_t rows = call.dimension(0, 1);
  const int64_t columns = call.dimension(1, 1);
  Product p = {call.input(0), call.input(1), nullptr, terms, rows, columns};
  p.out = call.output(0, {rows, columns});
  if (!call.ok()) return;
  const int64_t vectors = columns / kWidth;
  if (rows >= vectors) {
    inRanges(rows, partsFor(rows, terms * columns / kTile), [&](int64_t, int64_t first, int64_t last) {
      multiplyPart(p, first, last, 0, columns);
    });
  } else {
    inRanges(vectors, partsFor(vectors, terms * rows), [&](int64_t, int64_t first, int64_t last) {
      multiplyPart(p, 0, rows, first * kWidth, last * kWidth);
    });
  }
}

const Register<transposedProduct> registerTransposedProduct(
    "ExplicitTransposedProduct", {"a: float", "b: float"}, {"out: float"});

}  // namespace

}  // namespace explicit_layers
