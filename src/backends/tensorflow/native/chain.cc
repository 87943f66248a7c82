// A chain of elementwise operations in one pass over memory: an optimizer's update of a variable, say. A block of entries at
// a time goes through all of them and stays in the nearest cache. Each operation rounds as TensorFlow's own does.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "flush_denormals.h"
#include "kernel.h"
#include "parallel.h"

namespace explicit_layers {

namespace {

constexpr int64_t kChainBlock = 512;  // entries

// In the order of src/graph/chains.ts.
enum Operation { kAdd, kSubtract, kMultiply, kDivide, kMaximum, kSquareRoot, kSquare, kAbsolute, kOperations };

// `a` and `b` are inputs, and after these, results of earlier steps. Who takes one operand takes `a`.
struct Step {
  int64_t operation, a, b;
};

// Where values of a block are: one after the other, or one number for all entries.
struct Source {
  const float* values;
  bool isNumber;
};

// `out` may be where an operand is, entry by entry.
template <typename Function>
EXPLICIT_INLINE void apply(Source a, Source b, float* out, int64_t count, Function f) {
  if (a.isNumber && b.isNumber) return std::fill(out, out + count, f(*a.values, *b.values));
  if (a.isNumber) {
    const float number = *a.values;
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) out[i] = f(number, b.values[i]);
  } else if (b.isNumber) {
    const float number = *b.values;
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) out[i] = f(a.values[i], number);
  } else {
#pragma GCC ivdep
    for (int64_t i = 0; i < count; ++i) out[i] = f(a.values[i], b.values[i]);
  }
}

// The larger one; the second of equal ones, and NaN stays NaN.
EXPLICIT_INLINE float larger(float a, float b) {
  const float found = a > b ? a : b;
  return a != a ? a : found;
}

EXPLICIT_SIMD void run(int64_t operation, Source a, Source b, float* out, int64_t count) {
  switch (operation) {
    case kAdd: return apply(a, b, out, count, [](float x, float y) { return x + y; });
    case kSubtract: return apply(a, b, out, count, [](float x, float y) { return x - y; });
    case kMultiply: return apply(a, b, out, count, [](float x, float y) { return x * y; });
    case kDivide: return apply(a, b, out, count, [](float x, float y) { return x / y; });
    case kMaximum: return apply(a, b, out, count, [](float x, float y) { return larger(x, y); });
    case kSquareRoot: return apply(a, a, out, count, [](float x, float) { return std::sqrt(x); });
    case kSquare: return apply(a, a, out, count, [](float x, float) { return x * x; });
    default: return apply(a, a, out, count, [](float x, float) { return std::fabs(x); });
  }
}

// The attribute `sizes`: three numbers for each step, then which values the outputs are.
class Program {
 public:
  explicit Program(Call& call) : inputs(call.inputs()), outputs(call.outputs()) {
    const int64_t numbers = call.sizes() - outputs;
    if (numbers < 3 || numbers % 3 != 0) throw Refusal("sizes must hold three numbers for each step, and the outputs");
    for (int64_t i = 0; i < numbers; i += 3) {
      const int64_t last = inputs + i / 3 - 1;
      steps.push_back({call.size(i, "an operation", 0, kOperations - 1), call.size(i + 1, "an operand", 0, last),
                       call.size(i + 2, "an operand", 0, last)});
    }
    for (int64_t i = 0; i < outputs; ++i) {
      const int64_t value = call.size(numbers + i, "an output", inputs, values() - 1);
      if (isOutput(value)) throw Refusal("an output must be another value than the others, got " + std::to_string(value));
      results.push_back(value);
    }
  }

  const int64_t inputs, outputs;
  std::vector<Step> steps;
  std::vector<int64_t> results;

  int64_t values() const { return inputs + static_cast<int64_t>(steps.size()); }
  bool isOutput(int64_t value) const { return std::find(results.begin(), results.end(), value) != results.end(); }

  // The last step that reads a value; -1 where none does.
  int64_t lastReader(int64_t value) const {
    int64_t last = -1;
    for (size_t i = 0; i < steps.size(); ++i) {
      if (steps[i].a == value || steps[i].b == value) last = static_cast<int64_t>(i);
    }
    return last;
  }
};

// Where each value is: in an input, in an output, or in a block that is free again after its last reader.
class Places {
 public:
  Places(const Program& program, const std::vector<Source>& inputs, const std::vector<float*>& outputs)
      : blockOf_(program.values(), -1), sources_(inputs), targets_(program.values(), nullptr) {
    for (size_t i = 0; i < outputs.size(); ++i) place(program, inputs, program.results[i], outputs[i]);
    std::vector<int64_t> free;
    for (size_t i = 0; i < program.steps.size(); ++i) {
      const int64_t value = program.inputs + static_cast<int64_t>(i);
      if (targets_[value] == nullptr) {
        if (free.empty()) free.push_back(blocks_++);
        blockOf_[value] = free.back();
        free.pop_back();
      }
      for (int64_t read : {program.steps[i].a, program.steps[i].b}) {
        if (blockOf_[read] < 0 || program.lastReader(read) != static_cast<int64_t>(i)) continue;
        if (program.isOutput(read) || std::find(free.begin(), free.end(), blockOf_[read]) != free.end()) continue;
        free.push_back(blockOf_[read]);
      }
    }
  }

  int64_t blocks() const { return blocks_; }
  const std::vector<std::pair<int64_t, float*>>& late() const { return late_; }

  Source source(int64_t value, int64_t start, float* blocks) const {
    if (value >= static_cast<int64_t>(sources_.size())) return {target(value, start, blocks), false};
    const Source& input = sources_[value];
    return {input.isNumber ? input.values : input.values + start, input.isNumber};
  }

  float* target(int64_t value, int64_t start, float* blocks) const {
    return targets_[value] != nullptr ? targets_[value] + start : blocks + blockOf_[value] * kChainBlock;
  }

 private:
  // An output over an input that is still read after it was made waits in a block.
  void place(const Program& program, const std::vector<Source>& inputs, int64_t value, float* output) {
    for (int64_t i = 0; i < program.inputs; ++i) {
      if (inputs[i].values == output && program.lastReader(i) > value - program.inputs) {
        late_.emplace_back(value, output);
        return;
      }
    }
    targets_[value] = output;
  }

  int64_t blocks_ = 0;
  std::vector<int64_t> blockOf_;
  const std::vector<Source> sources_;
  std::vector<float*> targets_;
  std::vector<std::pair<int64_t, float*>> late_;
};

void runRange(const Program& program, const Places& places, int64_t first, int64_t last) {
  const FlushDenormals flush;
  std::vector<float> blocks(places.blocks() * kChainBlock);
  for (int64_t start = first; start < last; start += kChainBlock) {
    const int64_t count = std::min(kChainBlock, last - start);
    for (size_t i = 0; i < program.steps.size(); ++i) {
      const Step& step = program.steps[i];
      run(step.operation, places.source(step.a, start, blocks.data()), places.source(step.b, start, blocks.data()),
          places.target(program.inputs + static_cast<int64_t>(i), start, blocks.data()), count);
    }
    for (const auto& [value, output] : places.late()) {
      std::memcpy(output + start, places.target(value, start, blocks.data()), count * sizeof(float));
    }
  }
}

void chain(Call& call) {
  const Program program(call);
  std::vector<int> arrays;
  for (int i = 0; i < program.inputs; ++i) {
    if (!call.shape(i).empty()) arrays.push_back(i);
  }
  if (arrays.empty()) call.refuse(0, "have an axis, or another input");
  for (int i : arrays) call.checkShape(i, call.shape(arrays[0]));
  const int64_t count = call.length(arrays[0]);

  std::vector<float*> outputs;
  for (int i = 0; i < program.outputs && call.ok(); ++i) outputs.push_back(call.outputOver(i, arrays));
  std::vector<Source> inputs;
  for (int i = 0; i < program.inputs && call.ok(); ++i) inputs.push_back({call.input(i), call.shape(i).empty()});
  if (!call.ok()) return;
  const Places places(program, inputs, outputs);
  inRanges(count, partsFor(count, 1 + static_cast<int64_t>(program.steps.size()) / 4),
           [&](int64_t, int64_t first, int64_t last) { runRange(program, places, first, last); });
}

const Register<chain> registerChain("ExplicitChain", {"inputs: N * float"}, {"outputs: M * float"}, kAnyCount, 0);

}  // namespace

}  // namespace explicit_layers
