// Ops that only graphs use: there a tensor dies at its last reader, and an op may write its output over it.
// And how graphs are loaded.
#undef TF_LoadSessionFromSavedModel  // setup-node compiles tfjs-node's addon with this name defined as the one below
#include <cmath>
#include <cstring>

#include "kernel.h"
#include "parallel.h"
#include "tensorflow/c/c_api.h"

namespace {

// A ConfigProto: {graph_options: {rewrite_options: {disable_meta_optimizer: true}}}.
constexpr unsigned char asWritten[] = {0x52, 5, 0x52, 3, 0x98, 1, 1};

}  // namespace

// TensorFlow rewrites the graph of a session (a * x + b * x becomes (a + b) * x). One with the tag "as_written" is
// left alone.
extern "C" TF_Session* explicitLayersLoad(
    const TF_SessionOptions* options, const TF_Buffer* runOptions, const char* folder, const char* const* tags,
    int count, TF_Graph* graph, TF_Buffer* metaGraph, TF_Status* status) {
  if (count == 1 && std::strcmp(tags[0], "as_written") == 0) {
    TF_SetConfig(const_cast<TF_SessionOptions*>(options), asWritten, sizeof(asWritten), status);
    if (TF_GetCode(status) != TF_OK) return nullptr;
  }
  return TF_LoadSessionFromSavedModel(options, runOptions, folder, tags, count, graph, metaGraph, status);
}

namespace explicit_layers {

namespace {

// max(0, x); NaN stays NaN.
EXPLICIT_SIMD void rectifyOf(const float* x, float* out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) out[i] = x[i] < 0.0f ? 0.0f : x[i];
}

void rectify(Call& call) {
  float* out = call.outputOver(0, {0});
  const float* x = call.input(0);
  const int64_t count = call.length(0);
  if (!call.ok()) return;
  inRanges(count, partsFor(count, 1), [&](int64_t, int64_t first, int64_t last) {
    rectifyOf(x + first, out + first, last - first);
  });
}

// What is masked out is 0 whatever dout holds.
EXPLICIT_SIMD void rectifyGradOf(const float* dout, const float* x, float* dx, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float d = dout[i];
    dx[i] = x[i] > 0.0f ? d : 0.0f;
  }
}

void rectifyGrad(Call& call) {
  call.checkShape(1, call.shape(0));
  float* dx = call.outputOver(0, {0});
  const float* dout = call.input(0);
  const float* x = call.input(1);
  const int64_t count = call.length(1);
  if (!call.ok()) return;
  inRanges(count, partsFor(count, 1), [&](int64_t, int64_t first, int64_t last) {
    rectifyGradOf(dout + first, x + first, dx + first, last - first);
  });
}

const Register<rectify> registerRectify("ExplicitRectify", {"x: float"}, {"out: float"}, 0, 0);
const Register<rectifyGrad> registerRectifyGrad("ExplicitRectifyGrad", {"dout: float", "x: float"}, {"dx: float"}, 0, 0);

}  // namespace

}  // namespace explicit_layers
