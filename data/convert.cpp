// From a location to its cache: which layout, whether what is there still fits.
#include "data/convert.hpp"

#include "data/cache.hpp"
#include "data/layouts.hpp"
#include "data/store.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSupported =
    "; this version converts node datasets with one node type in csv form: ogbn-arxiv, ogbn-products, "
    "ogbn-proteins, debian, and folders of your own in that layout";

/// Errors: kUnsupported when no reader knows the layout.
RawDataset read_layout(const RawReader& reader, const std::string& name) {
  if (reader.raw().find("triplet-type-list")) return read_heterogeneous_csv(reader);
  const DatasetSpec* spec = reader.spec();
  if (spec != nullptr && (spec->is_hetero || spec->binary)) {
    const char* form = spec->is_hetero ? " with several node types" : spec->binary ? " in npz form" : "";
    fail(ErrorCode::kUnsupported, name, ": is a ", spec->task, " prediction dataset", form, kSupported);
  }
  std::error_code ignored;
  for (const char* other : {"data.npz", "edge_index_dict.npz"}) {
    const fs::path path = reader.raw().path() / "raw" / other;
    if (!fs::exists(path, ignored)) continue;
    fail(ErrorCode::kUnsupported, path.string(), ": belongs to another kind of dataset", kSupported);
  }
  return read_homogeneous_csv(reader);
}

void convert_folder(const Location& location, const ConvertOptions& options) {
  const RawReader reader(location, find_dataset(location.name), options);
  std::vector<SourceFile> sources = reader.raw().sources(!options.without_features);
  for (SourceFile& source : sources) reader.raw().add_digest(source);
  const RawDataset raw = read_layout(reader, location.name);
  CacheWriting writing;
  writing.threads = options.threads;
  // Digests were taken at the start; files that change while they are read would make a cache of neither.
  writing.check_before_commit = [&] {
    const std::string difference = cache::difference(reader.raw(), sources, !options.without_features);
    if (difference.empty()) return;
    fail(ErrorCode::kBadData, location.folder.string(), ": ", difference,
         " since the conversion began; convert again");
  };
  write_cache(location, raw, sources, writing);
}

std::string convert_command(const Location& location) { return "`weft convert " + location.argument + "`"; }

/// A cache file stands for its own raw folder only while that is there.
void check_fresh(const Location& location, const Store& store, const Facts& facts) {
  const RawFolder raw(location.folder);
  if (!raw.has_raw()) return;
  const std::vector<SourceFile> recorded = cache::read_sources(store, location.cache.string());
  const std::string difference = cache::difference(raw, recorded, !facts.without_features);
  if (difference.empty()) return;
  fail(ErrorCode::kStale, location.cache.string(), ": is out of date (", difference, "); run ",
       convert_command(location));
}

}  // namespace

void convert(const Location& location, const ConvertOptions& given) {
  ConvertOptions options = given;
  if (given.features_may_lack && !RawFolder(location.folder).find("node-feat"))
    options.without_features = true;
  convert_folder(location, options);
  try {
    verify_cache(location, options.threads);
  } catch (const Error&) {
    fs::remove(location.cache);
    throw;
  }
}

Dataset open_cache(const Location& location) {
  std::error_code ignored;
  if (!fs::exists(location.cache, ignored)) {
    fail(ErrorCode::kNotFound, location.name, ": is not converted yet (no ", location.cache.string(),
         "); run ", convert_command(location));
  }
  const std::shared_ptr<Store> store = Store::open(location.cache);
  Dataset dataset = cache::read_dataset(store, location.cache.string());
  check_fresh(location, *store, dataset.facts);
  return dataset;
}

Dataset open_or_convert(const Location& location, const ConvertOptions& options) {
  try {
    return open_cache(location);
  } catch (const Error& error) {
    const bool stale = error.code() == ErrorCode::kStale && RawFolder(location.folder).has_raw();
    if (!stale && error.code() != ErrorCode::kNotFound) throw;
  }
  convert(location, options);
  return open_cache(location);
}

void verify_cache(const Location& location, int threads) { Store::open(location.cache)->verify(threads); }

}  // namespace weft::data
