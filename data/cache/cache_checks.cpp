#include "data/cache/cache_checks.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <type_traits>
#include <vector>

#include "data/base/file.hpp"
#include "data/cache/cache.hpp"
#include "data/graph/node_order.hpp"
#include "data/raw/link_part.hpp"
#include "data/raw/raw_reader.hpp"
#include "data/values.hpp"

namespace weft::data::cache {
namespace {

constexpr const char* kOutOfRange = "holds a value out of range";

bool rises(const std::int64_t* offsets, std::int64_t rows, std::int64_t end) {
  return offsets[0] == 0 && offsets[rows] == end && std::is_sorted(offsets, offsets + rows + 1);
}

/// Whether all are from 0 to `end` - 1.
template <class T>
bool within(const T* values, std::int64_t count, std::int64_t end) {
  using Unsigned = std::make_unsigned_t<T>;  // what is below 0 is above everything
  Unsigned most = 0;
  for (std::int64_t i = 0; i < count; ++i) most = std::max(most, static_cast<Unsigned>(values[i]));
  return count == 0 || most < static_cast<std::uint64_t>(end);
}

/// What a graph's columns are like, in one pass, as there are many.
struct Columns {
  std::uint32_t most = 0;  // a negative one is above everything
  EdgeId falls = 0;        // within rows
};

Columns columns_of(const CsrView& csr) {
  constexpr EdgeId kBlock = 1 << 14;  // whose falls 32 bits count, as many as there are columns in a vector
  Columns seen{csr.num_edges > 0 ? static_cast<std::uint32_t>(csr.cols[0]) : 0, 0};
  for (EdgeId begin = 1; begin < csr.num_edges; begin += kBlock) {
    const EdgeId end = std::min(csr.num_edges, begin + kBlock);
    std::int32_t falls = 0;
    for (EdgeId e = begin; e < end; ++e) {
      seen.most = std::max(seen.most, static_cast<std::uint32_t>(csr.cols[e]));
      falls += csr.cols[e] < csr.cols[e - 1];
    }
    seen.falls += falls;
  }
  for (NodeId row = 0; row < csr.num_rows; ++row) {  // a row may begin with one
    const EdgeId first = csr.offsets[row];
    if (first > 0 && first < csr.offsets[row + 1]) seen.falls -= csr.cols[first] < csr.cols[first - 1];
  }
  return seen;
}

/// Whether each is a class, or NaN for none.
bool are_classes(const Array& labels, std::int64_t classes) {
  return visit_values(labels, [&](const auto* values) {
    return std::all_of(values, values + labels.count(), [&](auto value) {
      const auto label = widened<double>(value);
      return is_nan(label) ||
             (label >= 0 && label < static_cast<double>(classes) && label == std::floor(label));
    });
  });
}

void check_edge_ids(const Relation& relation, const std::string& file) {
  const EdgeId edges = relation.csr.num_edges;
  if (!within(relation.csr.edge_ids, edges, edges))
    fail_section(file, relation_section(relation, "edge_ids"), "names an edge that is not there");
}

class Checks {
 public:
  Checks(const Dataset& dataset, const std::string& file) : dataset_(dataset), file_(file) {}

  void run() const {
    check_facts();
    for (const auto& [type, table] : dataset_.tables) check_table(type, table);
    for (const Relation& relation : dataset_.relations) check_relation(relation);
    for (const auto& [name, split] : dataset_.splits) check_split(name, split);
    if (has(kGraphOffsets)) check_offsets(kGraphOffsets, rows_of(kGraphType), rows_of(kNodeType));
    if (has(kLabelOffsets)) check_tokens();
    check_features();
    check_node_order();
  }

 private:
  template <class... Parts>
  [[noreturn]] void damaged(const std::string& section, const Parts&... parts) const {
    fail_section(file_, section, parts...);
  }
  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    damaged(kDataset, parts...);
  }

  void check_facts() const {
    const Facts& facts = dataset_.facts;
    const bool known_task = facts.task == "node" || facts.task == "link" || facts.task == "graph";
    if (!known_task) refuse("has a task that there is not");
    if (facts.num_tasks < 0 || facts.num_tasks > kMostRows) refuse("has ", facts.num_tasks, " tasks");
    if (facts.num_classes < -1 || facts.num_classes > kMostRows + 1)
      refuse("has ", facts.num_classes, " classes");
    const auto is_named = [&](NodeOrder order) { return facts.node_order == node_order_name(order); };
    if (std::none_of(std::begin(kNodeOrders), std::end(kNodeOrders), is_named))
      refuse("has an order of nodes that there is not");
  }

  void check_table(const std::string& type, const Table& table) const {
    bool has_rows = type == kGraphType || is_target(type);
    for (const auto& [name, array] : table.columns) {
      const std::string section = table_section(type, name);
      if (array.rows() != table.rows) damaged(section, "has another number of rows");
      if (array.cols() > kMostRows) damaged(section, "has too many columns");
      const bool is_label = name == dataset_.facts.task + "_label";  // others are columns like any
      if (is_label && dataset_.facts.num_classes > 0 && !are_classes(array, dataset_.facts.num_classes))
        damaged(section, "holds a label that is no class");
      has_rows = has_rows || array.bytes() >= static_cast<std::uint64_t>(table.rows);
    }
    if (!has_rows && !are_plausible(table.rows, all_edges()))
      refuse("has ", table.rows, " nodes of type ", beginning_of(type), " that nothing has a row for");
  }

  /// Of a relation, which then has an offset for each row.
  bool is_target(const std::string& type) const {
    return std::any_of(dataset_.relations.begin(), dataset_.relations.end(),
                       [&](const Relation& relation) { return relation.target == type; });
  }
  EdgeId all_edges() const {
    EdgeId edges = 0;
    for (const Relation& relation : dataset_.relations) edges += relation.csr.num_edges;
    return edges;
  }

  void check_relation(const Relation& relation) const {
    const CsrView& csr = relation.csr;
    if (csr.num_rows != rows_of(relation.target) || csr.num_cols != rows_of(relation.source))
      refuse("has a relation of other nodes than its tables");
    if (!rises(csr.offsets, csr.num_rows, csr.num_edges))
      damaged(relation_section(relation, "offsets"), "does not rise from 0 to the number of edges");
    const std::string columns = relation_section(relation, "cols");
    const auto [most, falls] = columns_of(csr);
    if (csr.num_edges > 0 && most >= static_cast<std::uint32_t>(csr.num_cols))
      damaged(columns, "names a node that is not there");
    if (falls != 0) damaged(columns, "does not ascend within a row");
    const EdgeId raw_edges = csr.num_edges / (dataset_.facts.add_inverse_edge ? 2 : 1);
    for (const auto& [name, array] : relation.edge_columns) {
      if (array.rows() != raw_edges) damaged(relation_section(relation, name), "has another number of rows");
    }
    // Weights are used wherever the graph is.
    if (relation.edge_columns.count("edge_weight") != 0) check_edge_ids(relation, file_);
  }

  /// Ids of nodes or graphs, by the name of their table. Link splits are check_ids()'s.
  void check_split(const std::string& name, const Split& split) const {
    if (dataset_.facts.task == "link") return;
    for (const Part part : kParts) {
      for (const auto& [type, ids] : split[part]) {
        const std::string section = split_section(name, part, type);
        if (dataset_.tables.count(type) == 0) damaged(section, "is of a type of nodes that there is not");
        if (ids.dtype != DType::kI64) damaged(section, "holds no ids");
        if (!within(ids.as<std::int64_t>().data, ids.count(), rows_of(type)))
          damaged(section, "names a node or graph that is not there");
      }
    }
  }

  bool has(const char* name) const { return dataset_.arrays.count(name) != 0; }
  std::int64_t rows_of(const std::string& type) const {
    const auto table = dataset_.tables.find(type);
    if (table == dataset_.tables.end()) refuse("lacks the table ", beginning_of(type), " that it needs");
    return table->second.rows;
  }
  std::int64_t count(const char* name) const {
    if (!has(name)) damaged(array_section(name), "is missing");
    return dataset_.arrays.at(name).count();
  }
  /// The values of an array of `wanted` numbers of type T.
  template <class T>
  const T* values(const char* name, std::int64_t wanted) const {
    if (count(name) != wanted || dataset_.arrays.at(name).dtype != DTypeOf<T>::value)
      damaged(array_section(name), "has another type or length");
    return dataset_.arrays.at(name).as<T>().data;
  }

  void check_offsets(const char* name, std::int64_t rows, std::int64_t end) const {
    if (!rises(values<std::int64_t>(name, rows + 1), rows, end))
      damaged(array_section(name), "does not rise from 0 to the number of values");
  }

  void check_tokens() const {
    const std::int64_t letters = count(kLabelVocabulary), tokens = count(kLabelTokens);
    const auto* text = values<std::uint8_t>(kLabelVocabulary, letters);
    const std::int64_t words = std::count(text, text + letters, '\n');
    if (letters > 0 && text[letters - 1] != '\n')
      damaged(array_section(kLabelVocabulary), "ends inside a word");
    check_offsets(kLabelOffsets, rows_of(kGraphType), tokens);
    if (!within(values<std::int32_t>(kLabelTokens, tokens), tokens, words))
      damaged(array_section(kLabelTokens), kOutOfRange);
  }

  void check_features() const {
    const std::int64_t width = dataset_.facts.sparse_columns;
    if (width < 0 || width > kMostRows || has(kFeatureOffsets) != (width > 0))
      refuse("has ", width, " columns of sparse features");
    if (width == 0) return;
    const std::int64_t entries = count(kFeatureColumns);
    check_offsets(kFeatureOffsets, rows_of(kNodeType), entries);
    if (!within(values<NodeId>(kFeatureColumns, entries), entries, width))
      damaged(array_section(kFeatureColumns), kOutOfRange);
    values<float>(kFeatureValues, entries);
  }

  /// A permutation, where the facts say that there is one.
  void check_node_order() const {
    const std::string section = array_section(kNodeOrder);
    const bool wanted = dataset_.facts.node_order != "none";
    if (wanted != has(kNodeOrder)) damaged(section, wanted ? "is missing" : "has no name");
    if (!wanted) return;
    const std::int64_t nodes = rows_of(kNodeType);
    const NodeId* order = values<NodeId>(kNodeOrder, nodes);
    std::vector<bool> seen(static_cast<std::size_t>(nodes), false);
    for (std::int64_t row = 0; row < nodes; ++row) {
      const NodeId id = order[row];
      if (id < 0 || id >= nodes || seen[static_cast<std::size_t>(id)])
        damaged(section, "is no permutation of the nodes");
      seen[static_cast<std::size_t>(id)] = true;
    }
  }

  const Dataset& dataset_;
  const std::string& file_;
};

}  // namespace

void check_dataset(const Dataset& dataset, const std::string& file) { Checks(dataset, file).run(); }

void check_ids(const Dataset& dataset, const std::string& file) {
  for (const Relation& relation : dataset.relations) check_edge_ids(relation, file);
  if (dataset.facts.task != "link") return;
  for (const auto& [name, split] : dataset.splits) {
    for (const Part part : kParts) {
      const std::string section = split_section(name, part, "");
      check_link_part(split[part], dataset.tables, file + ": section " + section);
    }
  }
}

}  // namespace weft::data::cache
