// Work on several cores: parts that may run in any order, at the same time.
#pragma once

#include <cstdint>
#include <functional>

namespace explicit_layers {

// How many parts to cut work of so many entries into: few enough that each is worth its start.
int64_t partsFor(int64_t items, int64_t entriesPerItem);

// Runs part(0), ..., part(parts - 1) and returns when all are done. The cut into parts does not depend on who runs
// them, so that sums made part by part come out the same every time.
void inParallel(int64_t parts, const std::function<void(int64_t)>& part);

// The same over ranges of items, [first, last).
inline void inRanges(int64_t items, int64_t parts, const std::function<void(int64_t, int64_t, int64_t)>& range) {
  inParallel(parts, [&](int64_t i) { range(i, items * i / parts, items * (i + 1) / parts); });
}

}  // namespace explicit_layers
