#include "data/cache/cache.hpp"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "data/cache/cache_checks.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {

using nlohmann::json;

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Facts, name, task, task_type, metric, num_tasks, num_classes,
                                   default_split, add_inverse_edge, without_features, sparse_columns)

void to_json(json& out, const SourceFile& file) {
  out = {{"name", file.name},
         {"bytes", file.bytes},
         {"modified", file.modified},
         {"digest", file.digest},
         {"changed", file.changed}};
}

void from_json(const json& in, SourceFile& file) {
  in.at("name").get_to(file.name);
  in.at("bytes").get_to(file.bytes);
  in.at("modified").get_to(file.modified);
  in.at("digest").get_to(file.digest);
  file.changed = in.value("changed", std::int64_t{0});  // older caches have none
}

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
  template <class... Parts>
  [[noreturn]] void damaged(const std::string& name, const Parts&... parts) const {
    fail_section(file_, name, parts...);
  }
  /// A length in the description, at most `most`.
  std::int64_t length(const json& description, const char* key, std::int64_t most) const {
    const auto value = description.at(key).get<std::int64_t>();
    if (value < 0 || value > most) damaged(kDataset, "says ", key, ": ", value);
    return value;
  }

 private:
  const Store& store_;
  const std::string& file_;
};

Table read_table(const SectionReader& sections, const std::string& type, const json& description) {
  Table table;
  table.rows = sections.length(description, "rows", kMostRows);
  for (const auto& column : description.at("arrays")) {
    const auto name = column.get<std::string>();
    table.columns[name] = sections.any(table_section(type, name));
  }
  return table;
}

Relation read_relation(const SectionReader& sections, const json& description) {
  Relation relation;
  relation.source = description.at("source").get<std::string>();
  relation.name = description.at("name").get<std::string>();
  relation.target = description.at("target").get<std::string>();
  CsrView& csr = relation.csr;
  csr.num_rows = static_cast<NodeId>(sections.length(description, "rows", kMostRows));
  csr.num_cols = static_cast<NodeId>(sections.length(description, "columns", kMostRows));
  csr.num_edges = sections.length(description, "edges", std::numeric_limits<EdgeId>::max());
  csr.offsets = sections.values<EdgeId>(relation_section(relation, "offsets"), EdgeId{csr.num_rows} + 1);
  csr.cols = sections.values<NodeId>(relation_section(relation, "cols"), csr.num_edges);
  csr.edge_ids = sections.values<EdgeId>(relation_section(relation, "edge_ids"), csr.num_edges);
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

/// Names of files are bytes, and JSON is UTF-8: other bytes are escaped, and so is a backslash, so that the
/// name can be had back.
std::string stored_name(std::string_view name) {
  std::string escaped;
  for (const char c : name) escaped += c == '\\' ? std::string("\\x5c") : std::string(1, c);
  return utf8_text(escaped);
}

std::string name_of_stored(std::string_view stored) {
  std::string name;
  for (std::size_t at = 0; at < stored.size(); ++at) {
    int byte = 0;
    const char* const digits = stored.data() + at + 2;
    const bool escape = stored.substr(at, 2) == "\\x" && at + 4 <= stored.size() &&
                        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    name += escape ? static_cast<char>(byte) : stored[at];
    if (escape) at += 3;
  }
  return name;
}

/// Runs `read` on the parsed text of a section; text that is not as it should be is a damaged file. Its
/// numbers are whole.
template <class Read>
auto with_json(const Store& store, const std::string& file, const char* section, Read read) {
  const SectionReader sections(store, file);
  if (sections.any(section).dtype != DType::kU8) sections.damaged(section, "is no text");
  const auto whole_numbers = [&](int, json::parse_event_t event, const json& value) {
    if (event == json::parse_event_t::value && value.is_number_float())
      sections.damaged(section, "has a number that is not whole");
    return true;
  };
  try {
    return read(json::parse(store.text(section), whole_numbers), sections);
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

std::string describe(const std::vector<SourceFile>& sources) {
  std::vector<SourceFile> named = sources;
  for (SourceFile& source : named) source.name = stored_name(source.name);
  return json(named).dump();
}

std::string describe(const ConvertOptions& asked) {
  json text = json::object();
  if (asked.num_classes) text["classes"] = *asked.num_classes;
  if (asked.unlabelled) text["unlabelled"] = *asked.unlabelled;
  if (asked.add_inverse_edge) text["add_inverse_edge"] = *asked.add_inverse_edge;
  if (asked.default_split) text["split"] = *asked.default_split;
  return text.empty() ? std::string() : text.dump();
}

void restore_options(const Store& store, const std::string& file, ConvertOptions& asked) {
  if (!store.has(kOptions)) return;
  with_json(store, file, kOptions, [&](const json& text, const SectionReader&) {
    const auto restore = [&]<class T>(const char* key, std::optional<T>& option) {
      if (!option && text.contains(key)) option = text.at(key).get<T>();
    };
    restore("classes", asked.num_classes);
    restore("unlabelled", asked.unlabelled);
    restore("add_inverse_edge", asked.add_inverse_edge);
    restore("split", asked.default_split);
    return true;
  });
}

Dataset read_dataset(const std::shared_ptr<Store>& store, const std::string& file) {
  return with_json(*store, file, kDataset, [&](const json& whole, const SectionReader& sections) {
    const auto version = whole.at("version").get<std::int64_t>();
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
    check_dataset(dataset, file);
    dataset.owner = store;
    return dataset;
  });
}

std::vector<SourceFile> read_sources(const Store& store, const std::string& file) {
  return with_json(store, file, kSources, [](const json& list, const SectionReader&) {
    auto sources = list.get<std::vector<SourceFile>>();
    for (SourceFile& source : sources) source.name = name_of_stored(source.name);
    return sources;
  });
}

std::optional<std::string> read_node_order(const Store& store, const std::string& file) {
  return with_json(store, file, kDataset,
                   [](const json& whole, const SectionReader&) -> std::optional<std::string> {
                     if (!whole.contains("node_order")) return std::nullopt;
                     return whole.at("node_order").get<std::string>();
                   });
}

namespace {

/// Whether the bytes need not be looked at.
bool is_the_same(const SourceFile& now, const SourceFile& recorded, SourceCheck check) {
  if (check == SourceCheck::kBytes || now.modified != recorded.modified) return false;
  return check == SourceCheck::kTimes || recorded.changed == 0 || now.changed == recorded.changed;
}

}  // namespace

std::string difference(const RawFolder& raw, std::vector<SourceFile> now,
                       const std::vector<SourceFile>& recorded, SourceCheck check) {
  for (std::size_t i = 0; i < now.size() || i < recorded.size(); ++i) {
    // Both lists are sorted: the smaller name is the one that the other list lacks.
    if (i >= recorded.size() || (i < now.size() && now[i].name < recorded[i].name))
      return now[i].name + " is new";
    if (i >= now.size() || recorded[i].name < now[i].name) return recorded[i].name + " is gone";
    if (now[i].bytes != recorded[i].bytes) return now[i].name + " has another size";
    if (is_the_same(now[i], recorded[i], check)) continue;
    raw.add_digest(now[i]);
    if (now[i].digest != recorded[i].digest) return now[i].name + " has changed";
  }
  return {};
}

}  // namespace cache
}  // namespace weft::data
