// Graphs go into the cache through memory, or through a file where they are too large, everything else as it
// streams by.
#include "data/cache/cache_writer.hpp"

#include <memory>
#include <utility>

#include "data/cache/cache.hpp"
#include "data/cache/spilled_csr.hpp"
#include "data/graph/graph.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

template <class T>
Array array_of(const std::vector<T>& values) {
  return {DTypeOf<T>::value, {static_cast<std::int64_t>(values.size())}, values.data()};
}

void add_names(const std::vector<ArraySource>& sources, Arrays& arrays) {
  for (const ArraySource& source : sources) arrays[source.name] = {source.dtype, source.shape, nullptr};
}

/// What the description in the cache is written from: names, sizes, facts.
Dataset outline(const RawDataset& raw) {
  Dataset dataset;
  dataset.facts = raw.facts;
  for (const auto& [type, table] : raw.tables) {
    dataset.tables[type].rows = table.rows;
    add_names(table.columns, dataset.tables[type].columns);
  }
  for (const RawRelation& relation : raw.relations) {
    Relation& named = dataset.relations.emplace_back();
    named.source = relation.source;
    named.name = relation.name;
    named.target = relation.target;
    named.csr.num_rows = static_cast<NodeId>(raw.tables.at(relation.target).rows);
    named.csr.num_cols = static_cast<NodeId>(raw.tables.at(relation.source).rows);
    named.csr.num_edges = relation.edges.count * (raw.facts.add_inverse_edge ? 2 : 1);
    add_names(relation.columns, named.edge_columns);
  }
  for (const auto& [name, parts] : raw.splits) {
    for (const Part part : kParts)
      add_names(parts[static_cast<std::size_t>(part)], dataset.splits[name][part]);
  }
  add_names(raw.arrays, dataset.arrays);
  return dataset;
}

class CacheWriter {
 public:
  CacheWriter(const Location& location, const RawDataset& raw, const CacheWriting& options)
      : raw_(raw),
        options_(options),
        folder_(location.cache.has_parent_path() ? location.cache.parent_path() : fs::path(".")),
        outline_(outline(raw)),
        store_(location.cache, expected_bytes() + spilled_bytes()) {}

  void write(const std::vector<SourceFile>& sources) {
    for (std::size_t r = 0; r < raw_.relations.size(); ++r)
      write_graph(raw_.relations[r], outline_.relations[r]);
    for (const auto& [type, table] : raw_.tables) {
      for (const ArraySource& column : table.columns) write(cache::table_section(type, column.name), column);
    }
    for (std::size_t r = 0; r < raw_.relations.size(); ++r) {
      for (const ArraySource& column : raw_.relations[r].columns)
        write(cache::relation_section(outline_.relations[r], column.name), column);
    }
    for (const auto& [name, parts] : raw_.splits) {
      for (const Part part : kParts) {
        for (const ArraySource& array : parts[static_cast<std::size_t>(part)])
          write(cache::split_section(name, part, array.name), array);
      }
    }
    for (const ArraySource& array : raw_.arrays) write(cache::array_section(array.name), array);
    options_.check_before_commit();
    store_.add_text(cache::kDataset, cache::describe(outline_));
    store_.add_text(cache::kSources, cache::describe(sources));
    if (!options_.asked.empty()) store_.add_text(cache::kOptions, options_.asked);
    store_.commit();
  }

 private:
  std::uint64_t expected_bytes() const {
    std::uint64_t bytes = 1 << 20;  // tables, texts, alignment
    const auto add = [&](const std::vector<ArraySource>& arrays) {
      for (const ArraySource& array : arrays) bytes += array.bytes();
    };
    for (const auto& [type, table] : raw_.tables) add(table.columns);
    for (const RawRelation& relation : raw_.relations) add(relation.columns);
    for (const auto& [name, parts] : raw_.splits) {
      for (const auto& part : parts) add(part);
    }
    add(raw_.arrays);
    for (const Relation& relation : outline_.relations) {
      bytes += (static_cast<std::uint64_t>(relation.csr.num_rows) + 1) * sizeof(EdgeId);
      bytes += static_cast<std::uint64_t>(relation.csr.num_edges) * (sizeof(EdgeId) + sizeof(NodeId));
    }
    return bytes;
  }

  /// Of the largest temporary file: relations are written one after the other.
  std::uint64_t spilled_bytes() const {
    std::uint64_t most = 0;
    for (std::size_t r = 0; r < raw_.relations.size(); ++r) {
      const CsrView& size = outline_.relations[r].csr;
      if (graph_bytes(raw_.relations[r], size) <= options_.memory_bytes) continue;
      most = std::max(most, spill_bytes(size.num_edges, spilling(raw_.relations[r])));
    }
    return most;
  }

  void write(const std::string& section, const ArraySource& array) {
    store_.begin(section, array.dtype, array.shape, array.codec);
    std::uint64_t done = 0;
    const auto all = static_cast<double>(std::max<std::uint64_t>(1, array.bytes()));
    array.stream([&](const void* data, std::size_t bytes) {
      store_.append(data, bytes);
      done += bytes;
      if (options_.progress) options_.progress(array.name, static_cast<double>(done) / all);
    });
  }

  void write_graph(const RawRelation& relation, const Relation& outline) {
    if (options_.progress) options_.progress("graph", 0.0);
    if (graph_bytes(relation, outline.csr) > options_.memory_bytes) {
      const SpilledCsrOptions options = spilling(relation);
      return write_spilled_csr(relation.edges, outline.csr.num_rows, outline.csr.num_cols, options,
                               cache::relation_section(outline, ""), store_);
    }
    const HostCsr graph = read_graph(relation, outline.csr);
    store_.add(cache::relation_section(outline, "offsets"), array_of(graph.offsets), Codec::kRaw);
    store_.add(cache::relation_section(outline, "cols"), array_of(graph.cols), Codec::kRaw);
    store_.add(cache::relation_section(outline, "edge_ids"), array_of(graph.edge_ids), Codec::kRaw);
  }

  /// What read_graph() holds at its peak: raw edges, entries sorted by bucket, and the graph.
  std::uint64_t graph_bytes(const RawRelation& relation, const CsrView& size) const {
    return static_cast<std::uint64_t>(relation.edges.count) * 2 * sizeof(NodeId) +
           static_cast<std::uint64_t>(size.num_edges) * (3 * sizeof(NodeId) + sizeof(EdgeId)) +
           static_cast<std::uint64_t>(size.num_rows) * sizeof(EdgeId);
  }

  SpilledCsrOptions spilling(const RawRelation& relation) const {
    const std::uint64_t held =
        relation.edges.held ? static_cast<std::uint64_t>(relation.edges.count) * 2 * sizeof(NodeId) : 0;
    return {raw_.facts.add_inverse_edge, options_.threads,
            options_.memory_bytes - std::min(held, options_.memory_bytes), folder_};
  }

  HostCsr read_graph(const RawRelation& relation, const CsrView& size) const {
    const std::shared_ptr<const EdgeEnds> ends =
        relation.edges.held ? relation.edges.held
                            : std::make_shared<const EdgeEnds>(read_edges(relation.edges));
    return csr_from_edges(ends->sources(), ends->targets(), size.num_rows, size.num_cols,
                          raw_.facts.add_inverse_edge, options_.threads);
  }

  const RawDataset& raw_;
  const CacheWriting& options_;
  fs::path folder_;  // of the cache, and of what waits on disk
  Dataset outline_;
  StoreWriter store_;
};

}  // namespace

void write_cache(const Location& location, const RawDataset& raw, const std::vector<SourceFile>& sources,
                 const CacheWriting& options) {
  std::error_code failed;
  if (location.cache.has_parent_path()) fs::create_directories(location.cache.parent_path(), failed);
  if (failed) {
    fail(ErrorCode::kIo, location.cache.parent_path().string(), ": cannot be made: ", failed.message(),
         "; name a folder for caches with the environment's WEFT_CACHE");
  }
  CacheWriter(location, raw, options).write(sources);
}

}  // namespace weft::data
