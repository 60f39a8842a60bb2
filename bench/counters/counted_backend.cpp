#include "bench/counters/counted_backend.hpp"

namespace weft::bench {

void CountedBackend::watch(Stream& stream, OpCall& call, const std::function<void()>& run) {
  if (call.graph.offsets != nullptr) {
    const auto offsets = static_cast<std::size_t>(call.graph.num_rows + 1) * sizeof(EdgeId);
    simt::name_range(call.graph.offsets, offsets, kIndexName);
    simt::name_range(call.graph.cols, static_cast<std::size_t>(call.graph.num_edges) * sizeof(NodeId),
                     kIndexName);
  }
  simt::name_range(stream.scratch, stream.scratch_bytes, kScratchName);
  simt::start_counting();
  run();
  call.launches = simt::stop_counting();
  simt::forget_ranges();
}

}  // namespace weft::bench
