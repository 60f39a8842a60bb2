#pragma once
// OGB's homogeneous csv layout for node prediction: raw files into checked arrays. Features are left to the
// converter, which streams them.
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "data/convert.hpp"
#include "data/csv_reader.hpp"
#include "data/raw_folder.hpp"
#include "data/registry.hpp"

namespace weft::data {

/// A small matrix in memory: int64 where the file holds whole numbers only, else float32.
struct Column {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<std::int64_t> integers;  // one of the two is filled
  std::vector<float> reals;

  bool is_integer() const { return reals.empty(); }
  Array array() const;
};

/// Edge k goes from source[k] to target[k].
struct EdgeList {
  std::vector<NodeId> source;
  std::vector<NodeId> target;
};

/// A split's node ids: train, valid, test.
using SplitIds = std::array<std::vector<std::int64_t>, 3>;

class OgbReader {
 public:
  /// `spec` is null for a folder that is not OGB's.
  /// Errors: kUnsupported when the dataset or the folder is not a homogeneous csv one for node prediction.
  OgbReader(const Location& location, const DatasetSpec* spec, const ConvertOptions& options);

  /// The one number in num-node-list and in num-edge-list (before inverse edges).
  void read_counts();
  std::int64_t num_nodes() const { return num_nodes_; }
  std::int64_t num_edges() const { return num_edges_; }

  EdgeList read_edges() const;
  /// [n, tasks]; whole numbers from 0, NaN where a node has no label (then float32). Sets num_tasks() and
  /// num_classes().
  Column read_labels();
  std::int64_t num_tasks() const { return num_tasks_; }
  std::int64_t num_classes() const { return num_classes_; }
  /// Additional columns, one row per node or per raw edge.
  std::vector<Column> read_node_columns() const;
  std::vector<Column> read_edge_columns() const;
  /// Every split; within one no node is in two parts, or twice in one, and none is without label where there
  /// is one task.
  std::map<std::string, SplitIds> read_splits(const Column& labels) const;
  std::string default_split() const;

  /// Null when there is none and need not be. Errors: kNotFound when the registry says there is one.
  std::optional<std::filesystem::path> node_features() const;
  std::optional<std::filesystem::path> edge_features() const;

  const RawFolder& raw() const { return raw_; }
  CsvRules rules(const std::filesystem::path& path, const std::string& wanted) const;
  /// Errors: kBadData naming both files and both counts when a file's rows are not the nodes or raw edges.
  void check_rows(const std::filesystem::path& path, std::int64_t rows, bool of_edges) const;

 private:
  void check_supported() const;
  std::int64_t read_count(const std::string& stem, std::int64_t low, std::int64_t high,
                          const char* what) const;
  Column read_column(const RawColumn& file, bool of_edges) const;
  Column read_values(const RawColumn& file, const CsvRules& rules, const CsvSummary& summary) const;
  void check_labels(const std::filesystem::path& path, const Column& labels) const;
  SplitIds read_split(const std::string& name, const Column& labels) const;

  std::string name_;
  RawFolder raw_;
  const DatasetSpec* spec_;
  const ConvertOptions& options_;
  std::int64_t num_nodes_ = 0;
  std::int64_t num_edges_ = 0;
  std::int64_t num_tasks_ = 0;
  std::int64_t num_classes_ = 0;
};

}  // namespace weft::data
