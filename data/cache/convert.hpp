#pragma once
// From a folder in OGB's raw layout to one cache file, and back to a Dataset.
#include <filesystem>
#include <string>

#include "data/dataset.hpp"
#include "data/raw/conversion.hpp"

namespace weft::data {

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

/// Reads raw/ and every split, checks everything, writes the cache file and compares it with its checksums.
/// OGB's datasets in csv or binary form, and any folder in the same layouts; and a graph in a .npz file.
/// Memory holds labels, splits of ids and, within `memory_bytes`, the graph; columns, features and link
/// splits stream, and in binary form everything of the edges' size. Errors: kNotFound (a missing file, by
/// name), kBadData (file, row, value, what to do), kUnsupported (another layout), kNoSpace, kIo, kExists
/// where the cache is that of another graph. Nothing is left behind when it fails.
void convert(const Location& location, const ConvertOptions& options);

/// Opens the cache. Errors: kNotFound (not converted yet), kBadData (damaged), kStale (raw files changed, or
/// another version of the format), each saying what to run. kExists where it is
/// the cache of another graph. Where its raw/ or its .npz file does not lie beside it, the cache stands on its
/// own.
Dataset open_cache(const Location& location, SourceCheck check = SourceCheck::kTimes);

/// Opens the cache, converting first where there is none or it is stale, which is noted, then with the split
/// file, the order of nodes and the classes, labels of what has none, inverse edges and default split that the
/// stale one was made with. A damaged cache is refused.
Dataset open_or_convert(const Location& location, const ConvertOptions& options);

/// Compares every section's checksum with the file that `dataset` was opened from, then checks the ids that
/// opening leaves unchecked: those of edges and of link splits. Errors: kBadData.
void verify_cache(const Location& location, const Dataset& dataset, int threads);

}  // namespace weft::data
