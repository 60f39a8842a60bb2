#include "engine/input/operator_on_backend.hpp"

#include <utility>

namespace weft::engine {
namespace {

template <class T>
Vec<const T> view_of(const std::vector<T>& v) {
  return {v.data(), static_cast<std::int64_t>(v.size())};
}

CsrView without_arrays(CsrView a) {
  a.offsets = nullptr;
  a.cols = nullptr;
  a.weights = nullptr;
  return a;
}

std::size_t bytes_of(const CsrView& a, bool weighted) {
  return (static_cast<std::size_t>(a.num_rows) + 1) * sizeof(EdgeId) +
         static_cast<std::size_t>(a.num_edges) * (sizeof(NodeId) + (weighted ? sizeof(float) : 0));
}

/// A device transposes a pattern; weights come transposed from the host.
bool transposed_by_host(const HostOperator& host) { return !host.backward.offsets.empty(); }

Buffer<float> uploaded(Backend& backend, Stream& stream, const std::vector<float>& host) {
  Buffer<float> buffer(backend, static_cast<std::int64_t>(host.size()), "graph scales");
  buffer.upload(stream, host.data());
  return buffer;
}

}  // namespace

OperatorOnBackend::OperatorOnBackend(const HostOperator& host, const Backend& backend)
    : view_{without_arrays(host.forward_view()),
            without_arrays(host.backward_view()),
            {nullptr, static_cast<std::int64_t>(host.row_scale.size())},
            {nullptr, static_cast<std::int64_t>(host.col_scale.size())},
            {}} {
  if (backend.reads_host_memory()) return;
  const bool weighted = !host.forward.weights.empty();
  bytes_ =
      bytes_of(view_.forward, weighted) + sizeof(float) * (host.row_scale.size() + host.col_scale.size());
  if (host.symmetric) return;
  bytes_ += bytes_of(view_.backward, weighted);
  if (!transposed_by_host(host)) scratch_bytes_ = backend.scratch(Transpose{view_.forward, {}, {}});
}

void OperatorOnBackend::place(const HostOperator& host, Backend& backend, Stream& stream) {
  if (!backend.reads_host_memory()) return upload(host, backend, stream);
  view_ = {host.forward_view(), host.backward_view(), view_of(host.row_scale), view_of(host.col_scale),
           view_.rows};
}

void OperatorOnBackend::upload(const HostOperator& host, Backend& backend, Stream& stream) {
  forward_ = Csr(backend, stream, host.forward_view());
  row_scale_ = uploaded(backend, stream, host.row_scale);
  col_scale_ = uploaded(backend, stream, host.col_scale);
  view_.forward = view_.backward = forward_.view();
  view_.row_scale = row_scale_.view();
  view_.col_scale = col_scale_.view();
  if (host.symmetric) return;
  backward_ = transposed_by_host(host) ? Csr(backend, stream, host.backward_view())
                                       : Csr::transposed(backend, stream, view_.forward, host.longest_column);
  view_.backward = backward_.view();
}

}  // namespace weft::engine
