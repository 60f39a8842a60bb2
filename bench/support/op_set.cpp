#include "bench/support/op_set.hpp"

#include <fmt/format.h>

#include <utility>

#include "bench/support/graphs.hpp"

namespace weft::bench {
namespace {

/// Rows of the matrix that vectors of c numbers are taken from.
enum Place : int { kMean, kRstd, kGamma, kBeta, kRunningMean, kRunningVar, kOut, kSums, kPlaces = kSums + 2 };

constexpr float kDropout = 0.5f;

template <class T, class Value>
Buffer<T> filled(Backend& backend, Stream& stream, std::int64_t size, const Value& value) {
  std::vector<T> host(static_cast<std::size_t>(size));
  for (std::int64_t i = 0; i < size; ++i) host[static_cast<std::size_t>(i)] = static_cast<T>(value(i));
  Buffer<T> buffer(backend, size, "a bench's vector");
  buffer.upload(stream, host.data());
  return buffer;
}

/// 1 + 2 c doubles: count, sums, squares, as of a batch of `rows` rows with variance 1.
Buffer<double> batch(Backend& backend, Stream& stream, std::int64_t rows, std::int64_t cols) {
  return filled<double>(backend, stream, 1 + 2 * cols,
                        [&](std::int64_t i) { return i == 0 || i > cols ? static_cast<double>(rows) : 0.0; });
}

Csr graph(Backend& backend, Stream& stream, const OpSizes& sizes) {
  const data::HostCsr host = power_law_graph(static_cast<NodeId>(sizes.rows), sizes.edges / 2);
  return {backend, stream, host.view()};
}

}  // namespace

OpSet::OpSet(Backend& backend, Stream& stream, const OpSizes& sizes)
    : backend_(backend),
      sizes_(sizes),
      x_(backend, stream, sizes.rows, sizes.cols, DType::kF32),
      dy_(backend, stream, sizes.rows, sizes.cols, DType::kF32),
      y_(backend, stream, sizes.rows, sizes.cols, DType::kF32),
      logits_(backend, stream, sizes.rows, sizes.classes, DType::kF32),
      dlogits_(backend, stream, sizes.rows, sizes.classes, DType::kF32),
      w_(backend, stream, sizes.cols, sizes.cols, DType::kF32),
      sw_(backend, stream, sizes.cols, sizes.cols, DType::kF32),
      xg_(backend, stream, sizes.cols, sizes.cols, DType::kF32),
      dw_(backend, stream, sizes.cols, sizes.cols, DType::kF32),
      vectors_(backend, stream, kPlaces, sizes.cols, DType::kF32),
      p_(backend, stream, sizes.parameters, 1, DType::kF32),
      gradients_(backend, stream, sizes.parameters, 1, DType::kF32),
      m_(backend, stream, sizes.parameters, 1, DType::kF32),
      v_(backend, stream, sizes.parameters, 1, DType::kF32, 1.0),  // squares: not below 0
      moments_(batch(backend, stream, sizes.rows, sizes.cols)),
      moments_of_x_(batch(backend, stream, sizes.rows, sizes.cols)),
      loss_(backend, 1, "a loss"),
      row_ids_(filled<NodeId>(backend, stream, sizes.train_rows,
                              [&](std::int64_t i) { return i * sizes.rows / sizes.train_rows; })),
      labels_(filled<std::int32_t>(backend, stream, sizes.rows,
                                   [&](std::int64_t i) { return i * 7919 % sizes.classes; })),
      predicted_(backend, sizes.rows, "predictions"),
      parts_(
          filled<std::uint8_t>(backend, stream, sizes.rows, [](std::int64_t i) { return i % kSplitParts; })),
      correct_(backend, kSplitParts, "counts"),
      step_(backend, 1, "a step"),
      groups_(backend, 1, "parameter groups"),
      graph_(graph(backend, stream, sizes)),
      offsets_(backend, sizes.rows + 1, "graph offsets"),
      transposed_(backend, graph_.view().num_edges, "graph columns") {
  const StepState state{1, 1, 0, 0.01f};
  step_.upload(stream, &state);
  const AdamGroup group{0, sizes.parameters, 5e-4f};
  groups_.upload(stream, &group);
}

std::vector<Op> OpSet::ops() {
  std::vector<Op> ops;
  add_blocks(ops);
  add_fixed_product(ops);
  add_rows(ops);
  add_loss(ops);
  return ops;
}

std::string OpSet::text(std::int64_t rows, std::int64_t cols) const {
  return cols == 1 ? fmt::format("{}", rows) : fmt::format("{} x {}", rows, cols);
}

Vec<float> OpSet::vector(int place) const { return {vectors_.view().row(place), sizes_.cols}; }

Moments OpSet::moments(Buffer<double>& memory) const {
  double* const at = memory.data();
  return {at, {at + 1, sizes_.cols}, {at + 1 + sizes_.cols, sizes_.cols}};
}

Activation OpSet::block(bool with_norm) const {
  Activation block;
  if (with_norm) block.norm = {vector(kMean), vector(kRstd), vector(kGamma), vector(kBeta)};
  block.relu = true;
  block.dropout = {kDropout, 1, step_.data()};
  return block;
}

ConstMat OpSet::head(const BenchMatrix& matrix, std::int64_t rows) const {
  ConstMat view = matrix.view();
  view.rows = rows;
  return view;
}

void OpSet::add_blocks(std::vector<Op>& ops) {
  const auto& [n, c, k, r, p, e] = sizes_;
  const std::string all = text(n, c);
  const BatchNormState state{vector(kRunningMean), vector(kRunningVar)};
  const Mat x = x_.view(), dy = dy_.view(), y = y_.view();
  const Moments moved = moments(moments_);
  Backend& b = backend_;
  ops.push_back({"batch_norm_statistics", all, [=, &b](Stream& s) { b.batch_norm_statistics(s, x, moved); },
                 b.batch_norm_statistics_scratch(n, c)});
  ops.push_back({"batch_norm_training", text(c, 1), [=, this, &b](Stream& s) {
                   b.batch_norm_training(s, moved, state, vector(kMean), vector(kRstd));
                 }});
  ops.push_back({"activate", all, [=, this, &b](Stream& s) { b.activate(s, x, block(true), y); }});
  ops.push_back(
      {"activate without norm", all, [=, this, &b](Stream& s) { b.activate(s, x, block(false), y); }});
  ops.push_back({"activate_backward", all,
                 [=, this, &b](Stream& s) {
                   b.activate_backward(s, x, dy, block(true), y, vector(kOut), vector(kSums));
                 },
                 b.activate_backward_scratch(n, c)});
  ops.push_back({"activate_backward_masks", all,
                 [=, this, &b](Stream& s) {
                   b.activate_backward_masks(s, x, dy, block(true), y, vector(kOut), vector(kOut),
                                             {vector(kSums).data, 2 * sizes_.cols});
                 },
                 b.activate_backward_masks_scratch(n, c)});
}

void OpSet::add_fixed_product(std::vector<Op>& ops) {
  const std::string square = text(sizes_.cols, sizes_.cols);
  Backend& b = backend_;
  ops.push_back({"product_moments", square, [this, &b](Stream& s) {
                   b.product_moments(s, moments(moments_of_x_), w_.view(), sw_.view(), {}, moments(moments_));
                 }});
  ops.push_back({"product_gradient", square, [this, &b](Stream& s) {
                   b.product_gradient(s, xg_.view(), sw_.view(), moments(moments_of_x_), block(true).norm,
                                      {vector(kSums).data, 2 * sizes_.cols}, dw_.view());
                 }});
}

void OpSet::add_rows(std::vector<Op>& ops) {
  const auto& [n, c, k, r, p, e] = sizes_;
  Backend& b = backend_;
  const auto some = [this](const BenchMatrix& matrix) {
    Mat view = matrix.view();
    view.rows = sizes_.train_rows;
    return view;
  };
  ops.push_back({"column_sums", text(n, c),
                 [this, &b](Stream& s) { b.column_sums(s, x_.view(), vector(kOut)); },
                 b.column_sums_scratch(n, c)});
  ops.push_back({"gather_rows", text(r, c),
                 [this, &b, some](Stream& s) { b.gather_rows(s, x_.view(), row_ids_.view(), some(y_)); }});
  ops.push_back({"scatter_rows", text(r, c), [this, &b](Stream& s) {
                   b.scatter_rows(s, head(x_, sizes_.train_rows), row_ids_.view(), y_.view());
                 }});
  ops.push_back(
      {"argmax", text(n, k), [this, &b](Stream& s) { b.argmax(s, logits_.view(), predicted_.view()); }});
  ops.push_back({"count_correct", text(n, k), [this, &b](Stream& s) {
                   b.count_correct(s, logits_.view(), labels_.view(), parts_.view(), correct_.view());
                 }});
  ops.push_back({"fill_zero", text(n, c), [this, &b](Stream& s) {
                   b.fill_zero(s, y_.view().data, static_cast<std::size_t>(sizes_.rows * sizes_.cols) * 4);
                 }});
  ops.push_back(
      {"transpose", fmt::format("{} edges", graph_.view().num_edges),
       [this, &b](Stream& s) { b.transpose(s, graph_.view(), offsets_.view(), transposed_.view()); },
       b.transpose_scratch(graph_.view())});
}

void OpSet::add_loss(std::vector<Op>& ops) {
  const auto& [n, c, k, r, p, e] = sizes_;
  Backend& b = backend_;
  const Mat whole = dlogits_.view();
  const Mat some{whole.data, r, k, whole.ld, whole.dtype};
  ops.push_back(
      {"log_softmax_nll", text(r, k),
       [this, &b, some](Stream& s) {
         b.log_softmax_nll(s, head(logits_, some.rows), {labels_.data(), some.rows}, some, loss_.view());
       },
       b.log_softmax_nll_scratch(r)});
  // Logits as targets: bounded numbers, which is all that the time depends on.
  ops.push_back({"bce_with_logits", text(r, k),
                 [this, &b, some](Stream& s) {
                   b.bce_with_logits(s, head(logits_, some.rows), head(logits_, some.rows), some,
                                     loss_.view());
                 },
                 b.bce_with_logits_scratch(r, k)});
  const auto flat = [p = p](const BenchMatrix& m) { return Vec<float>{m.view().f32(), p}; };
  ops.push_back({"adam", text(p, 1), [this, &b, flat](Stream& s) {
                   b.adam(s, flat(p_), flat(gradients_), flat(m_), flat(v_), groups_.view(), {},
                          step_.data());
                 }});
}

}  // namespace weft::bench
