// y = A x by cuSPARSE: what our own kernels are compared with, so it gets what it asks for: descriptors and
// buffers are kept, and the analysis of a graph that its algorithms 1 and 3 can use is done once.
//
// It wants both index arrays in one type, so offsets are copied to 32 bits, and a value for each edge, so a
// graph without weights gets an array of ones. Of the two there is one copy for each graph.
#include "kernels/cuda/spmm_cusparse.hpp"

#include <cusparse.h>

#include <array>
#include <limits>
#include <map>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weft::cuda {
namespace {

constexpr int kThreads = 256;
constexpr cusparseOperation_t kAsItIs = CUSPARSE_OPERATION_NON_TRANSPOSE;
constexpr float kAlpha = 1.0f;
constexpr float kBeta = 0.0f;

__global__ void narrow_offsets_kernel(Vec<const EdgeId> offsets, std::int32_t* narrow) {
  const std::int64_t i = global_thread();
  if (i < offsets.size) narrow[i] = static_cast<std::int32_t>(offsets[i]);
}

__global__ void fill_ones_kernel(std::int64_t size, DType dtype, void* values) {
  const std::int64_t i = global_thread();
  if (i >= size) return;
  if (dtype == DType::kBf16) {
    static_cast<Bf16*>(values)[i] = to_bf16(1.0f);
  } else {
    static_cast<float*>(values)[i] = 1.0f;
  }
}

unsigned blocks_for(std::int64_t threads) { return static_cast<unsigned>(ceil_div(threads, kThreads)); }

void check(cusparseStatus_t status, const char* call) {
  if (status == CUSPARSE_STATUS_SUCCESS) return;
  const auto code =
      status == CUSPARSE_STATUS_INSUFFICIENT_RESOURCES ? ErrorCode::kOutOfMemory : ErrorCode::kUnsupported;
  fail(code, "spmm: ", call, ": ", cusparseGetErrorString(status), " (", cusparseGetErrorName(status), ")");
}

/// Device memory of the library's own, past the backend's pool: comparisons only.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(std::size_t bytes, const char* what) : data_(bytes == 0 ? nullptr : device_malloc(bytes)) {
    if (bytes > 0 && data_ == nullptr) {
      fail(ErrorCode::kOutOfMemory, "spmm: ", what, " for cuSPARSE takes ", bytes, " bytes but only ",
           device_memory_free(), " are free on the device");
    }
  }
  ~DeviceMemory() {
    if (data_ != nullptr) device_free(data_);
  }
  DeviceMemory(DeviceMemory&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  DeviceMemory& operator=(DeviceMemory&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }

  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
};

/// Owns one of the library's objects.
template <class Pointer, auto Destroy>
struct Destroyer {
  using pointer = Pointer;
  void operator()(Pointer p) const noexcept { (void)Destroy(p); }
};
template <class Pointer, auto Destroy>
using Owned = std::unique_ptr<std::remove_pointer_t<Pointer>, Destroyer<Pointer, Destroy>>;

using Handle = Owned<cusparseHandle_t, cusparseDestroy>;
using Sparse = Owned<cusparseSpMatDescr_t, cusparseDestroySpMat>;
using Dense = Owned<cusparseDnMatDescr_t, cusparseDestroyDnMat>;

cudaDataType_t type_of(DType dtype) { return dtype == DType::kBf16 ? CUDA_R_16BF : CUDA_R_32F; }

cusparseSpMMAlg_t algorithm_of(SpmmMethod method) {
  if (method == SpmmMethod::kCusparseAlg1) return CUSPARSE_SPMM_CSR_ALG1;
  return method == SpmmMethod::kCusparseAlg2 ? CUSPARSE_SPMM_CSR_ALG2 : CUSPARSE_SPMM_CSR_ALG3;
}

/// What of a graph the library cannot take as it is.
struct Graph {
  DeviceMemory offsets;  // int32
  DeviceMemory ones;     // in the type of x, when there are no weights
};
using GraphKey = std::tuple<const void*, const void*, const void*, NodeId, NodeId, EdgeId, DType>;

GraphKey key_of(const CsrView& a, DType dtype) {
  return {a.offsets, a.cols, a.weights, a.num_rows, a.num_cols, a.num_edges, dtype};
}

Graph make_graph(Queue queue, const CsrView& a, DType dtype) {
  const Vec<const EdgeId> offsets{a.offsets, std::int64_t{a.num_rows} + 1};
  Graph graph;
  graph.offsets = DeviceMemory(static_cast<std::size_t>(offsets.size) * sizeof(std::int32_t), "offsets");
  launch(WEFT_KERNEL(narrow_offsets_kernel), blocks_for(offsets.size), kThreads, kNoShared, queue, offsets,
         static_cast<std::int32_t*>(graph.offsets.data()));
  if (a.weights == nullptr) {
    graph.ones = DeviceMemory(static_cast<std::size_t>(a.num_edges) * dtype_bytes(dtype), "edge values");
    launch(WEFT_KERNEL(fill_ones_kernel), blocks_for(a.num_edges), kThreads, kNoShared, queue, a.num_edges,
           dtype, graph.ones.data());
  }
  return graph;
}

Sparse describe(const CsrView& a, const Graph& graph, DType dtype) {
  cusparseSpMatDescr_t created = nullptr;
  auto* const cols = const_cast<NodeId*>(a.cols);  // CUDA 11.8 has no descriptors of constant matrices
  void* const values = a.weights == nullptr ? graph.ones.data() : const_cast<float*>(a.weights);
  check(cusparseCreateCsr(&created, a.num_rows, a.num_cols, a.num_edges, graph.offsets.data(), cols, values,
                          CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_BASE_ZERO, type_of(dtype)),
        "cusparseCreateCsr");
  return Sparse(created);
}

Dense describe(const ConstMat& m) {
  cusparseDnMatDescr_t created = nullptr;
  check(cusparseCreateDnMat(&created, m.rows, m.cols, m.ld, const_cast<void*>(m.data), type_of(m.dtype),
                            CUSPARSE_ORDER_ROW),
        "cusparseCreateDnMat");
  return Dense(created);
}

/// A graph with the shapes and types of x and y.
struct Plan {
  Sparse a;
  Dense x;
  Dense y;
  cusparseSpMMAlg_t algorithm;
  DeviceMemory buffer;
};
using PlanKey = std::tuple<GraphKey, std::int64_t, std::int64_t, std::int64_t, DType, SpmmMethod>;

Plan make_plan(cusparseHandle_t handle, const Graph& graph, const CsrView& a, const ConstMat& x,
               const ConstMat& y, SpmmMethod method) {
  Plan plan{describe(a, graph, x.dtype), describe(x), describe(y), algorithm_of(method), {}};
  std::size_t bytes = 0;
  check(cusparseSpMM_bufferSize(handle, kAsItIs, kAsItIs, &kAlpha, plan.a.get(), plan.x.get(), &kBeta,
                                plan.y.get(), CUDA_R_32F, plan.algorithm, &bytes),
        "cusparseSpMM_bufferSize");
  plan.buffer = DeviceMemory(bytes, "the buffer of an algorithm");
  check(cusparseSpMM_preprocess(handle, kAsItIs, kAsItIs, &kAlpha, plan.a.get(), plan.x.get(), &kBeta,
                                plan.y.get(), CUDA_R_32F, plan.algorithm, plan.buffer.data()),
        "cusparseSpMM_preprocess");
  return plan;
}

/// Everything it cannot do.
void check_supported(const CsrView& a, const ConstMat& x, const ConstMat& y, const SpmmOptions& options) {
  const char* const method = spmm_method_name(options.method);
  if (!options.row_scale.empty() || !options.col_scale.empty() || !options.bias.empty() ||
      options.moments.count != nullptr || options.beta != 0.0f) {
    fail(ErrorCode::kUnsupported, "spmm: the method '", method,
         "' computes A x alone: no scales, no bias, no beta, no moments; use 'rows' or 'balanced'");
  }
  if (x.dtype == DType::kF32 && y.dtype == DType::kBf16) {
    fail(ErrorCode::kUnsupported, "spmm: the method '", method,
         "' writes no bfloat16 product of a float32 x; use 'rows' or 'balanced'");
  }
  if (x.dtype == DType::kBf16 && a.weights != nullptr) {
    fail(ErrorCode::kUnsupported, "spmm: the method '", method,
         "' takes no float32 weights with a bfloat16 x; use 'rows' or 'balanced'");
  }
  if (a.num_edges > std::numeric_limits<std::int32_t>::max()) {
    fail(ErrorCode::kUnsupported, "spmm: the method '", method, "' counts edges in 32 bits but A has ",
         a.num_edges, "; use 'rows' or 'balanced'");
  }
}

constexpr std::int64_t kVectorBytes = 16;

/// Some of its kernels take 16 bytes at a time without asking whether rows begin there, and end in a fault
/// of the device.
void check_alignment(const char* name, const ConstMat& m, SpmmMethod method) {
  const auto address = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(m.data));
  const std::int64_t row_bytes = m.ld * static_cast<std::int64_t>(dtype_bytes(m.dtype));
  if (address % kVectorBytes == 0 && row_bytes % kVectorBytes == 0) return;
  fail(ErrorCode::kUnsupported, "spmm: the method '", spmm_method_name(method), "' reads ", kVectorBytes,
       " bytes at a time but rows of ", name, " are ", row_bytes, " bytes apart; use 'rows' or 'balanced'");
}

class RealCusparse final : public Cusparse {
 public:
  explicit RealCusparse(Queue queue) : queue_(queue) {
    cusparseHandle_t handle = nullptr;
    check(cusparseCreate(&handle), "cusparseCreate");
    handle_.reset(handle);
    check(cusparseSetStream(handle, stream()), "cusparseSetStream");
  }

  void spmm(const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options) override {
    check_supported(a, x, y, options);
    if (a.num_edges == 0) return fill_zero(y);  // the library takes no matrix without entries
    check_alignment("x", x, options.method);
    check_alignment("y", y, options.method);
    Plan& plan = plan_for(a, x, y, options.method);
    check(cusparseDnMatSetValues(plan.x.get(), const_cast<void*>(x.data)), "cusparseDnMatSetValues");
    check(cusparseDnMatSetValues(plan.y.get(), y.data), "cusparseDnMatSetValues");
    check(cusparseSpMM(handle_.get(), kAsItIs, kAsItIs, &kAlpha, plan.a.get(), plan.x.get(), &kBeta,
                       plan.y.get(), CUDA_R_32F, plan.algorithm, plan.buffer.data()),
          "cusparseSpMM");
    if (launches_are_synchronous()) check_launch(cudaStreamSynchronize(stream()), "cusparseSpMM");
  }

  void forget() noexcept override {
    plans_.clear();
    graphs_.clear();
  }

 private:
  Plan& plan_for(const CsrView& a, const ConstMat& x, const ConstMat& y, SpmmMethod method) {
    const GraphKey graph_key = key_of(a, x.dtype);
    const PlanKey key{graph_key, x.cols, x.ld, y.ld, y.dtype, method};
    auto plan = plans_.find(key);
    if (plan != plans_.end()) return plan->second;
    auto graph = graphs_.find(graph_key);
    if (graph == graphs_.end()) graph = graphs_.emplace(graph_key, make_graph(queue_, a, x.dtype)).first;
    return plans_.emplace(key, make_plan(handle_.get(), graph->second, a, x, y, method)).first->second;
  }

  void fill_zero(const Mat& y) {
    const std::size_t value = dtype_bytes(y.dtype);
    const auto bytes = [&](std::int64_t columns) { return static_cast<std::size_t>(columns) * value; };
    check_launch(
        cudaMemset2DAsync(y.data, bytes(y.ld), 0, bytes(y.cols), static_cast<std::size_t>(y.rows), stream()),
        "cudaMemset2DAsync");
  }

  cudaStream_t stream() const { return static_cast<cudaStream_t>(queue_); }

  Queue queue_;
  Handle handle_;
  std::map<GraphKey, Graph> graphs_;
  std::map<PlanKey, Plan> plans_;  // go before the graphs that they point into
};

}  // namespace

std::vector<SpmmMethod> cusparse_methods() {
  return {SpmmMethod::kCusparseAlg1, SpmmMethod::kCusparseAlg2, SpmmMethod::kCusparseAlg3};
}

std::shared_ptr<Cusparse> make_cusparse(Queue queue) { return std::make_shared<RealCusparse>(queue); }

}  // namespace weft::cuda
