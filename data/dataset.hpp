#pragma once
// A dataset in memory: what training, evaluation and reports read. Everything is a view into one owner, which
// is a mapped cache file or, in tests and generators, plain memory.
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/base/error.hpp"
#include "kernels/base/view.hpp"

namespace weft::data {

/// A dense, row-major array, at least 64-byte aligned.
struct Array {
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  const void* data = nullptr;

  std::int64_t rows() const { return shape.empty() ? 1 : shape[0]; }
  /// Product of the dimensions after the first.
  std::int64_t cols() const;
  std::int64_t count() const { return rows() * cols(); }
  std::size_t bytes() const { return static_cast<std::size_t>(count()) * dtype_bytes(dtype); }

  /// The values. Errors: kInvalidArgument when the array holds another type than T.
  template <class T>
  Vec<const T> as() const {
    WEFT_CHECK(dtype == DTypeOf<T>::value, "array holds ", dtype_name(dtype), " where ",
               dtype_name(DTypeOf<T>::value), " is wanted");
    return {static_cast<const T*>(data), count()};
  }
};

using Arrays = std::map<std::string, Array>;

/// One node type: `rows` nodes and their arrays by OGB's names ("node_feat", "node_label", "node_year", ...).
struct Table {
  std::int64_t rows = 0;
  Arrays columns;
};

/// Edges from one node type to another, as CSR with row = target and the edges' positions in the raw list.
struct Relation {
  std::string source;
  std::string name;
  std::string target;
  CsrView csr;
  Arrays edge_columns;  // rows in raw order: edge_ids of the CSR point here
};

/// The three parts of a split, in OGB's order and words.
enum class Part : std::uint8_t { kTrain = 0, kValid = 1, kTest = 2 };
inline constexpr std::array<Part, 3> kParts{Part::kTrain, Part::kValid, Part::kTest};
const char* part_name(Part part);

/// A named split. A part maps names to arrays: node splits hold int64 ids by node type ("node", in mag
/// "paper"), graph splits "graph", link splits OGB's keys: "edge" [n, 2], "edge_neg" [m, 2], "weight",
/// "year", "source_node", "target_node" [n], "target_node_neg" [n, c], "head", "relation", "tail" [n],
/// "head_neg", "tail_neg" [n, c], and "head_type", "tail_type" [n]: positions in `tables`.
struct Split {
  std::array<Arrays, 3> parts;
  const Arrays& operator[](Part part) const { return parts[static_cast<std::size_t>(part)]; }
  Arrays& operator[](Part part) { return parts[static_cast<std::size_t>(part)]; }
};

/// Facts that do not follow from the arrays.
struct Facts {
  std::string name;       // OGB's name, or the folder's for a user's own data
  std::string task;       // "node", "link" or "graph"
  std::string task_type;  // OGB's words: "multiclass classification", ...
  std::string metric;     // OGB's words: "acc", "rocauc", ...
  std::int64_t num_tasks = 1;
  std::int64_t num_classes = 0;
  std::string default_split;
  bool add_inverse_edge = false;    // every raw edge k is edges 2k and 2k + 1 of the graph
  bool without_features = false;    // converted without the node features that the dataset has
  std::int64_t sparse_columns = 0;  // columns of node features that are kept sparse
  std::string node_order = "none";  // of the rows: "none" (as in the raw files), "degree", "rcm", "community"
};

/// Name of the node type and of the relation of a homogeneous dataset, and of the table and the split arrays
/// of graphs where the dataset is many of them.
inline constexpr const char* kNodeType = "node";
inline constexpr const char* kEdgeType = "edge";
inline constexpr const char* kGraphType = "graph";

/// Names in Dataset::arrays.
inline constexpr const char* kGraphOffsets = "graph_offsets";  // int64 [graphs + 1]
inline constexpr const char* kLabelOffsets = "label_offsets";  // int64 [graphs + 1], into label_tokens
inline constexpr const char* kLabelTokens = "label_tokens";    // int32, positions in the vocabulary
inline constexpr const char* kLabelVocabulary =
    "label_vocabulary";  // uint8: UTF-8 words, each ending in '\n'
inline constexpr const char* kFeatureOffsets = "node_feat_offsets";  // int64 [nodes + 1]
inline constexpr const char* kFeatureColumns = "node_feat_columns";  // int32, ascending within a row
inline constexpr const char* kFeatureValues = "node_feat_values";    // float32
inline constexpr const char* kNodeOrder = "node_order";              // int32 [nodes], original id of each row

struct Dataset {
  Facts facts;
  std::map<std::string, Table> tables;  // by node type; with many graphs also "graph", a row per graph
  std::vector<Relation> relations;
  std::map<std::string, Split> splits;  // by name
  Arrays arrays;                        // what belongs to no table, see the names above
  std::shared_ptr<const void> owner;    // keeps every view alive

  /// Many graphs are one batched graph whose node ids run on: graph g has the nodes offsets[g] to
  /// offsets[g + 1] - 1, and so the rows and edges of the CSR that belong to them. Empty for one graph.
  Vec<const std::int64_t> graph_offsets() const;
  /// Original id of each row where the nodes were reordered, else empty. Every id in the dataset, in splits
  /// too, is a row's; what leaves the program, and what random numbers are a function of, is the original
  /// id.
  Vec<const NodeId> node_order() const;
  std::int64_t original_id(std::int64_t row) const;
  /// Node features kept sparse, [nodes, features] with the values as weights; none when they are dense.
  std::optional<CsrView> sparse_features() const;

  /// The one table and relation of a homogeneous dataset. Errors: kUnsupported when there are several.
  const Table& nodes() const;
  const Relation& edges() const;
  /// Errors: kNotFound naming the splits there are. An empty name means the default split.
  const Split& split(const std::string& name) const;
};

}  // namespace weft::data
