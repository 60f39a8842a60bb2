#include "bench/counters/traced_backend.hpp"

#include <utility>

namespace weft::bench {
namespace {

Term term(const ConstMat& m) { return {m.rows, m.cols, static_cast<int>(dtype_bytes(m.dtype))}; }

template <class T>
Term term(Vec<T> v) {
  return {v.size, 1, static_cast<int>(sizeof(T))};
}

/// The call of an op that moves these, each once; what is empty was not given.
template <class... Moved>
OpCall moves(const char* op, const Moved&... moved) {
  OpCall call;
  call.op = op;
  for (const Term& t : {term(moved)...}) {
    if (t.rows * t.cols > 0) call.once.push_back(t);
  }
  return call;
}

void add(OpCall& call, const Moments& moments) {
  for (const Vec<double>& v : {moments.sum, moments.m2}) {
    if (!v.empty()) call.once.push_back(term(v));
  }
}

void add(OpCall& call, const Normalization& norm) {
  for (const Vec<const float>& v : {norm.mean, norm.rstd, norm.gamma, norm.beta}) {
    if (!v.empty()) call.once.push_back(term(v));
  }
}

void add_index(OpCall& call, const CsrView& a) {
  call.index = {{std::int64_t{a.num_rows} + 1, 1, sizeof(EdgeId)}, {a.num_edges, 1, sizeof(NodeId)}};
  if (a.weights != nullptr) call.once.push_back({a.num_edges, 1, sizeof(float)});
}

OpCall product(const char* op, const ConstMat& a, const ConstMat& b, const ConstMat& c, std::int64_t inner) {
  OpCall call = moves(op, a, b, c);
  call.product = {c.rows, c.cols, inner};
  return call;
}

/// `each` operations on every element.
Term on_each(const ConstMat& x, int each) { return {x.rows, x.cols, each}; }

/// A multiply-add of the normalisation, the larger of two for ReLU, a factor of dropout.
int operations(const Activation& block) {
  return (block.norm.mean.empty() ? 0 : 2) + (block.relu ? 1 : 0) + (block.dropout.rate > 0.0f ? 1 : 0);
}

/// xhat, the masks, two sums (an addition, a multiply-add), and five for the statistics' own gradient.
constexpr int kMasksOperations = 7;
constexpr int kThroughStatistics = 5;

/// Scratch of an op that asks for it by the sizes of its matrix.
std::function<double(const Sizes&)> scratch_of(std::shared_ptr<Backend> backend,
                                               std::size_t (Backend::*scratch)(std::int64_t, std::int64_t)
                                                   const,
                                               const ConstMat& x) {
  return [backend, scratch, n = x.rows, c = x.cols](const Sizes& sizes) {
    return static_cast<double>(((*backend).*scratch)(size_on(sizes, n), size_on(sizes, c)));
  };
}

}  // namespace

void TracedBackend::start() {
  calls_.clear();
  noting_ = true;
}

std::vector<OpCall> TracedBackend::stop() {
  noting_ = false;
  return std::exchange(calls_, {});
}

void TracedBackend::watch(Stream&, OpCall&, const std::function<void()>& run) { run(); }

void TracedBackend::note(Stream& stream, OpCall call, const std::function<void()>& run) {
  if (!noting_) return run();
  watch(stream, call, run);
  calls_.push_back(std::move(call));
}

// ---- memory

void* TracedBackend::do_allocate(std::size_t bytes, const char* what) {
  return inner_->allocate(bytes, what);
}
void TracedBackend::do_release(void* memory) noexcept { inner_->release(memory); }
void* TracedBackend::do_allocate_host(std::size_t bytes) { return inner_->allocate_host(bytes); }
void TracedBackend::do_release_host(void* memory) noexcept { inner_->release_host(memory); }

void TracedBackend::do_upload(Stream& stream, void* device, const void* host, std::size_t bytes) {
  inner_->upload(stream, device, host, bytes);
}

void TracedBackend::do_download(Stream& stream, void* host, const void* device, std::size_t bytes) {
  inner_->download(stream, host, device, bytes);
}

void TracedBackend::do_download_later(Stream& stream, void* host, const void* device, std::size_t bytes) {
  inner_->download_later(stream, host, device, bytes);
}

void TracedBackend::do_copy(Stream& stream, void* to, const void* from, std::size_t bytes) {
  OpCall call;
  call.op = "copy";
  call.once = {{static_cast<std::int64_t>(bytes / sizeof(float)), 2, sizeof(float)}};
  note(stream, std::move(call), [&] { inner_->copy(stream, to, from, bytes); });
}

void TracedBackend::do_fill_zero(Stream& stream, void* device, std::size_t bytes) {
  OpCall call;
  call.op = "fill_zero";
  call.once = {{static_cast<std::int64_t>(bytes / sizeof(float)), 1, sizeof(float)}};
  note(stream, std::move(call), [&] { inner_->fill_zero(stream, device, bytes); });
}

// ---- sparse

void TracedBackend::do_spmm(Stream& stream, const CsrView& a, ConstMat x, Mat y, const SpmmOptions& options) {
  OpCall call = moves("spmm", x, ConstMat(y), options.row_scale, options.col_scale, options.bias);
  add(call, options.moments);
  add_index(call, a);
  call.gathered = {{a.num_edges, x.cols, static_cast<int>(dtype_bytes(x.dtype))}};
  call.scratch = [inner = inner_, a, c = x.cols, options](const Sizes& sizes) {
    CsrView other = a;
    other.num_rows = static_cast<NodeId>(size_on(sizes, a.num_rows));
    other.num_cols = static_cast<NodeId>(size_on(sizes, a.num_cols));
    other.num_edges = size_on(sizes, a.num_edges);
    return static_cast<double>(inner->spmm_scratch(other, size_on(sizes, c), options));
  };
  call.graph = a;
  call.arithmetic = {{a.num_edges, x.cols, 2}};
  note(stream, std::move(call), [&] { inner_->spmm(stream, a, x, y, options); });
}

std::size_t TracedBackend::do_spmm_scratch(const CsrView& a, std::int64_t c,
                                           const SpmmOptions& options) const {
  return inner_->spmm_scratch(a, c, options);
}

void TracedBackend::do_transpose(Stream& stream, const CsrView& a, Vec<EdgeId> offsets, Vec<NodeId> cols) {
  OpCall call;
  call.op = "transpose";
  add_index(call, a);
  call.index.push_back(term(offsets));
  call.index.push_back(term(cols));
  note(stream, std::move(call), [&] { inner_->transpose(stream, a, offsets, cols); });
}

std::size_t TracedBackend::do_transpose_scratch(const CsrView& a) const {
  return inner_->transpose_scratch(a);
}

void TracedBackend::do_drop_values(Stream& stream, const CsrView& a, const Dropout& dropout,
                                   Vec<float> values) {
  OpCall call;
  call.op = "drop_values";
  call.once = {term(values), term(values)};  // weights are as many
  add_index(call, a);
  note(stream, std::move(call), [&] { inner_->drop_values(stream, a, dropout, values); });
}

void TracedBackend::do_spmm_tn(Stream& stream, const CsrView& a, const CsrView& transposed, ConstMat x,
                               Mat y) {
  OpCall call = moves("spmm_tn", x, ConstMat(y), ConstMat(y));  // y is read before it is added to
  add_index(call, inner_->takes_transposed() ? transposed : a);
  call.gathered = {{a.num_edges, x.cols, sizeof(float)}};
  note(stream, std::move(call), [&] { inner_->spmm_tn(stream, a, transposed, x, y); });
}

std::size_t TracedBackend::do_spmm_tn_scratch(const CsrView& a, std::int64_t h) const {
  return inner_->spmm_tn_scratch(a, h);
}

// ---- dense

void TracedBackend::do_gemm(Stream& stream, ConstMat a, ConstMat b, Mat c, Vec<const float> bias) {
  note(stream, product("gemm", a, b, c, a.cols), [&] { inner_->gemm(stream, a, b, c, bias); });
}

void TracedBackend::do_gemm_tn(Stream& stream, ConstMat a, ConstMat b, Mat c) {
  OpCall call = product("gemm_tn", a, b, c, a.rows);
  call.once.push_back(term(ConstMat(c)));  // read before it is added to
  note(stream, std::move(call), [&] { inner_->gemm_tn(stream, a, b, c); });
}

void TracedBackend::do_gemm_nt(Stream& stream, ConstMat a, ConstMat b, Mat c) {
  note(stream, product("gemm_nt", a, b, c, a.cols), [&] { inner_->gemm_nt(stream, a, b, c); });
}

std::size_t TracedBackend::do_gemm_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const {
  return inner_->gemm_scratch(n, c, h);
}

std::size_t TracedBackend::do_gemm_tn_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const {
  return inner_->gemm_tn_scratch(n, c, h);
}

std::size_t TracedBackend::do_gemm_nt_scratch(std::int64_t n, std::int64_t h, std::int64_t c) const {
  return inner_->gemm_nt_scratch(n, h, c);
}

void TracedBackend::do_gemm_activated(Stream& stream, ConstMat x, const Activation& block, ConstMat b, Mat c,
                                      Vec<const float> bias) {
  OpCall call = product("gemm_activated", x, b, c, x.cols);
  add(call, block.norm);
  note(stream, std::move(call), [&] { inner_->gemm_activated(stream, x, block, b, c, bias); });
}

void TracedBackend::do_gemm_tn_activated(Stream& stream, ConstMat x, const Activation& block, ConstMat b,
                                         Mat c) {
  OpCall call = product("gemm_tn_activated", x, b, c, x.rows);
  call.once.push_back(term(ConstMat(c)));  // read before it is added to
  add(call, block.norm);
  note(stream, std::move(call), [&] { inner_->gemm_tn_activated(stream, x, block, b, c); });
}

std::size_t TracedBackend::do_gemm_activated_scratch(std::int64_t n, std::int64_t c, std::int64_t h) const {
  return inner_->gemm_activated_scratch(n, c, h);
}

std::size_t TracedBackend::do_gemm_tn_activated_scratch(std::int64_t n, std::int64_t c,
                                                        std::int64_t h) const {
  return inner_->gemm_tn_activated_scratch(n, c, h);
}

// ---- batch norm, activation, dropout

void TracedBackend::do_batch_norm_statistics(Stream& stream, ConstMat x, Moments moments) {
  OpCall call = moves("batch_norm_statistics", x);
  add(call, moments);
  call.arithmetic = {on_each(x, 4)};
  call.scratch = scratch_of(inner_, &Backend::batch_norm_statistics_scratch, x);
  note(stream, std::move(call), [&] { inner_->batch_norm_statistics(stream, x, moments); });
}

std::size_t TracedBackend::do_batch_norm_statistics_scratch(std::int64_t n, std::int64_t c) const {
  return inner_->batch_norm_statistics_scratch(n, c);
}

void TracedBackend::do_batch_norm_training(Stream& stream, Moments moments, BatchNormState state,
                                           Vec<float> mean, Vec<float> rstd) {
  OpCall call = moves("batch_norm_training", state.running_mean, state.running_var, mean, rstd);
  add(call, moments);
  note(stream, std::move(call), [&] { inner_->batch_norm_training(stream, moments, state, mean, rstd); });
}

void TracedBackend::do_batch_norm_inference(Stream& stream, BatchNormState state, Vec<float> mean,
                                            Vec<float> rstd) {
  note(stream, moves("batch_norm_inference", state.running_mean, state.running_var, mean, rstd),
       [&] { inner_->batch_norm_inference(stream, state, mean, rstd); });
}

void TracedBackend::do_activate(Stream& stream, ConstMat x, const Activation& block, Mat y) {
  OpCall call = moves("activate", x, ConstMat(y), block.row_ids);
  add(call, block.norm);
  call.arithmetic = {on_each(x, operations(block))};
  note(stream, std::move(call), [&] { inner_->activate(stream, x, block, y); });
}

void TracedBackend::do_activate_backward(Stream& stream, ConstMat x, ConstMat dy, const Activation& block,
                                         Mat dx, Vec<float> dgamma, Vec<float> dbeta) {
  OpCall call = moves("activate_backward", x, dy, ConstMat(dx), block.row_ids, dgamma, dbeta);
  add(call, block.norm);
  const bool normalises = !block.norm.mean.empty();
  call.arithmetic = {on_each(x, normalises ? kMasksOperations + kThroughStatistics : operations(block))};
  call.scratch = scratch_of(inner_, &Backend::activate_backward_scratch, x);
  note(stream, std::move(call), [&] { inner_->activate_backward(stream, x, dy, block, dx, dgamma, dbeta); });
}

std::size_t TracedBackend::do_activate_backward_scratch(std::int64_t n, std::int64_t c) const {
  return inner_->activate_backward_scratch(n, c);
}

void TracedBackend::do_activate_backward_masks(Stream& stream, ConstMat x, ConstMat dy,
                                               const Activation& block, Mat g, Vec<float> dgamma,
                                               Vec<float> dbeta, Vec<float> sums) {
  OpCall call = moves("activate_backward_masks", x, dy, ConstMat(g), block.row_ids, dgamma, dbeta, sums);
  add(call, block.norm);
  call.arithmetic = {on_each(x, kMasksOperations)};
  call.scratch = scratch_of(inner_, &Backend::activate_backward_masks_scratch, x);
  note(stream, std::move(call),
       [&] { inner_->activate_backward_masks(stream, x, dy, block, g, dgamma, dbeta, sums); });
}

std::size_t TracedBackend::do_activate_backward_masks_scratch(std::int64_t n, std::int64_t c) const {
  return inner_->activate_backward_masks_scratch(n, c);
}

void TracedBackend::do_product_moments(Stream& stream, Moments x, ConstMat w, ConstMat sw,
                                       Vec<const float> bias, Moments y) {
  OpCall call = moves("product_moments", w, sw, bias);
  add(call, x);
  add(call, y);
  call.arithmetic = {on_each(w, 4)};
  note(stream, std::move(call), [&] { inner_->product_moments(stream, x, w, sw, bias, y); });
}

void TracedBackend::do_product_gradient(Stream& stream, ConstMat xg, ConstMat sw, Moments x,
                                        const Normalization& norm, Vec<const float> sums, Mat dw) {
  OpCall call = moves("product_gradient", xg, sw, ConstMat(dw), ConstMat(dw), sums);  // dw: read and written
  add(call, x);
  add(call, norm);
  call.arithmetic = {on_each(xg, 8)};
  note(stream, std::move(call), [&] { inner_->product_gradient(stream, xg, sw, x, norm, sums, dw); });
}

// ---- rows

void TracedBackend::do_column_sums(Stream& stream, ConstMat x, Vec<float> out) {
  OpCall call = moves("column_sums", x, out);
  call.arithmetic = {on_each(x, 1)};
  call.scratch = scratch_of(inner_, &Backend::column_sums_scratch, x);
  note(stream, std::move(call), [&] { inner_->column_sums(stream, x, out); });
}

std::size_t TracedBackend::do_column_sums_scratch(std::int64_t n, std::int64_t c) const {
  return inner_->column_sums_scratch(n, c);
}

void TracedBackend::do_convert(Stream& stream, ConstMat x, Mat y) {
  note(stream, moves("convert", x, ConstMat(y)), [&] { inner_->convert(stream, x, y); });
}

void TracedBackend::do_gather_rows(Stream& stream, ConstMat x, Vec<const NodeId> rows, Mat y) {
  note(stream, moves("gather_rows", ConstMat(y), ConstMat(y), rows),  // as many rows read as written
       [&] { inner_->gather_rows(stream, x, rows, y); });
}

void TracedBackend::do_scatter_rows(Stream& stream, ConstMat x, Vec<const NodeId> rows, Mat y) {
  note(stream, moves("scatter_rows", x, x, rows), [&] { inner_->scatter_rows(stream, x, rows, y); });
}

void TracedBackend::do_argmax(Stream& stream, ConstMat x, Vec<std::int32_t> out) {
  OpCall call = moves("argmax", x, out);
  call.arithmetic = {on_each(x, 1)};
  note(stream, std::move(call), [&] { inner_->argmax(stream, x, out); });
}

void TracedBackend::do_count_correct(Stream& stream, ConstMat logits, Vec<const std::int32_t> labels,
                                     Vec<const std::uint8_t> part, Vec<std::int64_t> correct) {
  OpCall call = moves("count_correct", logits, labels, part, correct);
  call.arithmetic = {on_each(logits, 1)};
  note(stream, std::move(call), [&] { inner_->count_correct(stream, logits, labels, part, correct); });
}

// ---- loss and optimiser

void TracedBackend::do_log_softmax_nll(Stream& stream, ConstMat logits, Vec<const std::int32_t> labels,
                                       Mat dlogits, Vec<double> loss) {
  OpCall call = moves("log_softmax_nll", logits, labels, ConstMat(dlogits), loss);
  call.arithmetic = {on_each(logits, 5)};  // largest, difference, exponential, sum, share
  note(stream, std::move(call), [&] { inner_->log_softmax_nll(stream, logits, labels, dlogits, loss); });
}

std::size_t TracedBackend::do_log_softmax_nll_scratch(std::int64_t r) const {
  return inner_->log_softmax_nll_scratch(r);
}

void TracedBackend::do_bce_with_logits(Stream& stream, ConstMat logits, ConstMat targets, Mat dlogits,
                                       Vec<double> loss) {
  OpCall call = moves("bce_with_logits", logits, targets, ConstMat(dlogits), loss);
  call.arithmetic = {on_each(logits, 9)};
  note(stream, std::move(call), [&] { inner_->bce_with_logits(stream, logits, targets, dlogits, loss); });
}

std::size_t TracedBackend::do_bce_with_logits_scratch(std::int64_t r, std::int64_t k) const {
  return inner_->bce_with_logits_scratch(r, k);
}

void TracedBackend::do_begin_step(Stream& stream, StepState* state) {
  note(stream, moves("begin_step", Vec<StepState>{state, 1}), [&] { inner_->begin_step(stream, state); });
}

void TracedBackend::do_adam(Stream& stream, Vec<float> parameters, Vec<const float> gradients, Vec<float> m,
                            Vec<float> v, Vec<const AdamGroup> groups, const AdamOptions& options,
                            const StepState* state) {
  OpCall call = moves("adam", parameters, parameters, gradients, m, m, v, v, groups);
  call.arithmetic = {{parameters.size, 1, 12}};
  note(stream, std::move(call),
       [&] { inner_->adam(stream, parameters, gradients, m, v, groups, options, state); });
}

}  // namespace weft::bench
