// From a location to its cache: which layout, whether what is there still fits.
#include "data/cache/convert.hpp"

#include <algorithm>

#include "data/base/file.hpp"
#include "data/cache/cache.hpp"
#include "data/cache/cache_checks.hpp"
#include "data/cache/cache_writer.hpp"
#include "data/cache/reorder.hpp"
#include "data/raw/layouts.hpp"
#include "data/store/store.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBinary = "raw/data.npz";

/// What lies in raw/ decides. Errors: kUnsupported when no reader knows the layout.
RawDataset read_layout(const RawReader& reader) {
  const fs::path whole = reader.raw().path() / kBinary;
  const auto triplets = reader.raw().find("triplet-type-list"), edges = reader.raw().find("edge");
  if (triplets && edges) refuse_both(*edges, *triplets);
  if (is_there(whole) && (triplets || edges)) refuse_both(whole, triplets ? *triplets : *edges);
  if (triplets) return read_heterogeneous_csv(reader);
  const fs::path typed = reader.raw().path() / "raw/edge_index_dict.npz";
  if (is_there(typed)) {
    fail(ErrorCode::kUnsupported, typed.string(),
         ": several node types in binary form cannot be read (no dataset of OGB has them); write them as "
         ".csv.gz");
  }
  const bool binary = reader.spec() != nullptr && reader.spec()->binary;
  if (binary || is_there(whole)) return read_homogeneous_npz(reader);
  return read_homogeneous_csv(reader);
}

/// The files a cache is made from, listed anew at each call.
using Listing = std::function<std::vector<SourceFile>()>;

void write(const Location& location, RawDataset raw, const RawFolder& folder,
           const std::vector<SourceFile>& sources, const Listing& list, const ConvertOptions& options) {
  CacheWriting writing;
  writing.threads = options.threads;
  writing.memory_bytes = options.memory_bytes;
  writing.progress = options.progress;
  writing.asked = cache::describe(options);
  // Digests were taken at the start; files that change while they are read would make a cache of neither.
  writing.check_before_commit = [&] {
    const std::string difference = cache::difference(folder, list(), sources, SourceCheck::kChanges);
    if (difference.empty()) return;
    fail(ErrorCode::kBadData, location.folder.string(), ": ", difference,
         " since the conversion began; convert again");
  };
  const Reordering how{NodeOrder::kNone, options.threads, options.memory_bytes, options.progress};
  write_cache(location, in_order(std::move(raw), options.reorder, how), sources, writing);
}

std::vector<SourceFile> with_digests(const RawFolder& folder, std::vector<SourceFile> sources,
                                     const ConvertOptions& options) {
  for (SourceFile& source : sources) {
    if (options.progress) options.progress(source.name, 0.0);
    folder.add_digest(source);
  }
  return sources;
}

/// `work` on the files of a dataset that others publish: what they say of themselves is right.
template <class Work>
void with_remedy(const DatasetSpec* spec, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    const bool of_files = error.code() == ErrorCode::kBadData || error.code() == ErrorCode::kNotFound;
    if (spec == nullptr || spec->download.empty() || !of_files) throw;
    fail(error.code(), error.what(), "; OGB's own file is right: unpack the dataset again");
  }
}

void convert_folder(const Location& location, const ConvertOptions& options) {
  const DatasetSpec* const spec = find_dataset(location.name);
  with_remedy(spec, [&] {
    const RawReader reader(location, spec, options);
    const Listing list = [&] { return reader.raw().sources(!options.without_features); };
    const std::vector<SourceFile> sources = with_digests(reader.raw(), list(), options);
    write(location, read_layout(reader), reader.raw(), sources, list, options);
  });
}

/// The name of the graph's file in the location's folder, to which a link may lead.
std::string own_name(const Location& location) {
  std::error_code failed;
  const fs::path whole = fs::weakly_canonical(location.file, failed);
  return (failed ? location.file : whole).filename().string();
}

void convert_file(const Location& location, const ConvertOptions& options) {
  std::vector<std::string> names{own_name(location)};
  if (!options.splits.empty()) {
    // Relative to the file, so that both may move together.
    names.push_back(fs::proximate(fs::absolute(options.splits), fs::absolute(location.folder)).string());
  }
  const RawFolder folder(location.folder);
  const Listing list = [&] { return folder.existing(names); };
  const std::vector<SourceFile> sources = with_digests(folder, list(), options);
  RawDataset raw = read_own_npz(location, options);
  std::string unused;
  for (const std::string& name : unused_arrays(location.file, !options.splits.empty()))
    unused += (unused.empty() ? "" : ", ") + beginning_of(name);
  if (!unused.empty()) note(options, location.file.string(), ": not used: ", unused);
  write(location, std::move(raw), folder, sources, list, options);
}

std::string convert_command(const Location& location) { return "`weft convert " + location.argument + "`"; }

/// Whether a cache was made from raw/, and not from a file of its own, which lies in the folder itself.
bool is_of_folder(const std::vector<SourceFile>& recorded) {
  return !recorded.empty() && std::all_of(recorded.begin(), recorded.end(), [](const SourceFile& source) {
    return source.name.find('/') != std::string::npos;
  });
}

/// Whether a cache was asked for itself, and not what it was made from.
bool is_cache_itself(const Location& location) { return location.cache == fs::path(location.argument); }

/// What the cache was made from, as it is recorded; nothing where there is no cache that can be read.
std::vector<SourceFile> recorded_sources(const Location& location) {
  try {
    return cache::read_sources(*Store::open(location.cache), location.cache.string());
  } catch (const Error&) {
    return {};
  }
}

/// The location, with the file that its cache was made from where the cache is asked for itself, or stands for
/// a folder without raw/.
Location with_source(Location location) {
  const bool by_cache = is_cache_itself(location) || !RawFolder(location.folder).has_raw();
  if (!location.file.empty() || !by_cache) return location;
  fs::path found;
  for (const SourceFile& source : recorded_sources(location)) {
    const fs::path file = location.folder / source.name;
    const bool beside = source.name.find('/') == std::string::npos && is_there(file);
    // A file with the split may lie there too; a cache has the name of its graph.
    if (beside && (found.empty() || file.stem() == location.cache.stem())) found = file;
  }
  if (found.empty()) return location;
  location.file = found;
  location.argument = found.string();
  return location;
}

/// Whether the cache was made from what the location names.
bool is_made_from(const Location& location, const std::vector<SourceFile>& recorded) {
  if (is_cache_itself(location)) return true;
  if (location.file.empty()) {
    return recorded.empty() || is_of_folder(recorded) || !RawFolder(location.folder).has_raw();
  }
  return std::any_of(recorded.begin(), recorded.end(),
                     [&](const SourceFile& source) { return source.name == own_name(location); });
}

/// Several graphs may have one name for their cache: g.npz and g.NPZ, or a folder g and a file g/g.npz in it.
/// Errors: kExists where the cache is of another one that is still there.
void check_owner(const Location& location, const std::vector<SourceFile>& recorded) {
  if (!is_there(location.cache) || is_made_from(location, recorded)) return;
  std::string other;
  if (recorded.empty() && is_there(location.folder / kSynthMarker))
    other = "the graph that `weft synth` made";
  for (const SourceFile& source : recorded) {
    if (other.empty() && is_there(location.folder / source.name)) other = source.name;
  }
  if (other.empty()) return;  // renamed or removed: the cache is out of date
  fail(ErrorCode::kExists, location.cache.string(), ": is the cache of ", other, ", not of ",
       location.file.empty() ? "raw/" : own_name(location),
       "; rename one of the two, or set WEFT_CACHE to a folder for caches, where each has a name of its own");
}

/// The raw files as they are now; none where the cache stands on its own, because what it was made from is
/// not beside it.
std::optional<std::vector<SourceFile>> sources_now(const Location& location, const Facts& facts,
                                                   const std::vector<SourceFile>& recorded) {
  const RawFolder folder(location.folder);
  if (location.file.empty()) {
    const bool file_is_gone = is_cache_itself(location) && !recorded.empty() && !is_of_folder(recorded);
    if (file_is_gone || !folder.has_raw()) return std::nullopt;
    return folder.sources(!facts.without_features);
  }
  std::vector<std::string> names;
  for (const SourceFile& source : recorded) names.push_back(source.name);
  return folder.existing(names);
}

void check_fresh(const Location& location, const Store& store, const Facts& facts, SourceCheck check) {
  const std::vector<SourceFile> recorded = cache::read_sources(store, location.cache.string());
  check_owner(location, recorded);
  const std::optional<std::vector<SourceFile>> now = sources_now(location, facts, recorded);
  const std::string difference =
      now ? cache::difference(RawFolder(location.folder), *now, recorded, check) : std::string();
  if (difference.empty()) return;
  fail(ErrorCode::kStale, location.cache.string(), ": is out of date (", difference, "); run ",
       convert_command(location));
}

/// The split file that the cache of a .npz file was made with, so that making it again needs no option.
fs::path recorded_splits(const Location& location) {
  if (location.file.empty()) return {};
  for (const SourceFile& source : recorded_sources(location)) {
    if (source.name != own_name(location)) return location.folder / source.name;
  }
  return {};
}

/// `given`, and beside it what the cache was converted with, where there is one that knows.
ConvertOptions with_recorded(const Location& location, const ConvertOptions& given) {
  ConvertOptions options = given;
  try {
    if (!is_made_from(location, recorded_sources(location))) return given;
    const std::shared_ptr<Store> store = Store::open(location.cache);
    if (options.splits.empty()) options.splits = recorded_splits(location);
    cache::restore_options(*store, location.cache.string(), options);
    const auto order = cache::read_node_order(*store, location.cache.string());
    if (!options.reorder && order) options.reorder = node_order_of(*order);
  } catch (const Error&) {
    // No cache, or one of another version: it is about to be written anew.
  }
  return options;
}

bool has_features_file(const Location& location) {
  std::error_code ignored;
  return !location.file.empty() || fs::exists(location.folder / kBinary, ignored) ||
         RawFolder(location.folder).has_features();
}

/// A folder without raw/ stands for the one folder in it that has one, which is said.
void note_inner_folder(const Location& location, const ConvertOptions& options) {
  const fs::path asked(location.argument);
  if (!is_folder(asked) || location.folder == asked || location.argument == location.name) return;
  note(options, location.argument, ": has no raw/; ", location.folder.string(), " is taken, which has one");
}

void convert_now(const Location& location, const ConvertOptions& given) {
  ConvertOptions options = given;
  if (!options.splits.empty() && location.file.empty()) {
    fail(ErrorCode::kInvalidArgument, options.splits.string(),
         ": a file with a split goes with a graph in a .npz file; a folder has its splits in split/NAME/");
  }
  if (options.default_split && !location.file.empty()) {
    fail(ErrorCode::kInvalidArgument, location.file.string(),
         ": a graph in a .npz file has one split; leave --split out");
  }
  check_owner(location, recorded_sources(location));
  with_file_errors([&] {
    if (given.features_may_lack && !has_features_file(location)) options.without_features = true;
    location.file.empty() ? convert_folder(location, options) : convert_file(location, options);
  });
  try {
    Store::open(location.cache)->verify(options.threads, true);
  } catch (const Error&) {
    std::error_code failed;
    fs::remove(location.cache, failed);
    throw;
  }
}

Dataset open_now(const Location& location, SourceCheck check) {
  std::error_code ignored;
  if (!fs::exists(location.cache, ignored)) {
    fail(ErrorCode::kNotFound, location.name, ": is not converted yet (no ", location.cache.string(),
         "); run ", convert_command(location));
  }
  const std::shared_ptr<Store> store = Store::open(location.cache);
  Dataset dataset = cache::read_dataset(store, location.cache.string());
  with_file_errors([&] { check_fresh(location, *store, dataset.facts, check); });
  return dataset;
}

}  // namespace

void convert(const Location& location, const ConvertOptions& options) {
  note_inner_folder(location, options);
  convert_now(with_source(location), options);
}

Dataset open_cache(const Location& location, SourceCheck check) {
  return open_now(with_source(location), check);
}

Dataset open_or_convert(const Location& asked, const ConvertOptions& options) {
  note_inner_folder(asked, options);
  const Location location = with_source(asked);
  try {
    return open_now(location, options.sources);
  } catch (const Error& error) {
    const bool has_source = !location.file.empty() || RawFolder(location.folder).has_raw();
    const bool stale = error.code() == ErrorCode::kStale && has_source;
    if (!stale && error.code() != ErrorCode::kNotFound) throw;
    if (stale) note(options, error.what(), ", which is done now");
  }
  convert_now(location, with_recorded(location, options));
  return open_now(location, SourceCheck::kTimes);
}

void verify_cache(const Location& location, const Dataset& dataset, int threads) {
  Store::open(location.cache)->verify(threads);
  cache::check_ids(dataset, location.cache.string());
}

}  // namespace weft::data
