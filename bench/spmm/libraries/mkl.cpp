// oneMKL's inspector-executor product: mkl_sparse_optimize sees the pattern and that it will be multiplied
// with dense matrices of this width, before anything is timed.
#include <mkl_service.h>
#include <mkl_spblas.h>

#include <memory>
#include <vector>

#include "bench/spmm/registry.hpp"
#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

void require(sparse_status_t status, const char* what) {
  if (status != SPARSE_STATUS_SUCCESS) {
    fail(ErrorCode::kUnsupported, "MKL: ", what, " ended with status ", static_cast<int>(status));
  }
}

constexpr matrix_descr kGeneral{SPARSE_MATRIX_TYPE_GENERAL, SPARSE_FILL_MODE_FULL, SPARSE_DIAG_NON_UNIT};

/// MKL's own view of a graph, with its numbers in MKL's width.
class Matrix {
 public:
  Matrix(const CsrView& a, std::int64_t cols)
      : offsets_(a.offsets, a.offsets + a.num_rows + 1),
        cols_(a.cols, a.cols + a.num_edges),
        ones_(static_cast<std::size_t>(a.num_edges), 1.0f) {
    WEFT_CHECK(a.num_edges == static_cast<MKL_INT>(a.num_edges), "MKL counts edges in 32 bits here");
    require(mkl_sparse_s_create_csr(&handle_, SPARSE_INDEX_BASE_ZERO, a.num_rows, a.num_cols, offsets_.data(),
                                    offsets_.data() + 1, cols_.data(), ones_.data()),
            "create_csr");
    // A hint that it does not take costs nothing but speed.
    mkl_sparse_set_mm_hint(handle_, SPARSE_OPERATION_NON_TRANSPOSE, kGeneral, SPARSE_LAYOUT_ROW_MAJOR,
                           static_cast<MKL_INT>(cols), 1000);
    mkl_sparse_set_memory_hint(handle_, SPARSE_MEMORY_AGGRESSIVE);
    mkl_sparse_optimize(handle_);
  }
  ~Matrix() { mkl_sparse_destroy(handle_); }
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;

  void multiply(const float* x, std::int64_t ldx, float* y, std::int64_t ldy, std::int64_t cols) const {
    require(mkl_sparse_s_mm(SPARSE_OPERATION_NON_TRANSPOSE, 1.0f, handle_, kGeneral, SPARSE_LAYOUT_ROW_MAJOR,
                            x, static_cast<MKL_INT>(cols), static_cast<MKL_INT>(ldx), 0.0f, y,
                            static_cast<MKL_INT>(ldy)),
            "mm");
  }

 private:
  std::vector<MKL_INT> offsets_, cols_;
  std::vector<float> ones_;
  sparse_matrix_t handle_ = nullptr;
};

SpmmFunction set_up(const CsrView& a, std::int64_t cols, std::int64_t, std::int64_t) {
  const auto matrix = std::make_shared<Matrix>(a, cols);
  return [matrix](const CsrView&, const float* x, std::int64_t ldx, float* y, std::int64_t ldy,
                  std::int64_t width) { matrix->multiply(x, ldx, y, ldy, width); };
}

std::string name() {
  MKLVersion version;
  mkl_get_version(&version);
  return "MKL " + std::to_string(version.MajorVersion) + "." + std::to_string(version.MinorVersion);
}

const RegisterSpmm mkl(name(), SpmmSetup(set_up));

}  // namespace
}  // namespace weft::bench
