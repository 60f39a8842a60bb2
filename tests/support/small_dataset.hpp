#pragma once
// A dataset that a model learns in a few epochs: planted classes, noisy features, edges mostly within a
// class.
#include <random>
#include <string>

#include "tests/support/raw_folder.hpp"

namespace weft::testing {

struct SmallDatasetOptions {
  int nodes = 150;
  int classes = 3;
  int channels = 5;
  unsigned seed = 1;
  double scale = 1.0;  // of the features
  int zeros = 0;       // of 1000 features, in between: these are zero
};

/// In OGB's raw layout with one split "own": a node is in train, valid or test by its id modulo 5 (0-2, 3,
/// 4).
inline RawFiles small_dataset(const SmallDatasetOptions& options = {}) {
  std::mt19937 random(options.seed);
  const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<unsigned>(bound)); };
  std::vector<int> label;
  RawFiles files;
  std::string edges, features, labels, parts[3];
  int edge_count = 0;
  for (int v = 0; v < options.nodes; ++v) {
    label.push_back(below(options.classes));
    labels += std::to_string(label.back()) + "\n";
    for (int c = 0; c < options.channels; ++c) {
      const int signal = c % options.classes == label.back() ? 600 : 0;
      const int value = below(2000) - 1000 + signal;
      const bool zero = options.zeros > 0 && below(1000) < options.zeros;
      features += (c == 0 ? "" : ",") + (zero ? "0" : std::to_string(value / 1000.0 * options.scale));
    }
    features += "\n";
    parts[v % 5 < 3 ? 0 : v % 5 - 2] += std::to_string(v) + "\n";
    for (int k = 0; v > 0 && k < 4; ++k) {
      const int u = below(v);
      if (label[static_cast<std::size_t>(u)] != label.back() && below(4) != 0) continue;
      edges += std::to_string(v) + "," + std::to_string(u) + "\n";
      ++edge_count;
    }
  }
  files.text["raw/num-node-list.csv.gz"] = std::to_string(options.nodes) + "\n";
  files.text["raw/num-edge-list.csv.gz"] = std::to_string(edge_count) + "\n";
  files.text["raw/edge.csv.gz"] = edges;
  files.text["raw/node-feat.csv.gz"] = features;
  files.text["raw/node-label.csv.gz"] = labels;
  files.text["split/own/train.csv.gz"] = parts[0];
  files.text["split/own/valid.csv.gz"] = parts[1];
  files.text["split/own/test.csv.gz"] = parts[2];
  return files;
}

}  // namespace weft::testing
