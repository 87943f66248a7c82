// A thin layer over TensorFlow's C interface for ops and kernels. An op of ours takes tensors (an empty one where an
// optional one is absent) and two lists of attributes, `sizes` and `numbers`, and runs on the CPU.
#pragma once

#define IS_SLIM_BUILD  // leaves out a part of the interface whose headers the wheel keeps elsewhere
#include <cfenv>
#include <cstdint>
#include <exception>
#include <initializer_list>
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

// One call of a kernel.
class Call {
 public:
  Call(TF_OpKernelContext* context, const std::vector<int64_t>& sizes, const std::vector<float>& numbers);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // An attribute; throws where there are fewer.
  int64_t size(int i) const { return sizes_.at(i); }
  float number(int i) const { return numbers_.at(i); }

  // The values of an input; null where it is empty.
  template <typename T = float>
  const T* input(int i) { return static_cast<const T*>(data(i)); }
  int64_t dimension(int i, int axis);
  int64_t length(int i);

  // A new output; like(i) has the shape of an input.
  float* output(int i, std::initializer_list<int64_t> shape);
  float* outputLike(int i, int input);
  // Gives an input out again; the caller owns it, nobody else looks at it, and its values may be changed.
  float* outputInPlace(int i, int input);

  // An output of the first candidate's shape, written over one of these inputs where nobody else reads it any more.
  // To be asked for before any of them is looked at.
  float* outputOver(int i, std::initializer_list<int> candidates);

  // False once TensorFlow has refused something; what follows must not touch any data.
  bool ok() const;
  // The op ends with this message, as an error in JavaScript.
  void fail(const char* message);

 private:
  TF_Tensor* tensor(int i);
  void* data(int i);
  float* allocate(int i, const int64_t* shape, int rank);

  TF_OpKernelContext* context_;
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

Attributes* readAttributes(TF_OpKernelConstruction* construction);

// Registers an op with these inputs and outputs ("x: float"); does nothing where the process has it already.
void registerOp(
    const char* name, std::initializer_list<const char*> inputs, std::initializer_list<const char*> outputs,
    void* (*create)(TF_OpKernelConstruction*), void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*));

// Registers an op when the library is loaded.
template <Compute compute>
struct Register {
  Register(
      const char* name, std::initializer_list<const char*> inputs, std::initializer_list<const char*> outputs) {
    registerOp(
        name, inputs, outputs,
        [](TF_OpKernelConstruction* construction) -> void* { return readAttributes(construction); },
        [](void* state, TF_OpKernelContext* context) {
          const auto* attributes = static_cast<Attributes*>(state);
          Call call(context, attributes->sizes, attributes->numbers);
          const KeepDenormals keep;
          try {
            compute(call);
          } catch (const std::exception& error) {
            call.fail(error.what());
          }
        },
        [](void* state) { delete static_cast<Attributes*>(state); });
  }
};

}  // namespace explicit_layers
