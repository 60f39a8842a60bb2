#pragma once
// A dataset in memory: what training, evaluation and reports read. Everything is a view into one owner, which
// is a mapped cache file or, in tests and generators, plain memory.
#include <array>
#include <map>
#include <memory>
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

/// A named split. A part maps names to arrays: node splits hold "node" (int64 ids); link splits will hold
/// "edge", "edge_neg", ...; graph splits "graph".
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
  bool add_inverse_edge = false;  // every raw edge k is edges 2k and 2k + 1 of the graph
  bool without_features = false;  // converted without the node features that the dataset has
};

/// Name of the node type and of the relation of a homogeneous dataset.
inline constexpr const char* kNodeType = "node";
inline constexpr const char* kEdgeType = "edge";

struct Dataset {
  Facts facts;
  std::map<std::string, Table> tables;  // by node type
  std::vector<Relation> relations;
  std::map<std::string, Split> splits;  // by name
  std::shared_ptr<const void> owner;    // keeps every view alive

  /// The one table and relation of a homogeneous dataset. Errors: kUnsupported when there are several.
  const Table& nodes() const;
  const Relation& edges() const;
  /// Errors: kNotFound naming the splits there are. An empty name means the default split.
  const Split& split(const std::string& name) const;
};

}  // namespace weft::data
