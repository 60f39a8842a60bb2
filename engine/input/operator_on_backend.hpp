#pragma once
// A~ where a backend can use it: as it lies on the host, or in a device's memory.
#include "engine/input/graph_preparation.hpp"
#include "kernels/buffer.hpp"

namespace weft::engine {

class OperatorOnBackend {
 public:
  /// Sizes only; a plan may be recorded against it. Takes no memory.
  OperatorOnBackend(const HostOperator& host, const Backend& backend);
  OperatorOnBackend(const OperatorOnBackend&) = delete;  // plans point at it
  OperatorOnBackend& operator=(const OperatorOnBackend&) = delete;

  const models::GraphOperator& view() const { return view_; }
  /// Which nodes the operator's rows are, in the backend's memory.
  void set_rows(Vec<const NodeId> rows) { view_.rows = rows; }
  /// Bytes of the backend's memory that place() keeps, and those that it needs while it works.
  std::size_t bytes() const { return bytes_; }
  std::size_t scratch_bytes() const { return scratch_bytes_; }

  /// Makes the view usable. On a backend that reads host memory `host` must stay; a device has its own copy,
  /// and makes the transpose itself where the host has not.
  void place(const HostOperator& host, Backend& backend, Stream& stream);

 private:
  void upload(const HostOperator& host, Backend& backend, Stream& stream);

  models::GraphOperator view_;
  std::size_t bytes_ = 0;
  std::size_t scratch_bytes_ = 0;
  Csr forward_, backward_;
  Buffer<float> row_scale_, col_scale_;
};

}  // namespace weft::engine
