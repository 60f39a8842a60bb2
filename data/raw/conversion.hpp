#pragma once
// What a conversion is asked for. Readers of raw files see it too, and nothing of the cache that they fill.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "data/graph/node_order.hpp"
#include "data/raw/raw_folder.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {

/// Where a dataset lies: its folder, its cache file, and the name it goes by.
struct Location {
  std::string name;              // OGB's name where the folder's name is one of OGB's, else the folder's
  std::filesystem::path folder;  // holds raw/ and split/
  std::filesystem::path cache;
  std::string argument;             // what to call it on the command line
  std::filesystem::path file = {};  // a graph of one's own in a .npz file, which then lies in `folder`
};

/// All of OGB's graphs but ogbn-papers100M are sorted in this much memory; that one goes through a file.
inline constexpr std::uint64_t kGraphMemory = std::uint64_t{4} << 30;

struct ConvertOptions {
  int threads = 1;
  bool without_features = false;              // leave the node features out, and say so in the cache
  bool features_may_lack = false;             // leave them out only where their file is missing
  std::optional<std::int64_t> num_classes;    // else the registry's, else the largest label + 1
  std::optional<std::int64_t> unlabelled;     // the label of what has none, besides NaN
  std::optional<bool> add_inverse_edge;       // else the registry's, else false
  std::optional<std::string> default_split;   // else the registry's, else the only one there is, else none
  std::uint64_t memory_bytes = kGraphMemory;  // for sorting edges; beyond it they wait in a file by the cache
  std::optional<NodeOrder> reorder;           // else what default_order() says
  SourceCheck sources = SourceCheck::kTimes;  // how an existing cache is compared with its raw files
  std::filesystem::path splits;  // another .npz file that has the split of a graph in a .npz file, or empty
  std::function<void(const std::string& line)> note;  // what is left out and the like; may be empty
  std::function<void(const std::string& what, double fraction)> progress;  // may be empty, or throw to stop
};

/// Tells `parts`, one after the other, as one line of text.
template <class... Parts>
void note(const ConvertOptions& options, const Parts&... parts) {
  if (options.note) options.note(one_line(detail::concat(parts...)));
}

}  // namespace weft::data
