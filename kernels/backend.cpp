// The public ops: each checks its arguments once, returns early where there is nothing to do, and calls the
// backend. Messages show both sides.
#include "kernels/backend.hpp"

#include <algorithm>

namespace weft {
namespace {

/// The parts of a message that show a matrix.
struct Shape {
  std::int64_t rows;
  std::int64_t cols;
};

std::ostream& operator<<(std::ostream& out, Shape shape) {
  return out << "[" << shape.rows << ", " << shape.cols << "]";
}

Shape shape(const ConstMat& m) { return {m.rows, m.cols}; }

bool empty(const ConstMat& m) { return m.rows == 0 || m.cols == 0; }

/// Sizes >= 0, rows that do not overlap, and data.
void check_layout(const char* op, const char* name, const ConstMat& m) {
  WEFT_CHECK(m.rows >= 0 && m.cols >= 0, op, ": ", name, " is ", shape(m), "; sizes must be >= 0");
  WEFT_CHECK(m.ld >= m.cols, op, ": ", name, " has ld ", m.ld, " but ", m.cols, " columns");
  WEFT_CHECK(m.data != nullptr || empty(m), op, ": ", name, " is ", shape(m), " but has no data");
}

/// A matrix that every op can read.
void check_matrix(const char* op, const char* name, const ConstMat& m) {
  check_layout(op, name, m);
  WEFT_CHECK(m.dtype == DType::kF32, op, ": ", name, " is ", dtype_name(m.dtype), "; it must be float32");
}

/// A matrix that may be stored as bfloat16 where the backend can.
void check_stored(const Backend& backend, const char* op, const char* name, const ConstMat& m) {
  check_layout(op, name, m);
  if (m.dtype == DType::kBf16 && !backend.stores_bf16()) {
    fail(ErrorCode::kUnsupported, op, ": ", name, " is bfloat16, which the ", backend.name(),
         " backend does not store; use float32 there");
  }
  WEFT_CHECK(m.dtype == DType::kF32 || m.dtype == DType::kBf16, op, ": ", name, " is ", dtype_name(m.dtype),
             "; it must be float32 or bfloat16");
}

template <class T>
void check_size(const char* op, const char* name, Vec<T> vec, std::int64_t wanted, const char* of) {
  WEFT_CHECK(vec.size == wanted, op, ": ", name, " has ", vec.size, " values but ", of, " is ", wanted);
  WEFT_CHECK(vec.data != nullptr || wanted == 0, op, ": ", name, " has ", vec.size, " values but no data");
}

/// An argument that may be left out.
template <class T>
void check_optional(const char* op, const char* name, Vec<T> vec, std::int64_t wanted, const char* of) {
  if (!vec.empty()) check_size(op, name, vec, wanted, of);
}

void check_same_shape(const char* op, const char* name_a, const ConstMat& a, const char* name_b,
                      const ConstMat& b) {
  WEFT_CHECK(a.rows == b.rows && a.cols == b.cols, op, ": ", name_a, " is ", shape(a), " but ", name_b,
             " is ", shape(b));
}

void check_distinct(const char* op, const char* name_a, const ConstMat& a, const char* name_b,
                    const ConstMat& b) {
  WEFT_CHECK(a.data != b.data || empty(a) || empty(b), op, ": ", name_a, " and ", name_b,
             " are the same memory; the output must not be an input");
}

void check_scratch(const char* op, const Stream& stream, std::size_t needed) {
  WEFT_CHECK(needed == 0 || (stream.scratch != nullptr && stream.scratch_bytes >= needed), op, " needs ",
             needed, " bytes of scratch but the stream has ", stream.scratch_bytes);
}

void check_factors(const Backend& backend, const char* op, const ConstMat& a, const ConstMat& b) {
  check_stored(backend, op, "a", a);
  check_stored(backend, op, "b", b);
  WEFT_CHECK(a.dtype == b.dtype, op, ": a is ", dtype_name(a.dtype), " but b is ", dtype_name(b.dtype),
             "; both factors must be stored alike");
}

/// c [n, h] = a b, where b is [k, h] or stored transposed.
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

/// c [k, h] += a^T b.
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

void check_csr(const char* op, const CsrView& a) {
  WEFT_CHECK(a.num_rows >= 0 && a.num_cols >= 0 && a.num_edges >= 0, op, ": A is ",
             Shape{a.num_rows, a.num_cols}, " with ", a.num_edges, " edges; sizes must be >= 0");
  WEFT_CHECK(a.offsets != nullptr || a.num_rows == 0, op, ": A has ", a.num_rows, " rows but no offsets");
  WEFT_CHECK(a.cols != nullptr || a.num_edges == 0, op, ": A has ", a.num_edges, " edges but no columns");
}

void check_moments(const char* op, const Moments& moments, std::int64_t c) {
  WEFT_CHECK(moments.count != nullptr, op, ": moments have no count");
  check_size(op, "moments.sum", moments.sum, c, "the number of columns");
  check_size(op, "moments.m2", moments.m2, c, "the number of columns");
}

void check_method(const Backend& backend, const char* op, SpmmMethod method) {
  const std::vector<SpmmMethod> methods = backend.spmm_methods();
  if (std::find(methods.begin(), methods.end(), method) != methods.end()) return;
  fail(ErrorCode::kUnsupported, op, ": the ", backend.name(), " backend has no method '",
       spmm_method_name(method), "'");
}

void check_batch_norm(const char* op, const BatchNormState& state, Vec<float> mean, Vec<float> rstd) {
  const std::int64_t c = state.running_mean.size;
  check_size(op, "running_var", state.running_var, c, "the size of running_mean");
  check_size(op, "mean", mean, c, "the size of running_mean");
  check_size(op, "rstd", rstd, c, "the size of running_mean");
  WEFT_CHECK(state.epsilon > 0.0f, op, ": epsilon is ", state.epsilon, "; it must be > 0");
  WEFT_CHECK(state.momentum > 0.0f && state.momentum <= 1.0f, op, ": momentum is ", state.momentum,
             "; it must be in (0, 1]");
}

void check_dropout(const char* op, const Dropout& dropout) {
  const float rate = dropout.rate;
  WEFT_CHECK(rate >= 0.0f && rate < 1.0f, op, ": dropout rate is ", rate, "; it must be in [0, 1)");
  WEFT_CHECK(rate == 0.0f || dropout.step != nullptr, op, ": dropout rate is ", rate,
             " but there is no step state");
}

void check_activation(const char* op, const Activation& block, const ConstMat& x) {
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

void check_activation_gradient(const Backend& backend, const char* op, const ConstMat& x, const ConstMat& dy,
                               const Activation& block, const ConstMat& dx, Vec<float> dgamma,
                               Vec<float> dbeta) {
  check_stored(backend, op, "x", x);
  check_stored(backend, op, "dy", dy);
  check_stored(backend, op, "dx", dx);
  check_same_shape(op, "dy", dy, "x", x);
  check_same_shape(op, "dx", dx, "x", x);
  check_distinct(op, "dx", dx, "x", x);
  check_activation(op, block, x);
  check_size(op, "dgamma", dgamma, block.norm.gamma.size, "the size of gamma");
  check_size(op, "dbeta", dbeta, block.norm.beta.size, "the size of beta");
}

}  // namespace

// ---- memory

void* Backend::allocate(std::size_t bytes, const char* what) {
  return bytes == 0 ? nullptr : do_allocate(bytes, what);
}

void Backend::release(void* memory) noexcept {
  if (memory != nullptr) do_release(memory);
}

void Backend::upload(Stream& stream, void* device, const void* host, std::size_t bytes) {
  if (bytes == 0) return;
  WEFT_CHECK(device != nullptr && host != nullptr, "upload: ", bytes, " bytes from or to no memory");
  do_upload(stream, device, host, bytes);
}

void Backend::download(Stream& stream, void* host, const void* device, std::size_t bytes) {
  if (bytes == 0) return;
  WEFT_CHECK(device != nullptr && host != nullptr, "download: ", bytes, " bytes from or to no memory");
  do_download(stream, host, device, bytes);
}

void Backend::copy(Stream& stream, void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  WEFT_CHECK(to != nullptr && from != nullptr, "copy: ", bytes, " bytes from or to no memory");
  do_copy(stream, to, from, bytes);
}

void Backend::fill_zero(Stream& stream, void* device, std::size_t bytes) {
  if (bytes == 0) return;
  WEFT_CHECK(device != nullptr, "fill_zero: ", bytes, " bytes of no memory");
  do_fill_zero(stream, device, bytes);
}

// ---- working ahead

void* Backend::allocate_host(std::size_t bytes) { return bytes == 0 ? nullptr : do_allocate_host(bytes); }

void Backend::release_host(void* memory) noexcept {
  if (memory != nullptr) do_release_host(memory);
}

void Backend::download_later(Stream& stream, void* host, const void* device, std::size_t bytes) {
  if (bytes == 0) return;
  WEFT_CHECK(device != nullptr && host != nullptr, "download_later: ", bytes, " bytes from or to no memory");
  do_download_later(stream, host, device, bytes);
}

// ---- sparse

void Backend::spmm(Stream& stream, const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options) {
  constexpr const char* op = "spmm";
  check_csr(op, a);
  check_stored(*this, op, "x", x);
  check_stored(*this, op, "y", y);
  WEFT_CHECK(a.num_cols == x.rows, op, ": A is ", Shape{a.num_rows, a.num_cols}, " but x is ", shape(x));
  WEFT_CHECK(y.rows == a.num_rows && y.cols == x.cols, op, ": y is ", shape(y), " but A x is ",
             Shape{a.num_rows, x.cols});
  check_optional(op, "row_scale", options.row_scale, a.num_rows, "the number of rows of A");
  check_optional(op, "col_scale", options.col_scale, a.num_cols, "the number of columns of A");
  check_optional(op, "bias", options.bias, x.cols, "the number of columns of x");
  check_distinct(op, "y", y, "x", x);
  if (options.moments.count != nullptr) {
    WEFT_CHECK(y.rows >= 1, op, ": y is ", shape(y), "; moments need at least one row");
    check_moments(op, options.moments, y.cols);
  }
  if (options.method != SpmmMethod::kAuto) check_method(*this, op, options.method);
  if (empty(y)) return;
  check_scratch(op, stream, spmm_scratch(a, x.cols, options));
  do_spmm(stream, a, x, y, options);
}

std::size_t Backend::spmm_scratch(const CsrView& a, std::int64_t c, const SpmmOptions& options) const {
  return do_spmm_scratch(a, c, options);
}

void Backend::transpose(Stream& stream, const CsrView& a, Vec<EdgeId> offsets, Vec<NodeId> cols) {
  constexpr const char* op = "transpose";
  check_csr(op, a);
  check_size(op, "offsets", offsets, std::int64_t{a.num_cols} + 1, "one more than the columns of A");
  check_size(op, "cols", cols, a.num_edges, "the number of edges");
  check_scratch(op, stream, transpose_scratch(a));
  do_transpose(stream, a, offsets, cols);
}

std::size_t Backend::transpose_scratch(const CsrView& a) const { return do_transpose_scratch(a); }

void Backend::drop_values(Stream& stream, const CsrView& a, const Dropout& dropout, Vec<float> values) {
  constexpr const char* op = "drop_values";
  check_csr(op, a);
  check_dropout(op, dropout);
  check_size(op, "values", values, a.num_edges, "the number of entries");
  WEFT_CHECK(values.data != a.weights || values.empty(), op,
             ": values and the weights of A are the same memory; the output must not be an input");
  if (!values.empty()) do_drop_values(stream, a, dropout, values);
}

void Backend::spmm_tn(Stream& stream, const CsrView& a, const CsrView& transposed, ConstMat x, Mat y) {
  constexpr const char* op = "spmm_tn";
  check_csr(op, a);
  check_matrix(op, "x", x);
  check_matrix(op, "y", y);
  WEFT_CHECK(a.num_rows == x.rows, op, ": A is ", Shape{a.num_rows, a.num_cols}, " but x is ", shape(x));
  WEFT_CHECK(y.rows == a.num_cols && y.cols == x.cols, op, ": y is ", shape(y), " but A^T x is ",
             Shape{a.num_cols, x.cols});
  check_distinct(op, "y", y, "x", x);
  if (a.num_edges == 0 || empty(y)) return;
  if (takes_transposed()) {
    check_csr(op, transposed);
    WEFT_CHECK(transposed.num_rows == a.num_cols && transposed.num_cols == a.num_rows &&
                   transposed.num_edges == a.num_edges,
               op, ": A is ", Shape{a.num_rows, a.num_cols}, " with ", a.num_edges,
               " entries but its transpose is ", Shape{transposed.num_rows, transposed.num_cols}, " with ",
               transposed.num_edges);
    WEFT_CHECK(transposed.edge_ids != nullptr, op, ": the transpose does not say which entries of A it has");
  }
  check_scratch(op, stream, spmm_tn_scratch(a, x.cols));
  do_spmm_tn(stream, a, transposed, x, y);
}

std::size_t Backend::spmm_tn_scratch(const CsrView& a, std::int64_t h) const {
  return a.num_edges == 0 || a.num_cols == 0 || h == 0 ? 0 : do_spmm_tn_scratch(a, h);
}

// ---- dense

void Backend::gemm(Stream& stream, ConstMat a, ConstMat b, Mat c, Vec<const float> bias) {
  check_product(*this, "gemm", a, b, c, false);
  check_optional("gemm", "bias", bias, b.cols, "the number of columns of b");
  if (empty(c)) return;
  check_scratch("gemm", stream, gemm_scratch(a.rows, a.cols, b.cols));
  do_gemm(stream, a, b, c, bias);
}

std::size_t Backend::gemm_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const {
  return do_gemm_scratch(n, c, h);
}

void Backend::gemm_tn(Stream& stream, ConstMat a, ConstMat b, Mat c) {
  constexpr const char* op = "gemm_tn";
  check_transposed_product(*this, op, a, b, c);
  if (empty(a) || empty(b)) return;
  check_scratch(op, stream, gemm_tn_scratch(a.rows, a.cols, b.cols));
  do_gemm_tn(stream, a, b, c);
}

std::size_t Backend::gemm_tn_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const {
  return do_gemm_tn_scratch(n, c, h);
}

void Backend::gemm_nt(Stream& stream, ConstMat a, ConstMat b, Mat c) {
  check_product(*this, "gemm_nt", a, b, c, true);
  if (empty(c)) return;
  check_scratch("gemm_nt", stream, gemm_nt_scratch(a.rows, a.cols, b.rows));
  do_gemm_nt(stream, a, b, c);
}

std::size_t Backend::gemm_nt_scratch(std::int64_t n, std::int64_t h, std::int64_t c) const {
  return do_gemm_nt_scratch(n, h, c);
}

// ---- dense products of a block's output

void Backend::gemm_activated(Stream& stream, ConstMat x, const Activation& block, ConstMat b, Mat c,
                             Vec<const float> bias) {
  constexpr const char* op = "gemm_activated";
  check_product(*this, op, x, b, c, false);
  check_activation(op, block, x);
  check_optional(op, "bias", bias, b.cols, "the number of columns of b");
  if (empty(c)) return;
  check_scratch(op, stream, gemm_activated_scratch(x.rows, x.cols, b.cols));
  do_gemm_activated(stream, x, block, b, c, bias);
}

std::size_t Backend::gemm_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const {
  return do_gemm_activated_scratch(n, c, h);
}

void Backend::gemm_tn_activated(Stream& stream, ConstMat x, const Activation& block, ConstMat b, Mat c) {
  constexpr const char* op = "gemm_tn_activated";
  check_transposed_product(*this, op, x, b, c);
  check_activation(op, block, x);
  if (empty(x) || empty(b)) return;
  check_scratch(op, stream, gemm_tn_activated_scratch(x.rows, x.cols, b.cols));
  do_gemm_tn_activated(stream, x, block, b, c);
}

std::size_t Backend::gemm_tn_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const {
  return do_gemm_tn_activated_scratch(n, c, h);
}

// ---- batch norm, activation, dropout

void Backend::batch_norm_statistics(Stream& stream, ConstMat x, Moments moments) {
  constexpr const char* op = "batch_norm_statistics";
  check_stored(*this, op, "x", x);
  WEFT_CHECK(x.rows >= 1, op, ": x is ", shape(x), "; statistics need at least one row");
  check_moments(op, moments, x.cols);
  check_scratch(op, stream, batch_norm_statistics_scratch(x.rows, x.cols));
  do_batch_norm_statistics(stream, x, moments);
}

std::size_t Backend::batch_norm_statistics_scratch(std::int64_t n, std::int64_t c) const {
  return do_batch_norm_statistics_scratch(n, c);
}

void Backend::batch_norm_training(Stream& stream, Moments moments, BatchNormState state, Vec<float> mean,
                                  Vec<float> rstd) {
  constexpr const char* op = "batch_norm_training";
  check_batch_norm(op, state, mean, rstd);
  check_moments(op, moments, mean.size);
  if (!mean.empty()) do_batch_norm_training(stream, moments, state, mean, rstd);
}

void Backend::batch_norm_inference(Stream& stream, BatchNormState state, Vec<float> mean, Vec<float> rstd) {
  check_batch_norm("batch_norm_inference", state, mean, rstd);
  if (!mean.empty()) do_batch_norm_inference(stream, state, mean, rstd);
}

void Backend::activate(Stream& stream, ConstMat x, const Activation& block, Mat y) {
  constexpr const char* op = "activate";
  check_stored(*this, op, "x", x);
  check_stored(*this, op, "y", y);
  check_same_shape(op, "y", y, "x", x);
  check_activation(op, block, x);
  if (!empty(x)) do_activate(stream, x, block, y);
}

void Backend::activate_backward(Stream& stream, ConstMat x, ConstMat dy, const Activation& block, Mat dx,
                                Vec<float> dgamma, Vec<float> dbeta) {
  constexpr const char* op = "activate_backward";
  check_activation_gradient(*this, op, x, dy, block, dx, dgamma, dbeta);
  if (empty(x)) return;
  check_scratch(op, stream, activate_backward_scratch(x.rows, x.cols));
  do_activate_backward(stream, x, dy, block, dx, dgamma, dbeta);
}

std::size_t Backend::activate_backward_scratch(std::int64_t n, std::int64_t c) const {
  return do_activate_backward_scratch(n, c);
}

void Backend::activate_backward_masks(Stream& stream, ConstMat x, ConstMat dy, const Activation& block, Mat g,
                                      Vec<float> dgamma, Vec<float> dbeta, Vec<float> sums) {
  constexpr const char* op = "activate_backward_masks";
  check_activation_gradient(*this, op, x, dy, block, g, dgamma, dbeta);
  WEFT_CHECK(!block.norm.gamma.empty() || x.cols == 0, op, ": the block has no normalisation");
  check_size(op, "sums", sums, 2 * x.cols, "twice the number of columns");
  if (empty(x)) return;
  check_scratch(op, stream, activate_backward_masks_scratch(x.rows, x.cols));
  do_activate_backward_masks(stream, x, dy, block, g, dgamma, dbeta, sums);
}

std::size_t Backend::activate_backward_masks_scratch(std::int64_t n, std::int64_t c) const {
  return do_activate_backward_masks_scratch(n, c);
}

void Backend::product_moments(Stream& stream, Moments x, ConstMat w, ConstMat sw, Vec<const float> bias,
                              Moments y) {
  constexpr const char* op = "product_moments";
  check_matrix(op, "w", w);
  check_matrix(op, "sw", sw);
  check_same_shape(op, "sw", sw, "w", w);
  check_moments(op, x, w.rows);
  check_moments(op, y, w.cols);
  check_optional(op, "bias", bias, w.cols, "the number of columns of w");
  if (!empty(w)) do_product_moments(stream, x, w, sw, bias, y);
}

void Backend::product_gradient(Stream& stream, ConstMat xg, ConstMat sw, Moments x, const Normalization& norm,
                               Vec<const float> sums, Mat dw) {
  constexpr const char* op = "product_gradient";
  check_matrix(op, "xg", xg);
  check_matrix(op, "sw", sw);
  check_matrix(op, "dw", dw);
  check_same_shape(op, "sw", sw, "xg", xg);
  check_same_shape(op, "dw", dw, "xg", xg);
  check_moments(op, x, xg.rows);
  check_size(op, "norm.rstd", norm.rstd, xg.cols, "the number of columns");
  check_size(op, "norm.gamma", norm.gamma, xg.cols, "the number of columns");
  check_size(op, "sums", sums, 2 * xg.cols, "twice the number of columns");
  if (!empty(xg)) do_product_gradient(stream, xg, sw, x, norm, sums, dw);
}

// ---- rows

void Backend::column_sums(Stream& stream, ConstMat x, Vec<float> out) {
  check_matrix("column_sums", "x", x);
  check_size("column_sums", "out", out, x.cols, "the number of columns");
  if (empty(x)) return;
  check_scratch("column_sums", stream, column_sums_scratch(x.rows, x.cols));
  do_column_sums(stream, x, out);
}

std::size_t Backend::column_sums_scratch(std::int64_t n, std::int64_t c) const {
  return do_column_sums_scratch(n, c);
}

void Backend::convert(Stream& stream, ConstMat x, Mat y) {
  constexpr const char* op = "convert";
  check_stored(*this, op, "x", x);
  check_stored(*this, op, "y", y);
  check_same_shape(op, "y", y, "x", x);
  check_distinct(op, "y", y, "x", x);
  if (!empty(x)) do_convert(stream, x, y);
}

void Backend::gather_rows(Stream& stream, ConstMat x, Vec<const NodeId> rows, Mat y) {
  constexpr const char* op = "gather_rows";
  check_matrix(op, "x", x);
  check_matrix(op, "y", y);
  check_size(op, "rows", rows, y.rows, "the number of rows of y");
  WEFT_CHECK(x.cols == y.cols, op, ": x is ", shape(x), " but y is ", shape(y),
             "; they need as many columns");
  WEFT_CHECK(x.rows > 0 || empty(y), op, ": ", rows.size, " rows are asked of an x without rows");
  check_distinct(op, "y", y, "x", x);
  if (!empty(y)) do_gather_rows(stream, x, rows, y);
}

void Backend::scatter_rows(Stream& stream, ConstMat x, Vec<const NodeId> rows, Mat y) {
  constexpr const char* op = "scatter_rows";
  check_matrix(op, "x", x);
  check_matrix(op, "y", y);
  check_size(op, "rows", rows, x.rows, "the number of rows of x");
  WEFT_CHECK(x.cols == y.cols, op, ": x is ", shape(x), " but y is ", shape(y),
             "; they need as many columns");
  WEFT_CHECK(x.rows <= y.rows, op, ": x is ", shape(x), " but y is ", shape(y),
             "; distinct rows of y cannot take them");
  check_distinct(op, "y", y, "x", x);
  if (!empty(x)) do_scatter_rows(stream, x, rows, y);
}

void Backend::argmax(Stream& stream, ConstMat x, Vec<std::int32_t> out) {
  check_matrix("argmax", "x", x);
  check_size("argmax", "out", out, x.rows, "the number of rows");
  WEFT_CHECK(x.rows == 0 || x.cols >= 1, "argmax: x is ", shape(x), "; it needs at least one column");
  if (x.rows > 0) do_argmax(stream, x, out);
}

void Backend::count_correct(Stream& stream, ConstMat logits, Vec<const std::int32_t> labels,
                            Vec<const std::uint8_t> part, Vec<std::int64_t> correct) {
  constexpr const char* op = "count_correct";
  check_matrix(op, "logits", logits);
  check_size(op, "labels", labels, logits.rows, "the number of rows");
  check_size(op, "part", part, logits.rows, "the number of rows");
  check_size(op, "correct", correct, kSplitParts, "the number of split parts");
  WEFT_CHECK(logits.rows == 0 || logits.cols >= 1, op, ": logits are ", shape(logits),
             "; they need at least one column");
  do_count_correct(stream, logits, labels, part, correct);
}

// ---- loss and optimiser

void Backend::log_softmax_nll(Stream& stream, ConstMat logits, Vec<const std::int32_t> labels, Mat dlogits,
                              Vec<double> loss) {
  constexpr const char* op = "log_softmax_nll";
  check_matrix(op, "logits", logits);
  check_matrix(op, "dlogits", dlogits);
  check_same_shape(op, "dlogits", dlogits, "logits", logits);
  check_size(op, "labels", labels, logits.rows, "the number of rows");
  check_size(op, "loss", loss, 1, "its size");
  WEFT_CHECK(!empty(logits), op, ": logits are ", shape(logits),
             "; a mean needs at least one row and column");
  check_scratch(op, stream, log_softmax_nll_scratch(logits.rows));
  do_log_softmax_nll(stream, logits, labels, dlogits, loss);
}

std::size_t Backend::log_softmax_nll_scratch(std::int64_t r) const { return do_log_softmax_nll_scratch(r); }

void Backend::bce_with_logits(Stream& stream, ConstMat logits, ConstMat targets, Mat dlogits,
                              Vec<double> loss) {
  constexpr const char* op = "bce_with_logits";
  check_matrix(op, "logits", logits);
  check_matrix(op, "targets", targets);
  check_matrix(op, "dlogits", dlogits);
  check_same_shape(op, "targets", targets, "logits", logits);
  check_same_shape(op, "dlogits", dlogits, "logits", logits);
  check_distinct(op, "dlogits", dlogits, "targets", targets);
  check_size(op, "loss", loss, 1, "its size");
  WEFT_CHECK(!empty(logits), op, ": logits are ", shape(logits),
             "; a mean needs at least one row and column");
  check_scratch(op, stream, bce_with_logits_scratch(logits.rows, logits.cols));
  do_bce_with_logits(stream, logits, targets, dlogits, loss);
}

std::size_t Backend::bce_with_logits_scratch(std::int64_t r, std::int64_t k) const {
  return do_bce_with_logits_scratch(r, k);
}

void Backend::begin_step(Stream& stream, StepState* state) {
  WEFT_CHECK(state != nullptr, "begin_step: there is no step state");
  do_begin_step(stream, state);
}

void Backend::adam(Stream& stream, Vec<float> parameters, Vec<const float> gradients, Vec<float> m,
                   Vec<float> v, Vec<const AdamGroup> groups, const AdamOptions& options,
                   const StepState* state) {
  constexpr const char* op = "adam";
  check_size(op, "gradients", gradients, parameters.size, "the number of parameters");
  check_size(op, "m", m, parameters.size, "the number of parameters");
  check_size(op, "v", v, parameters.size, "the number of parameters");
  WEFT_CHECK(state != nullptr, op, ": there is no step state");
  WEFT_CHECK(options.beta1 >= 0.0f && options.beta1 < 1.0f && options.beta2 >= 0.0f && options.beta2 < 1.0f,
             op, ": betas are ", options.beta1, " and ", options.beta2, "; they must be in [0, 1)");
  WEFT_CHECK(options.epsilon > 0.0f, op, ": epsilon is ", options.epsilon, "; it must be > 0");
  if (parameters.empty()) return;
  // The groups lie in the backend's memory, so that their borders cannot be read here.
  WEFT_CHECK(!groups.empty(), op, ": ", parameters.size, " parameters but no groups");
  do_adam(stream, parameters, gradients, m, v, groups, options, state);
}

}  // namespace weft
