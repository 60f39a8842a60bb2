// products.hpp by cuBLASLt. A row-major matrix is the column-major one of its transpose, so c = a b is asked
// as c^T = b^T a^T: the factors swap places, and the bias of a column of c is one of a row of c^T, which the
// library adds while it writes. Bound: 2 n k h operations at the card's peak, or memory where k or h is
// small.
//
// The library's choice of an algorithm is asked once per kind of product and kept: it allocates on the host,
// and a recorded epoch must make the same choice as the one before it. Algorithms that add to the output in
// place are left out, because their order changes from run to run.
#include <cublasLt.h>

#include <algorithm>
#include <array>
#include <map>
#include <type_traits>

#include "kernels/cuda/products.hpp"

namespace weft::cuda {
namespace {

constexpr std::size_t kWorkspaceBytes = std::size_t{32} << 20;  // NVIDIA's advice for Hopper
constexpr std::uintptr_t kBestAlignment = 256;

void check(cublasStatus_t status, const char* call) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  fail(ErrorCode::kUnsupported, call, ": ", cublasLtGetStatusString(status), " (",
       cublasLtGetStatusName(status), ")");
}

/// Owns one of the library's descriptors.
template <class Pointer, cublasStatus_t (*Destroy)(Pointer)>
struct Destroyer {
  using pointer = Pointer;
  void operator()(Pointer p) const noexcept { (void)Destroy(p); }
};
template <class Pointer, cublasStatus_t (*Destroy)(Pointer)>
using Owned = std::unique_ptr<std::remove_pointer_t<Pointer>, Destroyer<Pointer, Destroy>>;

using Handle = Owned<cublasLtHandle_t, cublasLtDestroy>;
using Operation = Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using Layout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Preference = Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

cudaDataType_t type_of(const ConstMat& m) { return m.dtype == DType::kBf16 ? CUDA_R_16BF : CUDA_R_32F; }

/// The largest power of two that divides the address, up to what any algorithm asks for.
std::uint32_t alignment(const void* p) {
  const auto address = reinterpret_cast<std::uintptr_t>(p) | kBestAlignment;
  return static_cast<std::uint32_t>(address & (~address + 1));
}

/// What the choice of an algorithm depends on.
using Kind = std::array<std::int64_t, 14>;

Kind kind_of(const Product& p) {
  return {p.a.rows,
          p.a.cols,
          p.a.ld,
          p.b.rows,
          p.b.cols,
          p.b.ld,
          p.c.ld,
          static_cast<std::int64_t>(p.a.dtype),
          static_cast<std::int64_t>(p.c.dtype),
          static_cast<std::int64_t>(p.form),
          alignment(p.a.data),
          alignment(p.b.data),
          alignment(p.c.data),
          p.bias == nullptr ? 0 : alignment(p.bias)};
}

Layout make_layout(const ConstMat& m) {
  cublasLtMatrixLayout_t layout = nullptr;
  check(cublasLtMatrixLayoutCreate(&layout, type_of(m), static_cast<std::uint64_t>(m.cols),
                                   static_cast<std::uint64_t>(m.rows), m.ld),
        "cublasLtMatrixLayoutCreate");
  return Layout(layout);
}

template <class Value>
void set(const Operation& operation, cublasLtMatmulDescAttributes_t attribute, Value value) {
  check(cublasLtMatmulDescSetAttribute(operation.get(), attribute, &value, sizeof(value)),
        "cublasLtMatmulDescSetAttribute");
}

template <class Value>
void set(const Preference& preference, cublasLtMatmulPreferenceAttributes_t attribute, Value value) {
  check(cublasLtMatmulPreferenceSetAttribute(preference.get(), attribute, &value, sizeof(value)),
        "cublasLtMatmulPreferenceSetAttribute");
}

Operation make_operation(const Product& p, MathMode math) {
  const bool tf32 = math == MathMode::kTf32 && p.a.dtype == DType::kF32;
  cublasLtMatmulDesc_t created = nullptr;
  check(cublasLtMatmulDescCreate(&created, tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F,
                                 CUDA_R_32F),
        "cublasLtMatmulDescCreate");
  Operation operation(created);
  const cublasOperation_t op_b = p.form == ProductForm::kGemmNt ? CUBLAS_OP_T : CUBLAS_OP_N;
  const cublasOperation_t op_a = p.form == ProductForm::kGemmTn ? CUBLAS_OP_T : CUBLAS_OP_N;
  set(operation, CUBLASLT_MATMUL_DESC_TRANSA, op_b);  // the library's first factor is b
  set(operation, CUBLASLT_MATMUL_DESC_TRANSB, op_a);
  if (p.bias != nullptr) {
    set(operation, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
    set(operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.bias);
  }
  return operation;
}

Preference make_preference(const Product& p) {
  cublasLtMatmulPreference_t created = nullptr;
  check(cublasLtMatmulPreferenceCreate(&created), "cublasLtMatmulPreferenceCreate");
  Preference preference(created);
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{kWorkspaceBytes});
  set(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
      static_cast<std::uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment(p.b.data));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment(p.a.data));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment(p.c.data));
  set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment(p.c.data));
  return preference;
}

/// All that a kind of product needs but its pointers.
struct Plan {
  Operation operation;
  Layout a;
  Layout b;
  Layout c;
  cublasLtMatmulAlgo_t algorithm = {};
};

Plan make_plan(cublasLtHandle_t handle, const Product& p, MathMode math) {
  Plan plan{make_operation(p, math), make_layout(p.a), make_layout(p.b), make_layout(p.c)};
  const Preference preference = make_preference(p);
  cublasLtMatmulHeuristicResult_t best = {};
  int found = 0;
  check(cublasLtMatmulAlgoGetHeuristic(handle, plan.operation.get(), plan.b.get(), plan.a.get(), plan.c.get(),
                                       plan.c.get(), preference.get(), 1, &best, &found),
        "cublasLtMatmulAlgoGetHeuristic");
  if (found == 0) {
    fail(ErrorCode::kUnsupported, "cuBLAS knows no way to a product of [", p.a.rows, ", ", p.a.cols,
         "] and [", p.b.rows, ", ", p.b.cols, "] in ", dtype_name(p.a.dtype));
  }
  plan.algorithm = best.algo;
  return plan;
}

class CublasProducts final : public Products {
 public:
  CublasProducts(Queue queue, MathMode math) : queue_(queue), math_(math) {
    cublasLtHandle_t handle = nullptr;
    check(cublasLtCreate(&handle), "cublasLtCreate");
    handle_.reset(handle);
  }

  std::size_t scratch_bytes() const override { return kWorkspaceBytes; }

  void run(const Product& p, void* scratch) override {
    const Kind kind = kind_of(p);
    auto found = plans_.find(kind);
    if (found == plans_.end()) found = plans_.emplace(kind, make_plan(handle_.get(), p, math_)).first;
    const Plan& plan = found->second;
    if (p.bias != nullptr) set(plan.operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.bias);
    multiply(plan, p, scratch);
    if (launches_are_synchronous()) check_launch(cudaStreamSynchronize(stream()), "cublasLtMatmul");
  }

 private:
  void multiply(const Plan& plan, const Product& p, void* scratch) const {
    const float alpha = 1.0f;
    check(cublasLtMatmul(handle_.get(), plan.operation.get(), &alpha, p.b.data, plan.b.get(), p.a.data,
                         plan.a.get(), &p.beta, p.c.data, plan.c.get(), p.c.data, plan.c.get(),
                         &plan.algorithm, scratch, kWorkspaceBytes, stream()),
          "cublasLtMatmul");
  }

  cudaStream_t stream() const { return static_cast<cudaStream_t>(queue_); }

  Queue queue_;
  MathMode math_;
  Handle handle_;
  std::map<Kind, Plan> plans_;
};

}  // namespace

std::unique_ptr<Products> make_products(Queue queue, MathMode math) {
  return std::make_unique<CublasProducts>(queue, math);
}

}  // namespace weft::cuda
