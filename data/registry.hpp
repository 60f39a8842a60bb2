#pragma once
// The table of all 27 OGB datasets (OGB 1.3.6, master.csv of the three task families), and the embedded one.
// Sizes are published ones; of split sizes those that add up to a published total.
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/types.hpp"

namespace weft::data {

struct DatasetSpec {
  std::string_view name;       // "ogbn-arxiv"
  std::string_view task;       // "node", "link", "graph"
  std::string_view task_type;  // OGB's words
  std::string_view metric;
  std::int64_t num_tasks;     // 0 where OGB has none (link)
  std::int64_t num_classes;   // -1 regression, 0 where OGB has none
  std::string_view split;     // default split's folder
  std::string_view download;  // path of the zip under OGB's data address
  int version;                // RELEASE_v<version>.txt
  bool add_inverse_edge;
  bool has_node_attr;
  bool has_edge_attr;
  bool is_hetero;
  bool binary;
  std::string_view node_files;  // additional node files, comma separated, or empty
  std::string_view edge_files;
  std::int64_t num_nodes;        // published totals; for graph prediction: graphs. 0 where not published
  std::int64_t num_edges;        // published, undirected counted once; 0 where not published
  std::int64_t split_sizes[3];   // 0 where not published
  std::string_view sha256 = {};  // of the zip, where it is known
};

const std::vector<DatasetSpec>& known_datasets();
/// Null when OGB has no such dataset. The embedded dataset "debian" is in the table too.
const DatasetSpec* find_dataset(std::string_view name);

/// The folder a dataset lies in under the root: "ogbn-arxiv" -> "ogbn_arxiv"; and back, null when unknown.
std::string folder_name(std::string_view name);
const DatasetSpec* find_dataset_by_folder(std::string_view folder);

/// Known names that `name` may have been meant as, the nearest first: at least one, at most three.
std::vector<std::string_view> closest_names(std::string_view name);
/// Of a name that is not known: "no dataset 'arxiv'; closest: ogbn-arxiv", or what became of one that OGB
/// had.
std::string unknown_dataset_text(std::string_view name);

}  // namespace weft::data
