#pragma once
// From a folder in OGB's raw layout to one cache file, and back to a Dataset.
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "data/dataset.hpp"
#include "data/node_order.hpp"
#include "data/raw_folder.hpp"

namespace weft::data {

/// Where a dataset lies: its folder, its cache file, and the name it goes by.
struct Location {
  std::string name;              // OGB's name where the folder's name is one of OGB's, else the folder's
  std::filesystem::path folder;  // holds raw/ and split/
  std::filesystem::path cache;
  std::string argument;             // what to call it on the command line
  std::filesystem::path file = {};  // a graph of one's own in a .npz file, which then lies in `folder`
};

/// `name_or_path`: a dataset's name, a folder (whatever contains '/' or '.'), a graph in a .npz file, or a
/// cache file (.weft). `root`: where dataset folders lie: <root>/ogbn_arxiv. raw/ is looked for in that
/// folder and, as in OGB's zips, in its only subfolder that has one. The embedded dataset `debian` is looked
/// for in $WEFT_DATA/debian, ../share/weft/debian beside the program's folder, the installation's
/// share/weft/debian and the source tree's data/debian, in this order. The cache is <folder>/<folder
/// name>.weft, or, where WEFT_CACHE is set, the folder cannot be written, or the dataset is the embedded one,
/// <cache folder>/<folder name>-<digest of its path>.weft; the cache folder is $WEFT_CACHE, else
/// $XDG_CACHE_HOME/weft, else ~/.cache/weft. So nothing is ever written into a source tree. Errors: kNotFound
/// naming what was looked for, with the closest known names or what to do.
Location locate(const std::string& name_or_path, const std::filesystem::path& root);

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

/// Reads raw/ and every split, checks everything, writes the cache file and compares it with its checksums.
/// OGB's datasets in csv or binary form, and any folder in the same layouts; and a graph in a .npz file.
/// Memory holds labels, splits of ids and, within `memory_bytes`, the graph; columns, features and link
/// splits stream, and in binary form everything of the edges' size. Errors: kNotFound (a missing file, by
/// name), kBadData (file, row, value, what to do), kUnsupported (another layout), kNoSpace, kIo. Nothing is
/// left behind when it fails.
void convert(const Location& location, const ConvertOptions& options);

/// Opens the cache. Errors: kNotFound (not converted yet), kBadData (damaged), kStale (raw files changed, or
/// another version of the format), each saying what to run. Where no raw/ lies beside it, the cache stands on
/// its own.
Dataset open_cache(const Location& location, SourceCheck check = SourceCheck::kTimes);

/// Opens the cache, converting first where there is none or it is stale, which is noted, then with the split
/// file, the order of nodes and the classes, labels of what has none, inverse edges and default split that the
/// stale one was made with. A damaged cache is refused.
Dataset open_or_convert(const Location& location, const ConvertOptions& options);

/// Compares every section's checksum with the file that `dataset` was opened from, then checks the ids that
/// opening leaves unchecked: those of edges and of link splits. Errors: kBadData.
void verify_cache(const Location& location, const Dataset& dataset, int threads);

}  // namespace weft::data
