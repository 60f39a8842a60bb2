#pragma once
// Every op that training and evaluation use beside the products, at given sizes, ready to be called again and
// again.
#include <functional>
#include <string>
#include <vector>

#include "bench/support/device.hpp"

namespace weft::bench {

struct OpSizes {
  std::int64_t rows = 169343;       // n, ogbn-arxiv's nodes
  std::int64_t cols = 256;          // c, hidden columns
  std::int64_t classes = 40;        // k
  std::int64_t train_rows = 90941;  // r <= n, rows that reach the loss
  std::int64_t parameters = 110120;
  std::int64_t edges = 2484941;  // of the graph that is transposed
};

struct Op {
  std::string name;
  std::string sizes;
  std::function<void(Stream&)> run;
  std::size_t scratch = 0;
};

/// The memory of all operands, and the ops on it. Backend and stream must outlive it.
class OpSet {
 public:
  OpSet(Backend& backend, Stream& stream, const OpSizes& sizes);

  std::vector<Op> ops();

 private:
  template <class T>
  void add(std::vector<Op>& ops, const std::string& name, const std::string& sizes, const T& op);
  void add_blocks(std::vector<Op>& ops);
  void add_fixed_product(std::vector<Op>& ops);
  void add_rows(std::vector<Op>& ops);
  void add_loss(std::vector<Op>& ops);

  std::string text(std::int64_t rows, std::int64_t cols) const;
  Vec<float> vector(int place) const;
  Moments moments(Buffer<double>& memory) const;
  Activation block(bool with_norm) const;
  ConstMat head(const BenchMatrix& matrix, std::int64_t rows) const;

  Backend& backend_;
  OpSizes sizes_;
  BenchMatrix x_, dy_, y_;             // [n, c]
  BenchMatrix logits_, dlogits_;       // [n, k]
  BenchMatrix w_, sw_, xg_, dw_;       // [c, c]
  BenchMatrix vectors_;                // [places, c]
  BenchMatrix p_, gradients_, m_, v_;  // [parameters, 1]
  Buffer<double> moments_, moments_of_x_, loss_;
  Buffer<NodeId> row_ids_;  // [r], ascending
  Buffer<std::int32_t> labels_, predicted_;
  Buffer<std::uint8_t> parts_;
  Buffer<std::int64_t> correct_;
  Buffer<StepState> step_;
  Buffer<AdamGroup> groups_;
  Csr graph_;
  Buffer<EdgeId> offsets_;
  Buffer<NodeId> transposed_;
};

}  // namespace weft::bench
