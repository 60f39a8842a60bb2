#include "bench/counters/call_of.hpp"

namespace weft::bench {
namespace {

Term term(const ConstMat& m) { return {m.rows, m.cols, static_cast<int>(dtype_bytes(m.dtype))}; }

}  // namespace

void Moved::add(const ConstMat& m) {
  if (m.rows * m.cols > 0) call_.once.push_back(term(m));
}

void Moved::add(const CsrView& a) {
  if (a.offsets == nullptr) return;
  call_.index.push_back({std::int64_t{a.num_rows} + 1, 1, sizeof(EdgeId)});
  call_.index.push_back({a.num_edges, 1, sizeof(NodeId)});
  if (a.weights != nullptr) vectors_.push_back({a.num_edges, 1, sizeof(float)});
}

Mat Resized::out(const Mat& m) const {
  const std::int64_t cols = size_on(sizes, m.cols);
  return {nullptr, size_on(sizes, m.rows), cols, cols, m.dtype};
}

CsrView Resized::in(const CsrView& a) const {
  CsrView other = a;
  other.num_rows = static_cast<NodeId>(size_on(sizes, a.num_rows));
  other.num_cols = static_cast<NodeId>(size_on(sizes, a.num_cols));
  other.num_edges = size_on(sizes, a.num_edges);
  return other;
}

/// A multiply-add of the normalisation, the larger of two for ReLU, a factor of dropout.
int operations(const Activation& block) {
  return (block.norm.mean.empty() ? 0 : 2) + (block.relu ? 1 : 0) + (block.dropout.rate > 0.0f ? 1 : 0);
}

int operations(const ActivateBackward& op) {
  constexpr int kMasks = 7, kThroughStatistics = 5;
  return op.block.norm.mean.empty() ? operations(op.block) : kMasks + kThroughStatistics;
}

void add_work(OpCall& call, const Backend&, const Spmm& op) {
  call.gathered = {{op.a.num_edges, op.x.cols, static_cast<int>(dtype_bytes(op.x.dtype))}};
  call.graph = op.a;
  call.arithmetic = {{op.a.num_edges, op.x.cols, 2}};
}

void add_work(OpCall& call, const Backend& backend, const SpmmTn& op) {
  // Only one of the matrix and its transpose is read.
  if (backend.takes_transposed()) call.index.erase(call.index.begin(), call.index.begin() + 2);
  call.index.resize(2);
  call.gathered = {{op.a.num_edges, op.x.cols, sizeof(float)}};
}

void add_work(OpCall& call, const Backend&, const Transpose&) {
  call.index.insert(call.index.end(), call.once.begin(), call.once.end());
  call.once.clear();
}

void add_work(OpCall& call, const Backend&, const GatherRows& op) {
  call.once.front() = term(op.y);  // as many rows are read as are written
}

void add_work(OpCall& call, const Backend&, const ScatterRows& op) {
  call.once = {term(op.x), term(op.x), {op.rows.size, 1, sizeof(NodeId)}};
}

}  // namespace weft::bench
