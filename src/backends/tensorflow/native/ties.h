// The rules for tied maxima.
#pragma once

namespace explicit_layers {

// In the order of src/backends/tie_rules.ts.
enum Ties { kAll, kFirst, kSplit };

}  // namespace explicit_layers
