#pragma once
// From a folder in OGB's raw layout to one cache file, and back to a Dataset.
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "data/dataset.hpp"

namespace weft::data {

/// Where a dataset lies: its folder (holding raw/ and split/), its cache file, and the name it goes by.
struct Location {
  std::string name;              // OGB's name or the folder's
  std::filesystem::path folder;  // <root>/ogbn_arxiv
  std::filesystem::path cache;   // <folder>/<folder name>.weft, or under WEFT_CACHE where that is set or the
                                 // folder cannot be written
};

/// `name_or_path`: a dataset's name, or a folder (whatever contains '/' or '.').
/// `root`: where dataset folders lie. The embedded dataset is found in the source tree or the installation.
/// Errors: kNotFound naming what was looked for, with the closest known names or what to run.
Location locate(const std::string& name_or_path, const std::filesystem::path& root);

struct ConvertOptions {
  int threads = 1;
  bool without_features = false;            // leave the node features out, and say so in the cache
  std::optional<std::int64_t> num_classes;  // for a folder that is not in the registry; else inferred
  std::optional<bool> add_inverse_edge;     // likewise; default false
  std::function<void(const std::string& what, double fraction)> progress;  // may be empty
};

/// Reads raw/ and every split, checks everything, writes the cache file. Memory stays near the size of the
/// output. Errors: kNotFound (a missing file, by name), kBadData (file, row, value, what to do), kNoSpace,
/// kIo. Nothing is left behind when it fails.
void convert(const Location& location, const ConvertOptions& options);

/// Opens the cache. Errors: kNotFound (not converted yet), kBadData (damaged), kStale (raw files changed, or
/// another version of the format), each saying what to run.
Dataset open_cache(const Location& location);

/// Opens the cache, converting first where there is none or it is stale. A damaged cache is refused.
Dataset open_or_convert(const Location& location, const ConvertOptions& options);

/// Compares every section's checksum with the file. Errors: kBadData.
void verify_cache(const Location& location, int threads);

}  // namespace weft::data
