#pragma once
// A graph larger than memory from its edges to the cache's sections.
#include <filesystem>
#include <string>

#include "data/raw/raw_dataset.hpp"
#include "data/store/store.hpp"
#include "kernels/base/view.hpp"

namespace weft::data {

struct SpilledCsrOptions {
  bool add_inverse = false;
  int threads = 1;
  std::uint64_t memory_bytes = 0;  // kept to from kLeastSpillMemory per thread on
  std::filesystem::path folder;    // of the temporary file
};

/// What the smallest blocks and the shortest rows need; a smaller budget is taken for this one.
inline constexpr std::uint64_t kLeastSpillMemory = 64 << 10;

/// Bytes that the temporary file of a graph with `edges` edges (inverse ones counted) may take.
std::uint64_t spill_bytes(EdgeId edges, const SpilledCsrOptions& options);

/// Sections "<prefix>offsets", "cols" and "edge_ids" with what csr_from_edges makes of the same edges, bit
/// for bit, in memory that neither the edges' number nor a row's length moves: edges go to buckets of
/// neighbouring rows in a temporary file, then every bucket is read, sorted and appended. A bucket that is
/// still too large is cut again, in the end within a row, by columns. Errors: those of the stream; kNoSpace,
/// kIo. Free space is for the caller to check first.
void write_spilled_csr(const EdgeSource& edges, NodeId num_rows, NodeId num_cols,
                       const SpilledCsrOptions& options, const std::string& prefix, StoreWriter& store);

}  // namespace weft::data
