#pragma once
// y = A x, the sum over neighbours.
#include "kernels/ops/checks.hpp"
#include "kernels/ops/options.hpp"

namespace weft {

/// How a sparse product is computed. A backend chooses by itself with kAuto and knows which others it has.
enum class SpmmMethod : std::uint8_t {
  kAuto,
  kRows,          ///< a row is one piece of work
  kBalanced,      ///< rows of many edges are cut into pieces, which are added in order
  kCusparseAlg1,  ///< cuSPARSE's CUSPARSE_SPMM_CSR_ALG1, for comparison: A x alone
  kCusparseAlg2,
  kCusparseAlg3,
};
inline const char* spmm_method_name(SpmmMethod method) {
  switch (method) {
    case SpmmMethod::kAuto:
      return "auto";
    case SpmmMethod::kRows:
      return "rows";
    case SpmmMethod::kBalanced:
      return "balanced";
    case SpmmMethod::kCusparseAlg1:
      return "cusparse-alg1";
    case SpmmMethod::kCusparseAlg2:
      return "cusparse-alg2";
    case SpmmMethod::kCusparseAlg3:
      return "cusparse-alg3";
  }
  return "unknown";
}

/// Factors of a symmetric normalisation, a bias and a sum, applied while a sparse product is written:
/// y[i, :] = row_scale[i] * sum_j A[i, j] * (col_scale[j] * x[j, :]) + bias + beta y[i, :]. Each may be left
/// out. With beta 1 the product, with its bias, is rounded to float32 and then added to what y holds.
struct SpmmOptions {
  Vec<const float> row_scale = {};  // [num_rows]
  Vec<const float> col_scale = {};  // [num_cols]
  Vec<const float> bias = {};       // [x.cols]
  Moments moments = {};             // of the columns of y, as BatchNormStatistics gives them; may be left out
  SpmmMethod method = SpmmMethod::kAuto;
  float beta = 0.0f;  // 0 or 1
};

/// y = A x with the scales, bias, beta and moments of `options`.
/// a [n, m] CSR, weights used when present;  x [m, c] or bf16;  y [n, c] or bf16, overwritten by beta 0.
/// A row without edges gives the bias, or zeros without one, and beta y. Moments need n >= 1 and are those of
/// y before it is rounded to bf16. Errors: kUnsupported for a method that the backend lacks, or that cannot
/// do what is asked.
/// Source: Yang, Buluc, Owens, "Design Principles for Sparse Matrix Multiplication on the GPU", 2018,
/// arXiv:1803.08601 (row split); the balance by non-zeros over threads is theirs too.
template <class M>
struct SpmmT {
  CsrView a;
  In<M> x;
  M y;
  SpmmOptions options = {};

  static constexpr const char* kName = "spmm";
  template <class N, class At>
  SpmmT<N> as(At&& at) const {
    return {at.in(a), at.in(x), updated(at, y, options.beta), at.in(options)};
  }
  bool empty() const { return is_empty(y); }
  void check(const Backend& backend) const {
    check_csr(kName, a);
    check_stored(backend, kName, "x", x);
    check_stored(backend, kName, "y", y);
    WEFT_CHECK(a.num_cols == x.rows, kName, ": A is ", shape(a), " but x is ", shape(x));
    WEFT_CHECK(y.rows == a.num_rows && y.cols == x.cols, kName, ": y is ", shape(y), " but A x is ",
               Shape{a.num_rows, x.cols});
    check_optional(kName, "row_scale", options.row_scale, a.num_rows, "the number of rows of A");
    check_optional(kName, "col_scale", options.col_scale, a.num_cols, "the number of columns of A");
    check_optional(kName, "bias", options.bias, x.cols, "the number of columns of x");
    check_beta(kName, options.beta);
    check_distinct(kName, "y", y, "x", x);
    if (options.moments.count != nullptr) {
      WEFT_CHECK(y.rows >= 1, kName, ": y is ", shape(y), "; moments need at least one row");
      check_moments(kName, options.moments, y.cols);
    }
    if (options.method != SpmmMethod::kAuto) check_method(backend, options.method);
  }
};
using Spmm = SpmmT<Mat>;

}  // namespace weft
