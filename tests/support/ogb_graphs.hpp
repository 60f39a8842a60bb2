#pragma once
// Small datasets of many graphs in exactly OGB's csv layout.
#include <random>
#include <string>

#include "tests/support/raw_folder.hpp"

namespace weft::testing {

struct ManyGraphs {
  int graphs = 24;
  int node_channels = 9;    // 0: no node features
  int edge_channels = 3;    // 0: none
  bool real_edges = false;  // edge features in [0, 1] instead of small whole numbers
  unsigned seed = 1;
};

/// Graphs of 1 to 9 nodes, every fifth without an edge; self-loops and repeated edges are among the others.
/// Without labels. The split is by graph id modulo 6: 0 to 3, 4, 5.
inline RawFiles graph_files(const ManyGraphs& options, const std::string& split) {
  std::mt19937 random(options.seed);
  const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
  const auto row = [&](int channels, bool real) {
    std::string text;
    for (int c = 0; c < channels; ++c)
      text +=
          (c == 0 ? "" : ",") + (real ? "0." + std::to_string(100 + below(900)) : std::to_string(below(120)));
    return text + "\n";
  };
  RawFiles files;
  files.text.clear();
  std::string nodes, edges, pairs, node_rows, edge_rows, parts[3];
  for (int g = 0; g < options.graphs; ++g) {
    const int size = 1 + below(9), count = g % 5 == 4 ? 0 : 1 + below(12);
    nodes += std::to_string(size) + "\n";
    edges += std::to_string(count) + "\n";
    for (int v = 0; v < size; ++v) node_rows += row(options.node_channels, false);
    for (int k = 0; k < count; ++k) {
      pairs += std::to_string(below(size)) + "," + std::to_string(below(size)) + "\n";
      edge_rows += row(options.edge_channels, options.real_edges);
    }
    parts[g % 6 < 4 ? 0 : g % 6 - 3] += std::to_string(g) + "\n";
  }
  files.text["raw/num-node-list.csv.gz"] = nodes;
  files.text["raw/num-edge-list.csv.gz"] = edges;
  files.text["raw/edge.csv.gz"] = pairs;
  if (options.node_channels > 0) files.text["raw/node-feat.csv.gz"] = node_rows;
  if (options.edge_channels > 0) files.text["raw/edge-feat.csv.gz"] = edge_rows;
  files.text["split/" + split + "/train.csv.gz"] = parts[0];
  files.text["split/" + split + "/valid.csv.gz"] = parts[1];
  files.text["split/" + split + "/test.csv.gz"] = parts[2];
  files.text["RELEASE_v1.txt"] = "made for tests\n";
  return files;
}

/// ogbg-molpcba's, -molmuv's or another set's files: `tasks` labels 0, 1 or, where `gaps`, missing.
inline RawFiles mol_files(int tasks, bool gaps) {
  RawFiles files = graph_files({}, "scaffold");
  std::mt19937 random(7);
  std::string labels;
  for (int g = 0; g < ManyGraphs().graphs; ++g) {
    for (int t = 0; t < tasks; ++t) {
      const char* const value[] = {"0", "1", ""};
      const unsigned choice = static_cast<unsigned>(random() % (gaps ? 3 : 2));
      labels += (t == 0 ? "" : ",") + std::string(value[choice]) + (gaps && choice < 2 ? ".0" : "");
    }
    labels += "\n";
  }
  files.text["raw/graph-label.csv.gz"] = labels;
  return files;
}

/// ogbg-molesol's: one real label.
inline RawFiles regression_files() {
  RawFiles files = graph_files({}, "scaffold");
  std::string labels;
  for (int g = 0; g < ManyGraphs().graphs; ++g)
    labels += "-" + std::to_string(g % 7) + ".0" + std::to_string(g) + "\n";
  files.text["raw/graph-label.csv.gz"] = labels;
  return files;
}

/// ogbg-ppa's: no node features, seven real edge features, 37 classes.
inline RawFiles graph_ppa_files() {
  ManyGraphs options;
  options.node_channels = 0;
  options.edge_channels = 7;
  options.real_edges = true;
  RawFiles files = graph_files(options, "species");
  std::string labels;
  for (int g = 0; g < options.graphs; ++g) labels += std::to_string(g * 5 % 37) + "\n";
  files.text["raw/graph-label.csv.gz"] = labels;
  return files;
}

/// ogbg-code2's: three additional node files and method names as labels, odd ones among them.
inline RawFiles code2_files() {
  ManyGraphs options;
  options.node_channels = 2;
  options.edge_channels = 0;
  RawFiles files = graph_files(options, "project");
  const char* const names[] = {"get name",          "set", "null", "is valid", "42", "to string value", "get",
                               "\"say \"\"hi\"\"\""};
  std::string labels;
  for (int g = 0; g < options.graphs; ++g) labels += std::string(names[g % 8]) + "\n";
  files.text["raw/graph-label.csv.gz"] = labels;
  std::string attributed, order, depth;
  const std::string& rows = files.text["raw/node-feat.csv.gz"];
  for (int v = 0; v < static_cast<int>(std::count(rows.begin(), rows.end(), '\n')); ++v) {
    attributed += std::to_string(v % 2) + "\n";
    order += std::to_string(v) + "\n";
    depth += std::to_string(v % 4) + "\n";
  }
  files.text["raw/node_is_attributed.csv.gz"] = attributed;
  files.text["raw/node_dfs_order.csv.gz"] = order;
  files.text["raw/node_depth.csv.gz"] = depth;
  return files;
}

}  // namespace weft::testing
