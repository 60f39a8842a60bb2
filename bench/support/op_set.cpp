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

template <class T>
void OpSet::add(std::vector<Op>& ops, const std::string& name, const std::string& sizes, const T& op) {
  ops.push_back({name, sizes, [&b = backend_, op](Stream& s) { b.run(s, op); }, backend_.scratch(op)});
}

void OpSet::add_blocks(std::vector<Op>& ops) {
  const std::string all = text(sizes_.rows, sizes_.cols);
  const BatchNormState state{vector(kRunningMean), vector(kRunningVar)};
  const Mat x = x_.view(), dy = dy_.view(), y = y_.view();
  const Moments moved = moments(moments_);
  add(ops, "batch_norm_statistics", all, BatchNormStatistics{x, moved});
  add(ops, "batch_norm_training", text(sizes_.cols, 1),
      BatchNormTraining{moved, state, vector(kMean), vector(kRstd)});
  add(ops, "activate", all, Activate{x, block(true), y});
  add(ops, "activate without norm", all, Activate{x, block(false), y});
  add(ops, "activate_backward", all, ActivateBackward{x, dy, block(true), y, vector(kOut), vector(kSums)});
  add(ops, "activate_backward_masks", all,
      ActivateBackwardMasks{
          x, dy, block(true), y, vector(kOut), vector(kOut), {vector(kSums).data, 2 * sizes_.cols}});
}

void OpSet::add_fixed_product(std::vector<Op>& ops) {
  const std::string square = text(sizes_.cols, sizes_.cols);
  add(ops, "product_moments", square,
      ProductMoments{moments(moments_of_x_), w_.view(), sw_.view(), {}, moments(moments_)});
  add(ops, "product_gradient", square,
      ProductGradient{xg_.view(),
                      sw_.view(),
                      moments(moments_of_x_),
                      block(true).norm,
                      {vector(kSums).data, 2 * sizes_.cols},
                      dw_.view()});
}

void OpSet::add_rows(std::vector<Op>& ops) {
  const auto& [n, c, k, r, p, e] = sizes_;
  Mat some = y_.view();
  some.rows = r;
  add(ops, "column_sums", text(n, c), ColumnSums{x_.view(), vector(kOut)});
  add(ops, "gather_rows", text(r, c), GatherRows{x_.view(), row_ids_.view(), some});
  add(ops, "scatter_rows", text(r, c), ScatterRows{head(x_, r), row_ids_.view(), y_.view()});
  add(ops, "argmax", text(n, k), Argmax{logits_.view(), predicted_.view()});
  add(ops, "count_correct", text(n, k),
      CountCorrect{logits_.view(), labels_.view(), parts_.view(), correct_.view()});
  ops.push_back({"fill_zero", text(n, c), [this](Stream& s) {
                   backend_.fill_zero(s, y_.view().data,
                                      static_cast<std::size_t>(sizes_.rows * sizes_.cols) * 4);
                 }});
  add(ops, "transpose", fmt::format("{} edges", graph_.view().num_edges),
      Transpose{graph_.view(), offsets_.view(), transposed_.view()});
}

void OpSet::add_loss(std::vector<Op>& ops) {
  const auto& [n, c, k, r, p, e] = sizes_;
  const Mat whole = dlogits_.view();
  const Mat some{whole.data, r, k, whole.ld, whole.dtype};
  const ConstMat logits = head(logits_, r);
  add(ops, "log_softmax_nll", text(r, k), LogSoftmaxNll{logits, {labels_.data(), r}, some, loss_.view()});
  // Logits as targets: bounded numbers, which is all that the time depends on.
  add(ops, "bce_with_logits", text(r, k), BceWithLogits{logits, logits, some, loss_.view()});
  const auto flat = [&](const BenchMatrix& m) { return Vec<float>{m.view().f32(), sizes_.parameters}; };
  add(ops, "adam", text(p, 1),
      Adam{flat(p_), flat(gradients_), flat(m_), flat(v_), groups_.view(), {}, step_.data()});
}

}  // namespace weft::bench
