// Raw files to cache file: small columns and the graph through memory, features as a stream.
#include "data/convert.hpp"

#include <algorithm>

#include "data/cache.hpp"
#include "data/csv_reader.hpp"
#include "data/graph.hpp"
#include "data/ogb_raw.hpp"
#include "data/store.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

/// A feature file, its size and the type it is stored in, known from a first look.
struct FeatureFile {
  fs::path path;
  std::string section;
  DType dtype = DType::kF32;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  bool of_edges = false;

  std::uint64_t bytes() const { return static_cast<std::uint64_t>(rows * columns) * dtype_bytes(dtype); }
};

/// Integers are stored in the smallest type that holds them all, anything else as float32.
DType smallest_dtype(const CsvSummary& summary) {
  if (!summary.integers) return DType::kF32;
  if (summary.low >= 0 && summary.high <= std::numeric_limits<std::uint8_t>::max()) return DType::kU8;
  const bool fits = summary.low >= std::numeric_limits<std::int32_t>::min() &&
                    summary.high <= std::numeric_limits<std::int32_t>::max();
  return fits ? DType::kI32 : DType::kI64;
}

constexpr const char* kFiniteNumber = "a finite number";

FeatureFile look_at(const OgbReader& reader, const fs::path& path, std::string section, bool of_edges) {
  CsvRules rules = reader.rules(path, kFiniteNumber);
  rules.progress = nullptr;
  const CsvSummary summary = scan_csv(path, rules, true);
  const std::int64_t rows = of_edges ? reader.num_edges() : reader.num_nodes();
  return {path, std::move(section), smallest_dtype(summary), rows, summary.columns, of_edges};
}

template <class T>
void stream_values(const OgbReader& reader, const FeatureFile& file, StoreWriter& writer) {
  CsvRules rules = reader.rules(file.path, kFiniteNumber);
  rules.columns = file.columns;
  std::int64_t rows = 0;
  read_csv<T>(file.path, rules, [&](const T* values, std::int64_t count, std::int64_t columns) {
    rows += count;
    if (rows > file.rows) reader.check_rows(file.path, csv_row_count(file.path), file.of_edges);
    writer.append(values, static_cast<std::size_t>(count * columns) * sizeof(T));
  });
  reader.check_rows(file.path, rows, file.of_edges);
}

void stream_features(const OgbReader& reader, const FeatureFile& file, StoreWriter& writer) {
  writer.begin(file.section, file.dtype, {file.rows, file.columns});
  switch (file.dtype) {
    case DType::kU8:
      return stream_values<std::uint8_t>(reader, file, writer);
    case DType::kI32:
      return stream_values<std::int32_t>(reader, file, writer);
    case DType::kI64:
      return stream_values<std::int64_t>(reader, file, writer);
    default:
      return stream_values<float>(reader, file, writer);
  }
}

template <class T>
Array array_of(const std::vector<T>& values) {
  return {DTypeOf<T>::value, {static_cast<std::int64_t>(values.size())}, values.data()};
}

/// One conversion, from the checks to the cache file.
class Conversion {
 public:
  Conversion(const Location& location, const ConvertOptions& options)
      : location_(location),
        options_(options),
        spec_(find_dataset(location.name)),
        reader_(location, spec_, options),
        sources_(reader_.raw().sources(!options.without_features)) {}

  void run() {
    for (SourceFile& source : sources_) reader_.raw().add_digest(source);
    read_columns();
    HostCsr graph = read_graph();
    look_at_features();
    std::error_code failed;
    fs::create_directories(location_.cache.parent_path(), failed);
    if (failed) {
      fail(ErrorCode::kIo, location_.cache.parent_path().string(), ": cannot be made: ", failed.message(),
           "; name a folder for caches with the environment's WEFT_CACHE");
    }
    StoreWriter writer(location_.cache, expected_bytes(graph));
    write_graph(graph, writer);
    graph = HostCsr{};
    write_columns(writer);
    for (const FeatureFile& file : features_) stream_features(reader_, file, writer);
    check_unchanged();
    writer.add_text(cache::kDataset, cache::describe(dataset_));
    writer.add_text(cache::kSources, cache::describe(sources_));
    writer.commit();
  }

 private:
  void read_columns() {
    reader_.read_counts();
    node_columns_ = reader_.read_node_columns();
    edge_columns_ = reader_.read_edge_columns();
    node_columns_.push_back(reader_.read_labels());
    splits_ = reader_.read_splits(node_columns_.back());
    fill_facts();
    Table& table = dataset_.tables[kNodeType];
    table.rows = reader_.num_nodes();
    for (const Column& column : node_columns_) table.columns[column.name] = column.array();
    for (const auto& [name, ids] : splits_) {
      for (const Part part : kParts)
        dataset_.splits[name][part][kNodeType] = array_of(ids[static_cast<std::size_t>(part)]);
    }
  }

  void fill_facts() {
    Facts& facts = dataset_.facts;
    facts.name = location_.name;
    facts.task = "node";
    facts.task_type = spec_ != nullptr ? spec_->task_type : "multiclass classification";
    facts.metric = spec_ != nullptr ? spec_->metric : "acc";
    facts.num_tasks = reader_.num_tasks();
    facts.num_classes = reader_.num_classes();
    facts.default_split = reader_.default_split();
    facts.add_inverse_edge = options_.add_inverse_edge.value_or(spec_ != nullptr && spec_->add_inverse_edge);
    facts.without_features = options_.without_features;
  }

  HostCsr read_graph() {
    const EdgeList edges = reader_.read_edges();
    const auto count = static_cast<std::int64_t>(edges.source.size());
    HostCsr graph = csr_from_edges({edges.source.data(), count}, {edges.target.data(), count},
                                   static_cast<NodeId>(reader_.num_nodes()), dataset_.facts.add_inverse_edge,
                                   options_.threads);
    Relation relation{kNodeType, kEdgeType, kNodeType, graph.view(), {}};
    for (const Column& column : edge_columns_) relation.edge_columns[column.name] = column.array();
    dataset_.relations.push_back(std::move(relation));
    return graph;
  }

  void look_at_features() {
    if (const auto path = reader_.node_features()) {
      features_.push_back(look_at(reader_, *path, cache::table_section(kNodeType, "node_feat"), false));
      dataset_.tables[kNodeType].columns["node_feat"];  // for the description, which takes the names
    }
    if (const auto path = reader_.edge_features()) {
      Relation& relation = dataset_.relations.front();
      features_.push_back(look_at(reader_, *path, cache::relation_section(relation, "edge_feat"), true));
      relation.edge_columns["edge_feat"];
    }
  }

  std::uint64_t expected_bytes(const HostCsr& graph) const {
    std::uint64_t bytes = 1 << 20;  // tables, texts, alignment
    bytes +=
        (graph.offsets.size() + graph.edge_ids.size()) * sizeof(EdgeId) + graph.cols.size() * sizeof(NodeId);
    for (const FeatureFile& file : features_) bytes += file.bytes();
    for (const auto* columns : {&node_columns_, &edge_columns_}) {
      for (const Column& column : *columns) bytes += column.array().bytes();
    }
    for (const auto& [name, ids] : splits_) {
      for (const auto& part : ids) bytes += part.size() * sizeof(std::int64_t);
    }
    return bytes;
  }

  void write_graph(const HostCsr& graph, StoreWriter& writer) const {
    const Relation& relation = dataset_.relations.front();
    writer.add(cache::relation_section(relation, "offsets"), array_of(graph.offsets), Codec::kRaw);
    writer.add(cache::relation_section(relation, "cols"), array_of(graph.cols), Codec::kRaw);
    writer.add(cache::relation_section(relation, "edge_ids"), array_of(graph.edge_ids), Codec::kRaw);
  }

  void write_columns(StoreWriter& writer) const {
    for (const Column& column : node_columns_) {
      writer.add(cache::table_section(kNodeType, column.name), column.array(), Codec::kZstd);
    }
    for (const Column& column : edge_columns_) {
      writer.add(cache::relation_section(dataset_.relations.front(), column.name), column.array(),
                 Codec::kZstd);
    }
    for (const auto& [name, split] : dataset_.splits) {
      for (const Part part : kParts) {
        writer.add(cache::split_section(name, part, kNodeType), split[part].at(kNodeType), Codec::kZstd);
      }
    }
  }

  /// Digests were taken at the start; files that change while they are read would make a cache of neither.
  void check_unchanged() const {
    const std::string difference = cache::difference(reader_.raw(), sources_, !options_.without_features);
    if (difference.empty()) return;
    fail(ErrorCode::kBadData, location_.folder.string(), ": ", difference,
         " since the conversion began; convert again");
  }

  const Location& location_;
  const ConvertOptions& options_;
  const DatasetSpec* spec_;
  OgbReader reader_;
  std::vector<SourceFile> sources_;
  std::vector<Column> node_columns_, edge_columns_;
  std::map<std::string, SplitIds> splits_;
  std::vector<FeatureFile> features_;
  Dataset dataset_;  // views into the above, and facts: what the description is written from
};

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
  Conversion(location, options).run();
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
