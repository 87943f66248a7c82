#include "kernel.h"

#include <memory>

namespace explicit_layers {

namespace {

// No array of floats is larger: its bytes can be counted in 64 bits.
constexpr int64_t kMostEntries = int64_t{1} << 48;

struct DeleteStatus {
  void operator()(TF_Status* status) const { TF_DeleteStatus(status); }
};
using Status = std::unique_ptr<TF_Status, DeleteStatus>;

}  // namespace

std::string show(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t axis = 0; axis < shape.size(); ++axis) text += (axis > 0 ? "," : "") + std::to_string(shape[axis]);
  return text + "]";
}

Call::Call(
    TF_OpKernelContext* context, const Definition& definition, const std::vector<int64_t>& sizes,
    const std::vector<float>& numbers)
    : context_(context), definition_(definition), sizes_(sizes), numbers_(numbers), status_(TF_NewStatus()),
      tensors_(TF_NumInputs(context), nullptr) {}

Call::~Call() {
  if (!ok()) TF_OpKernelContext_Failure(context_, status_);
  for (TF_Tensor* tensor : tensors_) {
    if (tensor != nullptr) TF_DeleteTensor(tensor);
  }
  TF_DeleteStatus(status_);
}

bool Call::ok() const { return TF_GetCode(status_) == TF_OK; }

void Call::fail(TF_Code code, const std::string& message) { TF_SetStatus(status_, code, message.c_str()); }

int64_t Call::size(int i, const char* what, int64_t least, int64_t most) const {
  const int64_t value = sizes_.at(i);
  if (value >= least && value <= most) return value;
  throw Refusal(std::string(what) + " must be from " + std::to_string(least) + " to " + std::to_string(most) +
                ", got " + std::to_string(value));
}

void Call::checkRank(int i, size_t rank) {
  const std::vector<int64_t> found = shape(i);
  if (found.size() != rank) refuse(i, "have rank " + std::to_string(rank));
}

void Call::checkShape(int i, const std::vector<int64_t>& wanted) {
  if (shape(i) != wanted) refuse(i, "be " + show(wanted));
}

void Call::checkOptional(int i, const std::vector<int64_t>& wanted) {
  if (length(i) != 0) checkShape(i, wanted);
}

void Call::refuse(int i, const std::string& must) {
  throw Refusal(definition_.inputName(i) + " must " + must + ", got " + show(shape(i)));
}

TF_Tensor* Call::tensor(int i) {
  if (tensors_.at(i) == nullptr) TF_GetInput(context_, i, &tensors_[i], status_);
  if (tensors_[i] == nullptr) throw Refusal(definition_.inputName(i) + " cannot be read");
  return tensors_[i];
}

void* Call::data(int i) {
  TF_Tensor* found = tensor(i);
  return TF_TensorElementCount(found) == 0 ? nullptr : TF_TensorData(found);
}

std::vector<int64_t> Call::shape(int i) {
  const TF_Tensor* found = tensor(i);
  std::vector<int64_t> shape(TF_NumDims(found));
  for (size_t axis = 0; axis < shape.size(); ++axis) shape[axis] = TF_Dim(found, static_cast<int>(axis));
  return shape;
}

int64_t Call::dimension(int i, int axis) { return shape(i).at(axis); }

int64_t Call::length(int i) { return TF_TensorElementCount(tensor(i)); }

float* Call::output(int i, std::initializer_list<int64_t> shape) {
  return allocate(i, shape.begin(), static_cast<int>(shape.size()));
}

float* Call::outputLike(int i, int input) {
  const std::vector<int64_t> like = shape(input);
  return allocate(i, like.data(), static_cast<int>(like.size()));
}

float* Call::allocate(int i, const int64_t* shape, int rank) {
  if (!ok()) return nullptr;  // asking TensorFlow again would take the refusal back
  int64_t entries = 1;
  for (int axis = 0; axis < rank; ++axis) {
    if (__builtin_mul_overflow(entries, shape[axis], &entries) || entries > kMostEntries) {
      throw Refusal("the result is too large: " + show({shape, shape + rank}));
    }
  }
  TF_Tensor* made = TF_AllocateOutput(context_, i, TF_FLOAT, shape, rank, entries * sizeof(float), status_);
  if (!ok()) return nullptr;
  auto* values = static_cast<float*>(TF_TensorData(made));
  TF_DeleteTensor(made);  // the context keeps it
  return values;
}

float* Call::outputOver(int i, const std::vector<int>& candidates) {
  const TF_Tensor* like = tensor(candidates.front());
  if (!ok()) return nullptr;
  std::vector<int64_t> shape(TF_NumDims(like));
  for (size_t axis = 0; axis < shape.size(); ++axis) shape[axis] = TF_Dim(like, static_cast<int>(axis));
  for (int input : candidates) {  // a reader of our own would count as somebody else
    if (tensors_[input] != nullptr) TF_DeleteTensor(tensors_[input]);
    tensors_[input] = nullptr;
  }
  int forwarded = -1;
  TF_Tensor* made = TF_ForwardInputOrAllocateOutput(
      context_, candidates.data(), static_cast<int>(candidates.size()), i, shape.data(), static_cast<int>(shape.size()),
      &forwarded, status_);
  if (!ok()) return nullptr;
  auto* values = static_cast<float*>(TF_TensorData(made));
  TF_DeleteTensor(made);  // the context keeps it
  return values;
}

float* Call::outputInPlace(int i, int input) {
  TF_SetOutput(context_, i, tensor(input), status_);
  return static_cast<float*>(data(input));
}

// The values of one list of attributes, as many as `wanted` unless that is kAnyCount.
template <typename Value, typename Get>
static std::vector<Value> readList(
    TF_OpKernelConstruction* construction, const char* name, int wanted, TF_Status* status, Get get) {
  int32_t count = 0;
  int32_t unused = 0;
  TF_OpKernelConstruction_GetAttrSize(construction, name, &count, &unused, status);
  if (TF_GetCode(status) != TF_OK) throw Refusal(TF_Message(status));
  if (wanted != kAnyCount && count != wanted) {
    throw Refusal(std::string("the attribute ") + name + " must hold " + std::to_string(wanted) + ", got " +
                  std::to_string(count));
  }
  std::vector<Value> values(count);
  if (count > 0) get(construction, name, values.data(), count, status);
  if (TF_GetCode(status) != TF_OK) throw Refusal(TF_Message(status));
  return values;
}

Attributes* readAttributes(TF_OpKernelConstruction* construction, const Definition& definition) {
  const Status status(TF_NewStatus());
  try {
    return new Attributes{
        readList<int64_t>(
            construction, "sizes", definition.sizes, status.get(), TF_OpKernelConstruction_GetAttrInt64List),
        readList<float>(
            construction, "numbers", definition.numbers, status.get(), TF_OpKernelConstruction_GetAttrFloatList)};
  } catch (const std::exception& error) {
    const std::string message = std::string(definition.name) + ": " + error.what();
    TF_SetStatus(status.get(), TF_INVALID_ARGUMENT, message.c_str());
  } catch (...) {
    TF_SetStatus(status.get(), TF_INTERNAL, definition.name);
  }
  TF_OpKernelConstruction_Failure(construction, status.get());
  return nullptr;
}

void runKernel(
    TF_OpKernelContext* context, const Definition& definition, const Attributes* attributes, Compute compute) {
  if (attributes == nullptr) return;  // refused when the kernel was made
  Call call(context, definition, attributes->sizes, attributes->numbers);
  const KeepDenormals keep;
  const auto said = [&](const char* what) { return std::string(definition.name) + ": " + what; };
  try {
    compute(call);
  } catch (const std::bad_alloc&) {
    call.fail(TF_RESOURCE_EXHAUSTED, said("there is no memory left"));
  } catch (const std::logic_error& error) {
    call.fail(TF_INVALID_ARGUMENT, said(error.what()));
  } catch (const std::exception& error) {
    call.fail(TF_INTERNAL, said(error.what()));
  } catch (...) {
    call.fail(TF_INTERNAL, said("failed"));
  }
}

// A second copy of this code in the process finds the first one's kernels.
static bool isRegistered(const char* name) {
  TF_Status* status = TF_NewStatus();
  TF_Buffer* kernels = TF_GetRegisteredKernelsForOp(name, status);
  const bool found = kernels != nullptr && kernels->length > 0;
  if (kernels != nullptr) TF_DeleteBuffer(kernels);
  TF_DeleteStatus(status);
  return found;
}

// Of "x: N * float" the attribute N.
static void addCountOf(const std::string& list, TF_OpDefinitionBuilder* definition) {
  const size_t end = list.find(" *");
  if (end == std::string::npos) return;
  const size_t start = list.find(": ") + 2;
  TF_OpDefinitionBuilderAddAttr(definition, (list.substr(start, end - start) + ": int >= 1").c_str());
}

void registerOp(
    const Definition& op, void* (*create)(TF_OpKernelConstruction*), void (*compute)(void*, TF_OpKernelContext*),
    void (*destroy)(void*)) {
  if (isRegistered(op.name)) return;
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(op.name);
  for (const std::string& input : op.inputs) {
    TF_OpDefinitionBuilderAddInput(definition, input.c_str());
    addCountOf(input, definition);
  }
  for (const std::string& output : op.outputs) {
    TF_OpDefinitionBuilderAddOutput(definition, output.c_str());
    addCountOf(output, definition);
  }
  TF_OpDefinitionBuilderAddAttr(definition, "sizes: list(int) = []");
  TF_OpDefinitionBuilderAddAttr(definition, "numbers: list(float) = []");
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, [](TF_ShapeInferenceContext* context, TF_Status* s) {
    TF_ShapeInferenceContextSetUnknownShape(context, s);
  });
  TF_RegisterOpDefinition(definition, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_RegisterKernelBuilder(op.name, TF_NewKernelBuilder(op.name, "CPU", create, compute, destroy), status);
  }
  TF_DeleteStatus(status);
}

// Of which sources this was compiled: their digest, as setup-node hands it over; numbers that a float holds exactly.
static void version(Call& call) {
  float* digest = call.output(0, {2});
  if (!call.ok()) return;
  const float parts[] = {EXPLICIT_LAYERS_VERSION};
  digest[0] = parts[0];
  digest[1] = parts[1];
}

static const Register<version> registerVersion("ExplicitVersion", {}, {"version: float"}, 0, 0);

}  // namespace explicit_layers
