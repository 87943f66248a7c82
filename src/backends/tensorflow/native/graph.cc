// How graphs are loaded.
#undef TF_LoadSessionFromSavedModel  // setup-node compiles tfjs-node's addon with this name defined as the one below
#include <cstring>

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
