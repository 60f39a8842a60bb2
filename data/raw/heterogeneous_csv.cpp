// OGB's csv layout with several node types: raw/num-node-dict, triplet-type-list,
// relations/<h>___<r>___<t>/...
#include <algorithm>
#include <charconv>
#include <limits>

#include "data/csv/csv_text.hpp"
#include "data/raw/layouts.hpp"
#include "data/raw/link_splits.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxNodes = std::numeric_limits<NodeId>::max();
constexpr std::size_t kMostRelations = 100'000;
constexpr const char* kAdvice = "correct the file";
constexpr const char* kCounts = "num-node-dict";

constexpr std::size_t kLongestName =
    64;  // so that a section's name, which has three, is within the store's 255

/// Names of types and relations become parts of paths and of the cache's sections.
void check_name(const fs::path& path, const std::string& name) {
  const bool usable = !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
                      name.find('/') == std::string::npos && name != kGraphType;
  if (usable) return;
  fail(ErrorCode::kBadData, path.string(), ": the name '", name.substr(0, kLongestName),
       "' cannot be used; names of types and relations have 1 to ", kLongestName,
       " letters, no '/', no '.' in front, and are not '", kGraphType, "': rename it");
}

using Triplet = std::vector<std::string>;  // head type, relation, tail type

class HeterogeneousCsv {
 public:
  explicit HeterogeneousCsv(const RawReader& reader) : reader_(reader), spec_(reader.spec()) {}

  RawDataset read() {
    raw_.facts = reader_.facts();
    if (raw_.facts.add_inverse_edge) {
      fail(ErrorCode::kUnsupported, reader_.raw().path().string(),
           ": inverse edges cannot be added between node types; store them as relations of their own");
    }
    read_types();
    for (const Triplet& triplet : read_triplets()) read_relation(triplet);
    check_counts();
    for (auto& [type, table] : raw_.tables) read_nodes(type, table);
    require_features();
    require_node_files();
    if (spec_ != nullptr ? spec_->task == kLinkTask : has_link_splits(reader_.raw())) {
      read_link_splits(reader_, raw_);
    } else {
      read_labels_and_splits();
    }
    raw_.facts.default_split = reader_.default_split();
    return std::move(raw_);
  }

 private:
  void read_types() {
    const fs::path path = reader_.raw().require(kCounts);
    for (const auto& [type, field] : read_csv_record(path)) {
      check_name(path, type);
      std::int64_t count = -1;
      const char* const end = field.data() + field.size();
      const bool whole = std::from_chars(field.data(), end, count).ptr == end && !field.empty();
      if (!whole || count < 0 || count > kMaxNodes) {
        fail(ErrorCode::kBadData, path.string(), ": line 2: '", field, "' nodes of type ", type,
             "; wanted a number from 0 to ", kMaxNodes, "; ", kAdvice);
      }
      raw_.tables[type].rows = count;
      counts_[type] = {count, path.filename().string(), "nodes"};
    }
  }

  void check_counts() const {
    std::int64_t edges = 0;
    for (const RawRelation& relation : raw_.relations) edges += relation.edges.count;
    for (const auto& [type, table] : raw_.tables) {
      if (reader_.raw().node_columns("node-feat/" + type).empty())
        reader_.check_plausible(reader_.raw().require(kCounts), table.rows, edges);
    }
  }

  /// Additional files that OGB's dataset has, of some node type.
  void require_node_files() const {
    if (spec_ == nullptr || spec_->node_files.empty()) return;
    const auto same = [&](const ArraySource& array) { return array.name == spec_->node_files; };
    for (const auto& [type, table] : raw_.tables) {
      if (std::any_of(table.columns.begin(), table.columns.end(), same)) return;
    }
    fail(ErrorCode::kNotFound, (reader_.raw().path() / "raw/node-feat").string(), ": no <type>/",
         spec_->node_files, ".csv.gz");
  }

  /// Where OGB's dataset has features, some node type has them.
  void require_features() const {
    const bool wanted = spec_ != nullptr && spec_->has_node_attr && !reader_.options().without_features;
    if (!wanted || reader_.raw().has_features()) return;
    fail(ErrorCode::kNotFound, (reader_.raw().path() / "raw/node-feat").string(),
         ": no <type>/node-feat.csv.gz; convert the rest with --without-features");
  }

  /// Sorted as OGB sorts them.
  std::vector<Triplet> read_triplets() const {
    const fs::path path = reader_.raw().require("triplet-type-list");
    std::vector<Triplet> triplets = read_csv_words(path, kMostRelations);
    if (triplets.empty())
      fail(ErrorCode::kBadData, path.string(), ": names no relation, so there is no edge at all; ", kAdvice);
    for (const Triplet& triplet : triplets) {
      if (triplet.size() != 3) {
        fail(ErrorCode::kBadData, path.string(), ": a row has ", triplet.size(),
             " columns where head type, relation and tail type are wanted; ", kAdvice);
      }
      check_name(path, triplet[1]);
      for (const std::size_t at : {0, 2}) {
        if (raw_.tables.count(triplet[at]) != 0) continue;
        fail(ErrorCode::kBadData, path.string(), ": '", triplet[at], "' is no node type of ", kCounts,
             "; the files do not belong together: correct one of them");
      }
    }
    std::sort(triplets.begin(), triplets.end());
    const auto twice = std::adjacent_find(triplets.begin(), triplets.end());
    if (twice != triplets.end()) {
      fail(ErrorCode::kBadData, path.string(), ": ", name_of(*twice), " is there twice; ", kAdvice);
    }
    return triplets;
  }

  static std::string name_of(const Triplet& t) { return t[0] + "___" + t[1] + "___" + t[2]; }

  void read_relation(const Triplet& triplet) {
    const std::string folder = "relations/" + name_of(triplet);
    const fs::path counted = reader_.raw().require(folder + "/num-edge-list");
    const auto counts =
        reader_.read_counts(counted, 0, std::numeric_limits<std::int64_t>::max() / 2, "edges");
    if (counts.size() != 1) {
      fail(ErrorCode::kUnsupported, counted.string(), ": has ", counts.size(),
           " rows, one per graph, where one graph with several node types can be read");
    }
    const RowCount edges{counts[0], counted.filename().string(), "edges"};
    RawRelation& relation = raw_.relations.emplace_back();
    relation.source = triplet[0];
    relation.name = triplet[1];
    relation.target = triplet[2];
    relation.edges = reader_.edges(reader_.raw().require(folder + "/edge"), edges,
                                   raw_.tables[triplet[0]].rows, raw_.tables[triplet[2]].rows);
    for (const RawColumn& file : reader_.raw().edge_columns(folder))
      relation.columns.push_back(reader_.column(file, edges));
    require_columns(spec_ != nullptr ? spec_->edge_files : "", relation.columns, folder);
    if (const auto path = reader_.raw().find(folder + "/edge-feat"))
      relation.columns.push_back(reader_.features({"edge_feat", *path}, edges));
  }

  void read_nodes(const std::string& type, RawTable& table) {
    const std::string folder = "node-feat/" + type;
    for (const RawColumn& file : reader_.raw().node_columns(folder))
      table.columns.push_back(reader_.column(file, counts_[type]));
    const auto path = reader_.raw().find(folder + "/node-feat");
    if (path && !reader_.options().without_features)
      table.columns.push_back(reader_.features({"node_feat", *path}, counts_[type]));
  }

  /// Columns that the registry names must be there: of every relation, of some node type.
  void require_columns(std::string_view wanted, const std::vector<ArraySource>& there,
                       const std::string& folder) const {
    const auto same = [&](const ArraySource& array) { return array.name == wanted; };
    if (!wanted.empty() && std::none_of(there.begin(), there.end(), same))
      reader_.raw().require(folder + "/" + std::string(wanted));
  }

  std::vector<std::string> types_with(const fs::path& flags) const {
    std::vector<std::string> types = read_csv_flags(flags);
    for (const std::string& type : types) {
      if (raw_.tables.count(type) != 0) continue;
      fail(ErrorCode::kBadData, flags.string(), ": '", type, "' is no node type of ", kCounts,
           "; the files do not belong together: correct one of them");
    }
    return types;
  }

  void read_labels_and_splits() {
    std::map<std::string, Column> labels;
    const fs::path flags = reader_.raw().require("nodetype-has-label");
    for (const std::string& type : types_with(flags)) {
      const fs::path path = reader_.raw().require("node-label/" + type + "/node-label");
      Labels found = reader_.read_labels({"node_label", path}, counts_[type]);
      raw_.facts.num_tasks = std::max(raw_.facts.num_tasks, found.num_tasks);
      raw_.facts.num_classes =
          found.num_classes < 0 ? found.num_classes : std::max(raw_.facts.num_classes, found.num_classes);
      labels.emplace(type, std::move(found.column));
      if (found.num_classes < 0) set_label_facts(raw_.facts, found, spec_);
    }
    if (labels.empty()) fail(ErrorCode::kBadData, flags.string(), ": no type has labels; ", kAdvice);
    read_splits(labels);
    for (auto& [type, column] : labels) raw_.tables[type].columns.push_back(in_memory(std::move(column)));
  }

  void read_splits(const std::map<std::string, Column>& labels) {
    for (const std::string& name : reader_.raw().splits()) {
      const fs::path folder = reader_.raw().path() / "split" / name;
      if (const auto whole = reader_.raw().split_dict(folder)) {
        fail(ErrorCode::kUnsupported, whole->string(),
             ": splits of several node types are read as <type>/{train,valid,test}.csv.gz; write them so");
      }
      for (const std::string& type : types_with(reader_.raw().split_file(folder, "nodetype-has-split"))) {
        const auto own = labels.find(type);
        add_split(raw_, name, type,
                  reader_.read_split(folder / type, raw_.tables[type].rows, type.c_str(),
                                     own == labels.end() ? nullptr : &own->second));
      }
    }
    if (!raw_.splits.empty()) return;
    fail(ErrorCode::kNotFound, (reader_.raw().path() / "split").string(),
         ": no split; add split/<name>/nodetype-has-split.csv.gz and <type>/{train,valid,test}.csv.gz");
  }

  const RawReader& reader_;
  const DatasetSpec* spec_;
  std::map<std::string, RowCount> counts_;
  RawDataset raw_;
};

}  // namespace

RawDataset read_heterogeneous_csv(const RawReader& reader) { return HeterogeneousCsv(reader).read(); }

}  // namespace weft::data
