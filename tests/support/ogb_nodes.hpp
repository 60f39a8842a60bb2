#pragma once
// Small node datasets in exactly OGB's csv layout.
#include "tests/support/ogb_links.hpp"

namespace weft::testing {

inline void add_node_split(RawFiles& files, const std::string& name) {
  std::string parts[3];
  for (int v = 0; v < kLinkNodes; ++v) parts[v * 7 % 3] += std::to_string(v) + "\n";
  files.text["split/" + name + "/train.csv.gz"] = parts[0];
  files.text["split/" + name + "/valid.csv.gz"] = parts[1];
  files.text["split/" + name + "/test.csv.gz"] = parts[2];
}

/// ogbn-proteins' files: edge features instead of node features, species, 112 binary tasks.
inline RawFiles proteins_files() {
  LinkMaker make(21);
  RawFiles files = link_graph(make);
  std::string features;
  for (int k = 0; k < kLinkEdges; ++k) {
    for (int c = 0; c < 8; ++c) features += (c == 0 ? "0." : ",0.") + std::to_string(100 + make.below(900));
    features += "\n";
  }
  files.text["raw/edge-feat.csv.gz"] = features;
  files.text["raw/node_species.csv.gz"] = make.lines(kLinkNodes, 1, 10090);
  files.text["raw/node-label.csv.gz"] = make.lines(kLinkNodes, 112, 2);
  add_node_split(files, "species");
  return files;
}

/// ogbn-products': features and classes, undirected.
inline RawFiles products_files() {
  LinkMaker make(22);
  RawFiles files = link_graph(make);
  files.text["raw/node-feat.csv.gz"] = make.reals(kLinkNodes, 6);
  files.text["raw/node-label.csv.gz"] = make.lines(kLinkNodes, 1, 47);
  add_node_split(files, "sales_ranking");
  return files;
}

/// ogbn-arxiv's: features, classes and years, directed.
inline RawFiles arxiv_files() {
  LinkMaker make(23);
  RawFiles files = link_graph(make);
  files.text["raw/node-feat.csv.gz"] = make.reals(kLinkNodes, 6);
  files.text["raw/node-label.csv.gz"] = make.lines(kLinkNodes, 1, 40);
  files.text["raw/node_year.csv.gz"] = make.lines(kLinkNodes, 1, 2020);
  add_node_split(files, "time");
  return files;
}

}  // namespace weft::testing
