// SuiteSparse:GraphBLAS: C += A B with C and B full, over the semiring (+, second), which never reads a value
// of A. x and y are handed over and back without a copy; y has to be cleared, because C is added to.
#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <vector>

extern "C" {  // the header does not say so itself; what it includes of C++ came above
#include <GraphBLAS.h>
}

#include "bench/spmm/registry.hpp"
#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

void require(GrB_Info info, const char* what) {
  if (info != GrB_SUCCESS) {
    fail(ErrorCode::kUnsupported, "GraphBLAS: ", what, " ended with ", static_cast<int>(info));
  }
}

/// GrB_init may be called once in a process.
void initialize() {
  static const GrB_Info once = GrB_init(GrB_NONBLOCKING);
  require(once, "GrB_init");
}

class Matrix {
 public:
  Matrix(std::int64_t rows, std::int64_t cols) {
    require(GrB_Matrix_new(&handle_, GrB_FP32, static_cast<GrB_Index>(rows), static_cast<GrB_Index>(cols)),
            "GrB_Matrix_new");
  }
  ~Matrix() { GrB_Matrix_free(&handle_); }
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;

  GrB_Matrix get() const { return handle_; }

 private:
  GrB_Matrix handle_ = nullptr;
};

/// A full matrix over memory that stays the caller's.
class FullView {
 public:
  FullView(const Matrix& matrix, const float* values, std::int64_t count)
      : matrix_(matrix), values_(const_cast<float*>(values)) {
    require(GxB_Matrix_pack_FullR(matrix.get(), &values_, static_cast<GrB_Index>(count) * sizeof(float),
                                  false, nullptr),
            "GxB_Matrix_pack_FullR");
  }
  ~FullView() {
    GrB_Index bytes = 0;
    bool iso = false;
    GxB_Matrix_unpack_FullR(matrix_.get(), &values_, &bytes, &iso, nullptr);
  }
  FullView(const FullView&) = delete;
  FullView& operator=(const FullView&) = delete;

 private:
  const Matrix& matrix_;
  void* values_;
};

struct Operands {
  Operands(const CsrView& a, std::int64_t cols)
      : graph(a.num_rows, a.num_cols), x(a.num_cols, cols), y(a.num_rows, cols) {
    const std::vector<GrB_Index> offsets(a.offsets, a.offsets + a.num_rows + 1);
    const std::vector<GrB_Index> columns(a.cols, a.cols + a.num_edges);
    const std::vector<float> ones(columns.size(), 1.0f);
    GrB_Matrix imported = nullptr;
    require(GrB_Matrix_import_FP32(&imported, GrB_FP32, static_cast<GrB_Index>(a.num_rows),
                                   static_cast<GrB_Index>(a.num_cols), offsets.data(), columns.data(),
                                   ones.data(), offsets.size(), columns.size(), ones.size(), GrB_CSR_FORMAT),
            "GrB_Matrix_import");
    require(GrB_Matrix_assign(graph.get(), nullptr, nullptr, imported, GrB_ALL,
                              static_cast<GrB_Index>(a.num_rows), GrB_ALL, static_cast<GrB_Index>(a.num_cols),
                              nullptr),
            "GrB_assign");
    GrB_Matrix_free(&imported);
    require(GrB_Matrix_wait(graph.get(), GrB_MATERIALIZE), "GrB_wait");
  }
  Matrix graph, x, y;
};

void multiply(const Operands& operands, const float* x, float* y) {
  GrB_Index rows = 0, inner = 0, cols = 0;
  GrB_Matrix_nrows(&rows, operands.y.get());
  GrB_Matrix_ncols(&cols, operands.y.get());
  GrB_Matrix_nrows(&inner, operands.x.get());
  const auto elements = static_cast<std::int64_t>(rows * cols);
#pragma omp parallel for
  for (std::int64_t i = 0; i < elements; ++i) y[i] = 0.0f;
  const FullView from(operands.x, x, static_cast<std::int64_t>(inner * cols));
  const FullView to(operands.y, y, elements);
  require(GrB_mxm(operands.y.get(), nullptr, GrB_PLUS_FP32, GxB_PLUS_SECOND_FP32, operands.graph.get(),
                  operands.x.get(), nullptr),
          "GrB_mxm");
  require(GrB_Matrix_wait(operands.y.get(), GrB_MATERIALIZE), "GrB_wait");
}

SpmmFunction set_up(const CsrView& a, std::int64_t cols, std::int64_t ldx, std::int64_t ldy) {
  if (ldx != cols || ldy != cols) fail(ErrorCode::kUnsupported, "GraphBLAS takes rows without gaps alone");
  initialize();
  const auto operands = std::make_shared<const Operands>(a, cols);
  return [operands](const CsrView&, const float* x, std::int64_t, float* y, std::int64_t, std::int64_t) {
    multiply(*operands, x, y);
  };
}

const RegisterSpmm graphblas("GraphBLAS " + std::to_string(GxB_IMPLEMENTATION_MAJOR) + "." +
                                 std::to_string(GxB_IMPLEMENTATION_MINOR),
                             SpmmSetup(set_up));

}  // namespace
}  // namespace weft::bench
