#include "kernels/ops/checks.hpp"

#include <algorithm>

#include "kernels/backend.hpp"

namespace weft {
namespace {

void check_layout(const char* op, const char* name, const ConstMat& m) {
  WEFT_CHECK(m.rows >= 0 && m.cols >= 0, op, ": ", name, " is ", shape(m), "; sizes must be >= 0");
  WEFT_CHECK(m.ld >= m.cols, op, ": ", name, " has ld ", m.ld, " but ", m.cols, " columns");
  WEFT_CHECK(m.data != nullptr || is_empty(m), op, ": ", name, " is ", shape(m), " but has no data");
}

void check_factors(const Backend& backend, const char* op, const ConstMat& a, const ConstMat& b) {
  check_stored(backend, op, "a", a);
  check_stored(backend, op, "b", b);
  WEFT_CHECK(a.dtype == b.dtype, op, ": a is ", dtype_name(a.dtype), " but b is ", dtype_name(b.dtype),
             "; both factors must be stored alike");
}

}  // namespace

std::ostream& operator<<(std::ostream& out, Shape shape) {
  return out << "[" << shape.rows << ", " << shape.cols << "]";
}

void check_matrix(const char* op, const char* name, const ConstMat& m) {
  check_layout(op, name, m);
  WEFT_CHECK(m.dtype == DType::kF32, op, ": ", name, " is ", dtype_name(m.dtype), "; it must be float32");
}

void check_stored(const Backend& backend, const char* op, const char* name, const ConstMat& m) {
  check_layout(op, name, m);
  if (m.dtype == DType::kBf16 && !backend.stores_bf16()) {
    fail(ErrorCode::kUnsupported, op, ": ", name, " is bfloat16, which the ", backend.name(),
         " backend does not store; use float32 there");
  }
  WEFT_CHECK(m.dtype == DType::kF32 || m.dtype == DType::kBf16, op, ": ", name, " is ", dtype_name(m.dtype),
             "; it must be float32 or bfloat16");
}

void check_same_shape(const char* op, const char* name_a, const ConstMat& a, const char* name_b,
                      const ConstMat& b) {
  WEFT_CHECK(a.rows == b.rows && a.cols == b.cols, op, ": ", name_a, " is ", shape(a), " but ", name_b,
             " is ", shape(b));
}

void check_distinct(const char* op, const char* name_a, const ConstMat& a, const char* name_b,
                    const ConstMat& b) {
  WEFT_CHECK(a.data != b.data || is_empty(a) || is_empty(b), op, ": ", name_a, " and ", name_b,
             " are the same memory; the output must not be an input");
}

void check_product(const Backend& backend, const char* op, const ConstMat& a, const ConstMat& b,
                   const ConstMat& c, bool b_transposed) {
  check_factors(backend, op, a, b);
  check_stored(backend, op, "c", c);
  const Shape right = b_transposed ? Shape{b.cols, b.rows} : shape(b);
  const char* name = b_transposed ? "b^T" : "b";
  WEFT_CHECK(a.cols == right.rows, op, ": a is ", shape(a), " but ", name, " is ", right);
  WEFT_CHECK(c.rows == a.rows && c.cols == right.cols, op, ": c is ", shape(c), " but a ", name, " is ",
             Shape{a.rows, right.cols});
  check_distinct(op, "c", c, "a", a);
  check_distinct(op, "c", c, "b", b);
}

void check_transposed_product(const Backend& backend, const char* op, const ConstMat& a, const ConstMat& b,
                              const ConstMat& c) {
  check_factors(backend, op, a, b);
  check_matrix(op, "c", c);
  WEFT_CHECK(a.rows == b.rows, op, ": a is ", shape(a), " but b is ", shape(b), "; they need as many rows");
  WEFT_CHECK(c.rows == a.cols && c.cols == b.cols, op, ": c is ", shape(c), " but a^T b is ",
             Shape{a.cols, b.cols});
  check_distinct(op, "c", c, "a", a);
  check_distinct(op, "c", c, "b", b);
}

void check_beta(const char* op, float beta) {
  WEFT_CHECK(beta == 0.0f || beta == 1.0f, op, ": beta is ", beta, "; it must be 0 or 1");
}

void check_csr(const char* op, const CsrView& a) {
  WEFT_CHECK(a.num_rows >= 0 && a.num_cols >= 0 && a.num_edges >= 0, op, ": A is ", shape(a), " with ",
             a.num_edges, " edges; sizes must be >= 0");
  WEFT_CHECK(a.offsets != nullptr || a.num_rows == 0, op, ": A has ", a.num_rows, " rows but no offsets");
  WEFT_CHECK(a.cols != nullptr || a.num_edges == 0, op, ": A has ", a.num_edges, " edges but no columns");
}

void check_transposed(const Backend& backend, const char* op, const CsrView& a, const CsrView& transposed) {
  if (!backend.takes_transposed()) return;
  check_csr(op, transposed);
  WEFT_CHECK(transposed.num_rows == a.num_cols && transposed.num_cols == a.num_rows &&
                 transposed.num_edges == a.num_edges,
             op, ": A is ", shape(a), " with ", a.num_edges, " entries but its transpose is ",
             shape(transposed), " with ", transposed.num_edges);
  WEFT_CHECK(transposed.edge_ids != nullptr, op, ": the transpose does not say which entries of A it has");
}

void check_method(const Backend& backend, SpmmMethod method) {
  const std::vector<SpmmMethod> methods = backend.spmm_methods();
  if (std::find(methods.begin(), methods.end(), method) != methods.end()) return;
  fail(ErrorCode::kUnsupported, Spmm::kName, ": the ", backend.name(), " backend has no method '",
       spmm_method_name(method), "'");
}

void check_moments(const char* op, const Moments& moments, std::int64_t c) {
  WEFT_CHECK(moments.count != nullptr, op, ": moments have no count");
  check_size(op, "moments.sum", moments.sum, c, "the number of columns");
  check_size(op, "moments.m2", moments.m2, c, "the number of columns");
}

void check_dropout(const char* op, const Dropout& dropout) {
  const float rate = dropout.rate;
  WEFT_CHECK(rate >= 0.0f && rate < 1.0f, op, ": dropout rate is ", rate, "; it must be in [0, 1)");
  WEFT_CHECK(rate == 0.0f || dropout.step != nullptr, op, ": dropout rate is ", rate,
             " but there is no step state");
}

void check_block(const char* op, const Activation& block, const ConstMat& x) {
  const Normalization& norm = block.norm;
  const std::int64_t c = norm.mean.empty() ? 0 : x.cols;
  const char* of = norm.mean.empty() ? "that of a block without mean" : "the number of columns";
  check_size(op, "norm.mean", norm.mean, c, of);
  check_size(op, "norm.rstd", norm.rstd, c, of);
  check_size(op, "norm.gamma", norm.gamma, c, of);
  check_size(op, "norm.beta", norm.beta, c, of);
  check_dropout(op, block.dropout);
  check_optional(op, "row_ids", block.row_ids, x.rows, "the number of rows");
}

}  // namespace weft
