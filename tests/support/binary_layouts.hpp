#pragma once
// Small sets in exactly the layouts of OGB's binary datasets, ogbn-papers100M and ogbl-vessel.
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/support/npy_bytes.hpp"
#include "tests/support/pickle_bytes.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::testing {

/// 200 nodes, 1,500 edges, 128 features, a year; one node in four has one of 172 labels; split `time`.
struct Papers100m {
  std::int64_t nodes = 200;
  std::int64_t edges = 1500;
  std::vector<std::int64_t> edge_index;  // [2, edges]
  std::vector<float> node_feat;          // [nodes, 128]
  std::vector<std::int64_t> node_year;   // [nodes, 1]
  std::vector<float> node_label;         // [nodes, 1]

  explicit Papers100m(unsigned seed = 1) {
    std::mt19937 random(seed);
    const auto below = [&](std::int64_t end) {
      return static_cast<std::int64_t>(random() % static_cast<unsigned>(end));
    };
    for (std::int64_t i = 0; i < 2 * edges; ++i) edge_index.push_back(below(nodes));
    for (std::int64_t i = 0; i < nodes * 128; ++i)
      node_feat.push_back(static_cast<float>(below(2001) - 1000) / 4096);
    for (std::int64_t i = 0; i < nodes; ++i) {
      node_year.push_back(1900 + below(120));
      node_label.push_back(i % 4 == 0 ? static_cast<float>(below(172))
                                      : std::numeric_limits<float>::quiet_NaN());
    }
  }

  std::vector<std::pair<std::string, std::string>> arrays() const {
    return {{"edge_index", npy(edge_index, {2, edges})},
            {"num_nodes_list", npy<std::int64_t>({nodes}, {1})},
            {"num_edges_list", npy<std::int64_t>({edges}, {1})},
            {"node_feat", npy(node_feat, {nodes, 128})},
            {"node_year", npy(node_year, {nodes, 1})}};
  }
  std::string labels() const { return npz({{"node_label", npy(node_label, {nodes, 1})}}, true); }

  RawFiles files() const {
    RawFiles files;
    files.text.clear();
    std::string parts[3];
    for (std::int64_t i = 0; i < nodes; i += 4) parts[i % 5 % 3] += std::to_string(i) + "\n";
    for (int p = 0; p < 3; ++p) {
      constexpr const char* kNames[] = {"train", "valid", "test"};
      files.text["split/time/" + std::string(kNames[p]) + ".csv.gz"] = parts[p];
    }
    ZipOptions as_numpy;
    as_numpy.zip64 = true;
    files.bytes["raw/data.npz"] = npz(arrays(), true, as_numpy);
    files.bytes["raw/node-label.npz"] = labels();
    files.bytes["RELEASE_v1.txt"] = "";
    return files;
  }
};

/// 60 nodes with coordinates, 100 undirected edges stored in both directions, and a split `spatial` in one
/// split_dict.pt of transposed tensors. There are no edge features, whatever OGB's table says.
inline RawFiles vessel() {
  constexpr std::int64_t kNodes = 60, kPairs = 100;
  std::mt19937 random(2);
  std::vector<std::int64_t> source, target, ends;
  for (std::int64_t k = 0; k < kPairs; ++k) {
    const auto from = static_cast<std::int64_t>(random() % kNodes),
               to = static_cast<std::int64_t>(random() % kNodes);
    source.insert(source.end(), {from, to});
    target.insert(target.end(), {to, from});
    ends.insert(ends.end(), {from, to});
  }
  std::vector<std::int64_t> both = source;
  both.insert(both.end(), target.begin(), target.end());
  std::vector<float> places;
  for (std::int64_t i = 0; i < 3 * kNodes; ++i) places.push_back(static_cast<float>(random() % 1000) / 8);
  const auto some = [&](std::int64_t first, std::int64_t count) {
    return std::vector<std::int64_t>(ends.begin() + 2 * first, ends.begin() + 2 * (first + count));
  };
  const auto part = [&](std::int64_t first, std::int64_t count) {
    return dict({{"edge", tensor<std::int64_t>({count, 2}, some(first, count), true)},
                 {"edge_neg", tensor<std::int64_t>({count, 2}, some(kPairs - first - count, count), true)}});
  };
  RawFiles files;
  files.text.clear();
  files.bytes["raw/data.npz"] = npz({{"edge_index", npy(both, {2, 2 * kPairs})},
                                     {"num_nodes_list", npy<std::int64_t>({kNodes}, {1})},
                                     {"num_edges_list", npy<std::int64_t>({2 * kPairs}, {1})},
                                     {"node_feat", npy(places, {kNodes, 3})}},
                                    true);
  files.bytes["split/spatial/split_dict.pt"] =
      pt_zip({{"train", part(0, 80)}, {"valid", part(80, 10)}, {"test", part(90, 10)}});
  files.bytes["RELEASE_v1.txt"] = "";
  return files;
}

}  // namespace weft::testing
