// OGB's csv layout with several node types: raw/num-node-dict, triplet-type-list,
// relations/<h>___<r>___<t>/...
#include <algorithm>
#include <charconv>
#include <limits>

#include "data/csv_text.hpp"
#include "data/layouts.hpp"
#include "data/link_splits.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxNodes = std::numeric_limits<NodeId>::max();
constexpr std::size_t kMostRelations = 100'000;
constexpr const char* kFetch = "unpack the dataset again";
constexpr const char* kCounts = "num-node-dict";

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
    for (auto& [type, table] : raw_.tables) read_nodes(type, table);
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
    const fs::path path = reader_.raw().require(kCounts, kFetch);
    for (const auto& [type, field] : read_csv_record(path)) {
      std::int64_t count = -1;
      const char* const end = field.data() + field.size();
      const bool whole = std::from_chars(field.data(), end, count).ptr == end && !field.empty();
      if (!whole || count < 0 || count > kMaxNodes) {
        fail(ErrorCode::kBadData, path.string(), ": line 2: '", field, "' nodes of type ", type,
             "; wanted a number from 0 to ", kMaxNodes, "; ", kFetch);
      }
      raw_.tables[type].rows = count;
      counts_[type] = {count, path.filename().string(), "nodes"};
    }
  }

  /// Sorted as OGB sorts them.
  std::vector<Triplet> read_triplets() const {
    const fs::path path = reader_.raw().require("triplet-type-list", kFetch);
    std::vector<Triplet> triplets = read_csv_words(path, kMostRelations);
    for (const Triplet& triplet : triplets) {
      if (triplet.size() != 3) {
        fail(ErrorCode::kBadData, path.string(), ": a row has ", triplet.size(),
             " columns where head type, relation and tail type are wanted; ", kFetch);
      }
      for (const std::size_t at : {0, 2}) {
        if (raw_.tables.count(triplet[at]) != 0) continue;
        fail(ErrorCode::kBadData, path.string(), ": '", triplet[at], "' is no node type of ", kCounts,
             "; the files do not belong together: ", kFetch);
      }
    }
    std::sort(triplets.begin(), triplets.end());
    const auto twice = std::adjacent_find(triplets.begin(), triplets.end());
    if (twice != triplets.end()) {
      fail(ErrorCode::kBadData, path.string(), ": ", name_of(*twice), " is there twice; ", kFetch);
    }
    return triplets;
  }

  static std::string name_of(const Triplet& t) { return t[0] + "___" + t[1] + "___" + t[2]; }

  void read_relation(const Triplet& triplet) {
    const std::string folder = "relations/" + name_of(triplet);
    const fs::path counted = reader_.raw().require(folder + "/num-edge-list", kFetch);
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
    relation.edges = reader_.edges(reader_.raw().require(folder + "/edge", kFetch), edges,
                                   raw_.tables[triplet[0]].rows, raw_.tables[triplet[2]].rows);
    for (const RawColumn& file : reader_.raw().edge_columns(folder))
      relation.columns.push_back(in_memory(reader_.read_column(file, edges)));
    require_columns(spec_ != nullptr ? spec_->edge_files : "", relation.columns, folder);
    if (const auto path = reader_.raw().find(folder + "/edge-feat"))
      relation.columns.push_back(reader_.features({"edge_feat", *path}, edges));
  }

  void read_nodes(const std::string& type, RawTable& table) {
    const std::string folder = "node-feat/" + type;
    for (const RawColumn& file : reader_.raw().node_columns(folder))
      table.columns.push_back(in_memory(reader_.read_column(file, counts_[type])));
    const auto path = reader_.raw().find(folder + "/node-feat");
    if (path && !reader_.options().without_features)
      table.columns.push_back(reader_.features({"node_feat", *path}, counts_[type]));
  }

  /// Columns that the registry names must be there: of every relation, of some node type.
  void require_columns(std::string_view wanted, const std::vector<ArraySource>& there,
                       const std::string& folder) const {
    const auto same = [&](const ArraySource& array) { return array.name == wanted; };
    if (!wanted.empty() && std::none_of(there.begin(), there.end(), same))
      reader_.raw().require(folder + "/" + std::string(wanted), kFetch);
  }

  std::vector<std::string> types_with(const fs::path& flags) const {
    std::vector<std::string> types = read_csv_flags(flags);
    for (const std::string& type : types) {
      if (raw_.tables.count(type) != 0) continue;
      fail(ErrorCode::kBadData, flags.string(), ": '", type, "' is no node type of ", kCounts,
           "; the files do not belong together: ", kFetch);
    }
    return types;
  }

  void read_labels_and_splits() {
    std::map<std::string, Column> labels;
    if (const auto flags = reader_.raw().find("nodetype-has-label")) {
      for (const std::string& type : types_with(*flags)) {
        const fs::path path = reader_.raw().require("node-label/" + type + "/node-label", kFetch);
        Labels found = reader_.read_labels({"node_label", path}, counts_[type], false);
        raw_.facts.num_tasks = found.num_tasks;
        raw_.facts.num_classes = found.num_classes;
        labels.emplace(type, std::move(found.column));
      }
    }
    read_splits(labels);
    for (auto& [type, column] : labels) raw_.tables[type].columns.push_back(in_memory(std::move(column)));
  }

  void read_splits(const std::map<std::string, Column>& labels) {
    for (const std::string& name : reader_.raw().splits()) {
      const fs::path folder = reader_.raw().path() / "split" / name;
      const auto flags = reader_.raw().find_in(folder, "nodetype-has-split");
      if (!flags) continue;
      for (const std::string& type : types_with(*flags)) {
        const auto own = labels.find(type);
        add_split(raw_, name, type,
                  reader_.read_split(folder / type, raw_.tables[type].rows, type.c_str(),
                                     own == labels.end() ? nullptr : &own->second));
      }
    }
  }

  const RawReader& reader_;
  const DatasetSpec* spec_;
  std::map<std::string, RowCount> counts_;
  RawDataset raw_;
};

}  // namespace

RawDataset read_heterogeneous_csv(const RawReader& reader) { return HeterogeneousCsv(reader).read(); }

}  // namespace weft::data
