#include "data/cache.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "kernels/base/error.hpp"

namespace weft::data {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Facts, name, task, task_type, metric, num_tasks, num_classes,
                                   default_split, add_inverse_edge, without_features, sparse_columns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SourceFile, name, bytes, modified, digest)

namespace cache {
namespace {

constexpr int kVersion = 3;        // of the description and the sections' names
constexpr int kOldestVersion = 2;  // that can be read: it knows no order of nodes

std::vector<std::string> names_of(const Arrays& arrays) {
  std::vector<std::string> names;
  for (const auto& [name, unused] : arrays) names.push_back(name);
  return names;
}

json describe_split(const Split& split) {
  json parts;
  for (const Part part : kParts) parts[part_name(part)] = names_of(split[part]);
  return parts;
}

json describe_relation(const Relation& relation) {
  return {{"source", relation.source},
          {"name", relation.name},
          {"target", relation.target},
          {"rows", relation.csr.num_rows},
          {"columns", relation.csr.num_cols},
          {"edges", relation.csr.num_edges},
          {"arrays", names_of(relation.edge_columns)}};
}

/// Reads sections, checking them against what the description says of them.
class SectionReader {
 public:
  SectionReader(const Store& store, const std::string& file) : store_(store), file_(file) {}

  Array any(const std::string& name) const {
    if (!store_.has(name)) damaged(name, "is missing");
    return store_.array(name);
  }
  /// The values of a section of `count` numbers of type T.
  template <class T>
  const T* values(const std::string& name, std::int64_t count) const {
    const Array array = any(name);
    if (array.dtype != DTypeOf<T>::value || array.count() != count)
      damaged(name, "has another type or length");
    return static_cast<const T*>(array.data);
  }
  [[noreturn]] void damaged(const std::string& name, const char* problem) const {
    fail(ErrorCode::kBadData, file_, ": section ", name, " ", problem, "; delete the file and convert again");
  }

 private:
  const Store& store_;
  const std::string& file_;
};

Table read_table(const SectionReader& sections, const std::string& type, const json& description) {
  Table table;
  table.rows = description.at("rows").get<std::int64_t>();
  for (const auto& column : description.at("arrays")) {
    const std::string section = table_section(type, column.get<std::string>());
    const Array array = sections.any(section);
    if (array.rows() != table.rows) sections.damaged(section, "has another number of rows");
    table.columns[column.get<std::string>()] = array;
  }
  return table;
}

/// Whoever walks the graph trusts its indices, so they are checked at every open.
void check_structure(const SectionReader& sections, const Relation& relation) {
  const CsrView& csr = relation.csr;
  const EdgeId* end = csr.offsets + csr.num_rows;
  if (csr.offsets[0] != 0 || *end != csr.num_edges || !std::is_sorted(csr.offsets, end + 1)) {
    sections.damaged(relation_section(relation, "offsets"), "does not rise from 0 to the number of edges");
  }
  const auto outside = [&](NodeId column) { return column < 0 || column >= csr.num_cols; };
  if (std::any_of(csr.cols, csr.cols + csr.num_edges, outside)) {
    sections.damaged(relation_section(relation, "cols"), "names a node that is not there");
  }
}

Relation read_relation(const SectionReader& sections, const json& description) {
  Relation relation;
  relation.source = description.at("source").get<std::string>();
  relation.name = description.at("name").get<std::string>();
  relation.target = description.at("target").get<std::string>();
  CsrView& csr = relation.csr;
  csr.num_rows = description.at("rows").get<NodeId>();
  csr.num_cols = description.at("columns").get<NodeId>();
  csr.num_edges = description.at("edges").get<EdgeId>();
  csr.offsets = sections.values<EdgeId>(relation_section(relation, "offsets"), EdgeId{csr.num_rows} + 1);
  csr.cols = sections.values<NodeId>(relation_section(relation, "cols"), csr.num_edges);
  csr.edge_ids = sections.values<EdgeId>(relation_section(relation, "edge_ids"), csr.num_edges);
  check_structure(sections, relation);
  for (const auto& column : description.at("arrays")) {
    const auto name = column.get<std::string>();
    relation.edge_columns[name] = sections.any(relation_section(relation, name));
  }
  return relation;
}

Split read_split(const SectionReader& sections, const std::string& name, const json& description) {
  Split split;
  for (const Part part : kParts) {
    for (const auto& array : description.at(part_name(part))) {
      const auto key = array.get<std::string>();
      split[part][key] = sections.any(split_section(name, part, key));
    }
  }
  return split;
}

/// Offsets of `rows` rows into `end` values. Errors: kBadData unless they rise from 0 to `end`.
void check_offsets(const SectionReader& sections, const std::string& section, std::int64_t rows,
                   std::int64_t end) {
  const auto* offsets = sections.values<std::int64_t>(section, rows + 1);
  if (offsets[0] != 0 || offsets[rows] != end || !std::is_sorted(offsets, offsets + rows + 1))
    sections.damaged(section, "does not rise from 0 to the number of values");
}

template <class T>
void check_range(const SectionReader& sections, const std::string& section, std::int64_t count, T end) {
  const T* values = sections.values<T>(section, count);
  const auto outside = [end](T value) { return value < 0 || value >= end; };
  if (std::any_of(values, values + count, outside)) sections.damaged(section, "holds a value out of range");
}

/// Who uses these arrays trusts them, as with the graph.
class ArrayChecks {
 public:
  ArrayChecks(const SectionReader& sections, const Dataset& dataset)
      : sections_(sections), dataset_(dataset) {}

  void run() const {
    if (has(kGraphOffsets)) check_offsets(sections_, array_section(kGraphOffsets), graphs(), nodes());
    if (has(kLabelOffsets)) check_tokens();
    if (has(kFeatureOffsets)) check_features();
    check_node_order();
  }

 private:
  bool has(const char* name) const { return dataset_.arrays.count(name) != 0; }
  std::int64_t count(const char* name) const {
    if (!has(name)) sections_.damaged(array_section(name), "is missing");
    return dataset_.arrays.at(name).count();
  }
  std::int64_t rows(const char* type) const {
    const auto table = dataset_.tables.find(type);
    if (table == dataset_.tables.end()) sections_.damaged(kDataset, "lacks a table that its arrays need");
    return table->second.rows;
  }
  std::int64_t graphs() const { return rows(kGraphType); }
  std::int64_t nodes() const { return rows(kNodeType); }

  void check_tokens() const {
    const std::int64_t letters = count(kLabelVocabulary);
    const auto* text = sections_.values<std::uint8_t>(array_section(kLabelVocabulary), letters);
    const auto words = static_cast<std::int32_t>(std::count(text, text + letters, '\n'));
    check_offsets(sections_, array_section(kLabelOffsets), graphs(), count(kLabelTokens));
    check_range<std::int32_t>(sections_, array_section(kLabelTokens), count(kLabelTokens), words);
  }

  void check_features() const {
    const std::int64_t entries = count(kFeatureColumns);
    if (count(kFeatureValues) != entries)
      sections_.damaged(array_section(kFeatureValues), "has another length");
    check_offsets(sections_, array_section(kFeatureOffsets), nodes(), entries);
    check_range<NodeId>(sections_, array_section(kFeatureColumns), entries,
                        static_cast<NodeId>(dataset_.facts.sparse_columns));
    sections_.values<float>(array_section(kFeatureValues), entries);
  }

  /// A permutation, where the facts say that there is one.
  void check_node_order() const {
    const std::string section = array_section(kNodeOrder);
    const bool wanted = dataset_.facts.node_order != "none";
    if (wanted != has(kNodeOrder)) sections_.damaged(section, wanted ? "is missing" : "has no name");
    if (!wanted) return;
    const NodeId* order = sections_.values<NodeId>(section, nodes());
    std::vector<bool> seen(static_cast<std::size_t>(nodes()), false);
    for (std::int64_t row = 0; row < nodes(); ++row) {
      const NodeId id = order[row];
      if (id < 0 || id >= nodes() || seen[static_cast<std::size_t>(id)])
        sections_.damaged(section, "is no permutation of the nodes");
      seen[static_cast<std::size_t>(id)] = true;
    }
  }

  const SectionReader& sections_;
  const Dataset& dataset_;
};

/// Runs `read` on the parsed text of a section; text that is not as it should be is a damaged file.
template <class Read>
auto with_json(const Store& store, const std::string& file, const char* section, Read read) {
  const SectionReader sections(store, file);
  if (!store.has(section)) sections.damaged(section, "is missing");
  try {
    return read(json::parse(store.text(section)), sections);
  } catch (const json::exception&) {
    sections.damaged(section, "cannot be read");
  }
}

}  // namespace

std::string table_section(const std::string& type, const std::string& column) {
  return "table/" + type + "/" + column;
}

std::string relation_section(const Relation& relation, const std::string& array) {
  return "relation/" + relation.source + "/" + relation.name + "/" + relation.target + "/" + array;
}

std::string split_section(const std::string& split, Part part, const std::string& array) {
  return "split/" + split + "/" + part_name(part) + "/" + array;
}

std::string array_section(const std::string& array) { return "array/" + array; }

std::string describe(const Dataset& dataset) {
  json tables = json::object(), relations = json::array(), splits = json::object();
  for (const auto& [type, table] : dataset.tables) {
    tables[type] = {{"rows", table.rows}, {"arrays", names_of(table.columns)}};
  }
  for (const Relation& relation : dataset.relations) relations.push_back(describe_relation(relation));
  for (const auto& [name, split] : dataset.splits) splits[name] = describe_split(split);
  const json whole = {{"version", kVersion},
                      {"facts", dataset.facts},
                      {"tables", tables},
                      {"relations", relations},
                      {"splits", splits},
                      {"arrays", names_of(dataset.arrays)},
                      {"node_order", dataset.facts.node_order}};
  return whole.dump();
}

std::string describe(const std::vector<SourceFile>& sources) { return json(sources).dump(); }

Dataset read_dataset(const std::shared_ptr<Store>& store, const std::string& file) {
  return with_json(*store, file, kDataset, [&](const json& whole, const SectionReader& sections) {
    const int version = whole.at("version").get<int>();
    if (version < kOldestVersion || version > kVersion) {
      fail(ErrorCode::kStale, file, ": was written by another version of weft; run `weft convert` again");
    }
    Dataset dataset;
    dataset.facts = whole.at("facts").get<Facts>();
    if (version >= kVersion) dataset.facts.node_order = whole.at("node_order").get<std::string>();
    for (const auto& [type, table] : whole.at("tables").items()) {
      dataset.tables[type] = read_table(sections, type, table);
    }
    for (const json& relation : whole.at("relations"))
      dataset.relations.push_back(read_relation(sections, relation));
    for (const auto& [name, split] : whole.at("splits").items()) {
      dataset.splits[name] = read_split(sections, name, split);
    }
    for (const json& array : whole.at("arrays")) {
      const auto array_name = array.get<std::string>();
      dataset.arrays[array_name] = sections.any(array_section(array_name));
    }
    ArrayChecks(sections, dataset).run();
    dataset.owner = store;
    return dataset;
  });
}

std::vector<SourceFile> read_sources(const Store& store, const std::string& file) {
  return with_json(store, file, kSources, [](const json& list, const SectionReader&) {
    return list.get<std::vector<SourceFile>>();
  });
}

std::optional<std::string> read_node_order(const Store& store, const std::string& file) {
  return with_json(store, file, kDataset,
                   [](const json& whole, const SectionReader&) -> std::optional<std::string> {
                     if (!whole.contains("node_order")) return std::nullopt;
                     return whole.at("node_order").get<std::string>();
                   });
}

std::string difference(const RawFolder& raw, std::vector<SourceFile> now,
                       const std::vector<SourceFile>& recorded) {
  for (std::size_t i = 0; i < now.size() || i < recorded.size(); ++i) {
    // Both lists are sorted: the smaller name is the one that the other list lacks.
    if (i >= recorded.size() || (i < now.size() && now[i].name < recorded[i].name))
      return now[i].name + " is new";
    if (i >= now.size() || recorded[i].name < now[i].name) return recorded[i].name + " is gone";
    if (now[i].bytes != recorded[i].bytes) return now[i].name + " has another size";
    if (now[i].modified == recorded[i].modified) continue;
    raw.add_digest(now[i]);
    if (now[i].digest != recorded[i].digest) return now[i].name + " has changed";
  }
  return {};
}

}  // namespace cache
}  // namespace weft::data
