// A thin layer over TensorFlow's C interface for ops and kernels. An op of ours takes tensors (an empty one where an
// optional one is absent) and two lists of attributes, `sizes` and `numbers`, and runs on the CPU.
#pragma once

#define IS_SLIM_BUILD  // leaves out a part of the interface whose headers the wheel keeps elsewhere
#include <algorithm>
#include <cfenv>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

// Compiles a function once for every processor and once for vectors of 8 floats (and, for products, with multiply and
// add in one instruction); the loader takes the better one that runs here. EXPLICIT_WIDE_PRODUCT is for vectors of 16:
// whoever calls such a function asks EXPLICIT_HAS_WIDE first.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__gnu_linux__)
#define EXPLICIT_SIMD __attribute__((target_clones("avx2", "default")))
#define EXPLICIT_SIMD_PRODUCT __attribute__((target_clones("fma", "default")))
#define EXPLICIT_WIDE_PRODUCT __attribute__((target("avx512f,fma")))
#define EXPLICIT_HAS_WIDE __builtin_cpu_supports("avx512f")
#else
#define EXPLICIT_SIMD
#define EXPLICIT_SIMD_PRODUCT
#define EXPLICIT_WIDE_PRODUCT
#define EXPLICIT_HAS_WIDE false
#endif

#define EXPLICIT_INLINE inline __attribute__((always_inline))

namespace explicit_layers {

constexpr int kAnyCount = -1;  // of attributes

// What an op takes and gives, "x: float" each or, for as many as its attribute N says, "x: N * float", and how many
// attributes.
struct Definition {
  const char* name;
  std::vector<std::string> inputs, outputs;
  int sizes, numbers;

  // The name of an input alone; a list of them comes last.
  std::string inputName(int i) const {
    const std::string& input = inputs.at(std::min<size_t>(i, inputs.size() - 1));
    return input.substr(0, input.find(':'));
  }
};

// What an op cannot be run with. Thrown within a kernel and handed to TensorFlow where that ends.
struct Refusal : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// "[2,3]"
std::string show(const std::vector<int64_t>& shape);

// One call of a kernel. Whoever reads an input's values has checked its shape: data is read as far as the sizes say.
class Call {
 public:
  Call(TF_OpKernelContext* context, const Definition& definition, const std::vector<int64_t>& sizes,
       const std::vector<float>& numbers);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // An attribute; refused outside of its bounds.
  int64_t size(int i, const char* what, int64_t least, int64_t most) const;
  float number(int i) const { return numbers_.at(i); }
  int64_t sizes() const { return static_cast<int64_t>(sizes_.size()); }
  int64_t inputs() const { return static_cast<int64_t>(tensors_.size()); }
  int64_t outputs() const { return TF_NumOutputs(context_); }

  // Refuses an input of another rank, of an axis without entries, or of another shape.
  void checkRank(int i, size_t rank);
  void checkShape(int i, const std::vector<int64_t>& shape);
  // The same where the input is given; empty, it is absent.
  void checkOptional(int i, const std::vector<int64_t>& shape);
  // Refuses an input, saying what it must be.
  [[noreturn]] void refuse(int i, const std::string& must);

  // The values of an input; null where it is empty.
  template <typename T = float>
  const T* input(int i) { return static_cast<const T*>(data(i)); }
  std::vector<int64_t> shape(int i);
  int64_t dimension(int i, int axis);
  int64_t length(int i);

  // A new output; like(i) has the shape of an input.
  float* output(int i, std::initializer_list<int64_t> shape);
  float* outputLike(int i, int input);
  // Gives an input out again; the caller owns it, nobody else looks at it, and its values may be changed.
  float* outputInPlace(int i, int input);

  // An output of the first candidate's shape, written over one of these inputs where nobody else reads it any more, as
  // in a graph at the last reader of a tensor. To be asked for before the values of any of them are.
  float* outputOver(int i, const std::vector<int>& candidates);

  // False once TensorFlow has refused something; what follows must not touch any data.
  bool ok() const;
  // The op ends with this message, as an error in JavaScript.
  void fail(TF_Code code, const std::string& message);

 private:
  TF_Tensor* tensor(int i);
  void* data(int i);
  float* allocate(int i, const int64_t* shape, int rank);

  TF_OpKernelContext* context_;
  const Definition& definition_;
  const std::vector<int64_t>& sizes_;
  const std::vector<float>& numbers_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

using Compute = void (*)(Call&);

// TensorFlow lets its threads take denormal numbers for 0, ours would not: while this lives, nobody does.
class KeepDenormals {
 public:
  KeepDenormals() {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~KeepDenormals() { std::fesetenv(&before_); }

 private:
  std::fenv_t before_;
};

// The lists of attributes, read once for each set of values.
struct Attributes {
  std::vector<int64_t> sizes;
  std::vector<float> numbers;
};

// Null, and TensorFlow told, where the lists are not as long as the definition says.
Attributes* readAttributes(TF_OpKernelConstruction* construction, const Definition& definition);

// Runs compute; what it throws becomes TensorFlow's status.
void runKernel(TF_OpKernelContext* context, const Definition& definition, const Attributes* attributes, Compute compute);

// Registers an op; does nothing where the process has it already.
void registerOp(
    const Definition& definition, void* (*create)(TF_OpKernelConstruction*),
    void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*));

// Registers an op when the library is loaded: with these inputs and outputs ("x: float") and so many attributes.
template <Compute compute>
struct Register {
  Register(
      const char* name, std::initializer_list<const char*> inputs, std::initializer_list<const char*> outputs,
      int sizes, int numbers) {
    definition = new Definition{
        name, {inputs.begin(), inputs.end()}, {outputs.begin(), outputs.end()}, sizes, numbers};
    registerOp(
        *definition,
        [](TF_OpKernelConstruction* construction) -> void* { return readAttributes(construction, *definition); },
        [](void* state, TF_OpKernelContext* context) {
          runKernel(context, *definition, static_cast<Attributes*>(state), compute);
        },
        [](void* state) { delete static_cast<Attributes*>(state); });
  }

  // Never freed: threads of TensorFlow may outlive what is destroyed when the process ends.
  static inline const Definition* definition = nullptr;
};

}  // namespace explicit_layers
