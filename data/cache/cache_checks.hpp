#pragma once
// What a cache must hold before code may follow it: a checksum tells of accidents, not of intent, so every
// id, offset and length is checked as if an enemy had written it. data/STORE.md says what is checked when.
#include <cstdint>
#include <limits>
#include <string>

#include "data/dataset.hpp"

namespace weft::data::cache {

/// Nodes, graphs, classes and columns: NodeId counts them.
inline constexpr std::int64_t kMostRows = std::numeric_limits<NodeId>::max();

/// Throws kBadData: what is wrong with a section of the cache `file`, and what to do.
template <class... Parts>
[[noreturn]] void fail_section(const std::string& file, const std::string& section, const Parts&... parts) {
  fail(ErrorCode::kBadData, file, ": section ", section, " ", parts...,
       "; delete the file and convert again");
}

/// What must hold of every dataset that a cache is opened as. Arrays lie as their sections say, relations'
/// arrays have the type and length that the relation asks for. Reads graphs' offsets and columns, labels, and
/// the ids of node and graph splits. Errors: kBadData.
void check_dataset(const Dataset& dataset, const std::string& file);

/// The ids that only somebody follows who has compared the checksums: of edges without weights, and in link
/// splits. Reads all of them. Errors: kBadData.
void check_ids(const Dataset& dataset, const std::string& file);

}  // namespace weft::data::cache
