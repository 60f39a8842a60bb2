#pragma once
// Small heterogeneous datasets in exactly OGB's csv layout.
#include <random>
#include <string>
#include <vector>

#include "tests/support/raw_folder.hpp"

namespace weft::testing {

/// ogbn-mag's files: papers with features, years and labels, and three types that have nothing of their own.
/// Repeated edges and nodes without edges are among them.
inline RawFiles mag_files(unsigned seed = 1) {
  std::mt19937 random(seed);
  const auto below = [&](int bound) { return std::to_string(random() % static_cast<unsigned>(bound)); };
  constexpr int kPapers = 30, kAuthors = 17, kInstitutions = 4, kFields = 9, kChannels = 5;
  RawFiles files;
  files.text.clear();
  files.text["raw/num-node-dict.csv.gz"] = "author,field_of_study,institution,paper\n17,9,4,30\n";
  files.text["raw/nodetype-has-feat.csv.gz"] =
      "author,field_of_study,institution,paper\nFalse,False,False,True\n";
  files.text["raw/nodetype-has-label.csv.gz"] = files.text["raw/nodetype-has-feat.csv.gz"];
  struct Kind {
    const char* name;
    int heads, tails, edges;
  };
  const Kind kinds[] = {{"paper___cites___paper", kPapers, kPapers, 70},
                        {"author___affiliated_with___institution", kAuthors, kInstitutions, 20},
                        {"author___writes___paper", kAuthors, kPapers, 45},
                        {"paper___has_topic___field_of_study", kPapers, kFields, 12}};
  std::string triplets;
  int number = 0;
  for (const Kind& kind : kinds) {
    const std::string name = kind.name;
    const std::size_t first = name.find("___"), second = name.find("___", first + 3);
    triplets += name.substr(0, first) + "," + name.substr(first + 3, second - first - 3) + "," +
                name.substr(second + 3) + "\n";
    std::string edges, types;
    for (int k = 0; k < kind.edges; ++k) {
      edges += below(kind.heads) + "," + below(kind.tails) + "\n";
      types += std::to_string(number) + "\n";
    }
    const std::string folder = "raw/relations/" + name + "/";
    files.text[folder + "edge.csv.gz"] = edges;
    files.text[folder + "num-edge-list.csv.gz"] = std::to_string(kind.edges) + "\n";
    files.text[folder + "edge_reltype.csv.gz"] = types;
    ++number;
  }
  files.text["raw/triplet-type-list.csv.gz"] = triplets;
  std::string features, years, labels;
  std::string parts[3];
  for (int v = 0; v < kPapers; ++v) {
    for (int c = 0; c < kChannels; ++c) features += (c == 0 ? "0." : ",-1.") + below(100000);
    features += "\n";
    years += std::to_string(2010 + v % 10) + "\n";
    labels += below(349) + "\n";
    parts[v % 3] += std::to_string(v) + "\n";
  }
  files.text["raw/node-feat/paper/node-feat.csv.gz"] = features;
  files.text["raw/node-feat/paper/node_year.csv.gz"] = years;
  files.text["raw/node-label/paper/node-label.csv.gz"] = labels;
  files.text["split/time/nodetype-has-split.csv.gz"] = files.text["raw/nodetype-has-feat.csv.gz"];
  const char* names[] = {"train", "valid", "test"};
  for (int part = 0; part < 3; ++part)
    files.text[std::string("split/time/paper/") + names[part] + ".csv.gz"] = parts[part];
  files.text["RELEASE_v2.txt"] = "made for tests\n";
  return files;
}

}  // namespace weft::testing
