#pragma once
// Small link datasets in exactly OGB's layouts: csv graphs and splits of torch.save.
#include <random>
#include <string>
#include <vector>

#include "tests/support/pickle_bytes.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::testing {

/// Random ids and the arrays of splits made of them.
class LinkMaker {
 public:
  explicit LinkMaker(unsigned seed) : random_(seed) {}

  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(random_() % static_cast<unsigned>(bound));
  }
  Pickled ids(const Shape& shape, std::int64_t bound) {
    return numpy_array<std::int64_t>(shape, drawn(shape, bound));
  }
  /// A tensor of n pairs that is the transpose of a [2, n] one.
  Pickled transposed_ids(std::int64_t n, std::int64_t bound) {
    return tensor<std::int64_t>({n, 2}, drawn({n, 2}, bound), true);
  }
  /// `rows` lines of `columns` ids.
  std::string lines(int rows, int columns, std::int64_t bound) {
    std::string text;
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) text += (c == 0 ? "" : ",") + std::to_string(below(bound));
      text += "\n";
    }
    return text;
  }
  std::string reals(int rows, int columns) {
    std::string text;
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) text += (c == 0 ? "-0." : ",1.") + std::to_string(1000 + below(9000));
      text += "\n";
    }
    return text;
  }

 private:
  std::vector<std::int64_t> drawn(const Shape& shape, std::int64_t bound) {
    std::int64_t count = 1;
    for (const std::int64_t length : shape) count *= length;
    std::vector<std::int64_t> values;
    for (std::int64_t i = 0; i < count; ++i) values.push_back(below(bound));
    return values;
  }

  std::mt19937 random_;
};

inline constexpr int kLinkNodes = 40;
inline constexpr int kLinkEdges = 90;

/// A graph of 40 nodes and 90 edges, without features and splits.
inline RawFiles link_graph(LinkMaker& make) {
  RawFiles files;
  files.text = {{"raw/num-node-list.csv.gz", std::to_string(kLinkNodes) + "\n"},
                {"raw/num-edge-list.csv.gz", std::to_string(kLinkEdges) + "\n"},
                {"raw/edge.csv.gz", make.lines(kLinkEdges, 2, kLinkNodes)},
                {"RELEASE_v1.txt", "made for tests\n"}};
  return files;
}

/// ogbl-ppa's files: whole-number features and pairs, in the layout before PyTorch 1.6.
inline RawFiles ppa_link_files() {
  LinkMaker make(11);
  RawFiles files = link_graph(make);
  files.text["raw/node-feat.csv.gz"] = make.lines(kLinkNodes, 5, 2);
  const std::string folder = "split/throughput/";
  files.bytes[folder + "train.pt"] = pt_legacy({{"edge", make.ids({kLinkEdges, 2}, kLinkNodes)}});
  for (const char* part : {"valid.pt", "test.pt"}) {
    files.bytes[folder + part] =
        pt_legacy({{"edge", make.ids({12, 2}, kLinkNodes)}, {"edge_neg", make.ids({30, 2}, kLinkNodes)}});
  }
  return files;
}

/// ogbl-ddi's: as ppa, without features.
inline RawFiles ddi_files() {
  RawFiles files = ppa_link_files();
  files.text.erase("raw/node-feat.csv.gz");
  for (const char* part : {"train.pt", "valid.pt", "test.pt"}) {
    files.bytes[std::string("split/target/") + part] =
        files.bytes.at(std::string("split/throughput/") + part);
    files.bytes.erase(std::string("split/throughput/") + part);
  }
  return files;
}

/// ogbl-collab's: a weight and a year per edge, in the graph and in the split; a part is one of each layout
/// and protocol.
inline RawFiles collab_files() {
  LinkMaker make(12);
  RawFiles files = link_graph(make);
  files.text["raw/node-feat.csv.gz"] = make.reals(kLinkNodes, 4);
  files.text["raw/edge_weight.csv.gz"] = make.lines(kLinkEdges, 1, 9);
  files.text["raw/edge_year.csv.gz"] = make.lines(kLinkEdges, 1, 2020);
  const auto part = [&](int rows, bool negatives) {
    PickledItems items{{"edge", make.ids({rows, 2}, kLinkNodes)},
                       {"weight", make.ids({rows}, 9)},
                       {"year", make.ids({rows}, 2020)}};
    if (negatives) items.emplace_back("edge_neg", make.ids({25, 2}, kLinkNodes));
    return items;
  };
  files.bytes["split/time/train.pt"] = pt_legacy(part(kLinkEdges, false));
  files.bytes["split/time/valid.pt"] = pt_zip(part(8, true));
  files.bytes["split/time/test.pt"] = pt_legacy(part(7, true), 4);
  return files;
}

/// ogbl-citation2's: sources and targets, each with targets of its own to rank among.
inline RawFiles citation2_files() {
  LinkMaker make(13);
  RawFiles files = link_graph(make);
  files.text["raw/node-feat.csv.gz"] = make.reals(kLinkNodes, 4);
  files.text["raw/node_year.csv.gz"] = make.lines(kLinkNodes, 1, 2020);
  files.bytes["split/time/train.pt"] = pt_zip({{"source_node", make.ids({kLinkEdges}, kLinkNodes)},
                                               {"target_node", make.ids({kLinkEdges}, kLinkNodes)}});
  for (const char* part : {"valid.pt", "test.pt"}) {
    files.bytes[std::string("split/time/") + part] =
        pt_zip({{"source_node", make.ids({6}, kLinkNodes)},
                {"target_node", make.ids({6}, kLinkNodes)},
                {"target_node_neg", make.ids({6, 20}, kLinkNodes)}});
  }
  return files;
}

/// ogbl-wikikg2's: triples with negatives for both ends.
inline RawFiles wikikg2_files() {
  LinkMaker make(14);
  RawFiles files = link_graph(make);
  files.text["raw/edge_reltype.csv.gz"] = make.lines(kLinkEdges, 1, 5);
  const auto part = [&](int rows, bool negatives) {
    PickledItems items{{"head", make.ids({rows}, kLinkNodes)},
                       {"relation", make.ids({rows}, 5)},
                       {"tail", make.ids({rows}, kLinkNodes)}};
    if (negatives) {
      items.emplace_back("head_neg", make.ids({rows, 10}, kLinkNodes));
      items.emplace_back("tail_neg", make.ids({rows, 10}, kLinkNodes));
    }
    return items;
  };
  files.bytes["split/time/train.pt"] = pt_zip(part(kLinkEdges, false));
  files.bytes["split/time/valid.pt"] = pt_zip(part(9, true));
  files.bytes["split/time/test.pt"] = pt_zip(part(8, true), 4);
  return files;
}

/// ogbl-biokg's: triples whose ids are local to the types of their ends.
inline RawFiles biokg_files() {
  LinkMaker make(15);
  RawFiles files;
  files.text = {{"raw/num-node-dict.csv.gz", "disease,drug,function,protein,sideeffect\n8,9,6,20,5\n"},
                {"RELEASE_v1.txt", "made for tests\n"}};
  struct Kind {
    const char *head, *relation, *tail;
    int heads, tails;
  };
  const std::vector<Kind> kinds = {{"protein", "protein-protein_reaction", "protein", 20, 20},
                                   {"drug", "drug-protein", "protein", 9, 20},
                                   {"disease", "disease-protein", "protein", 8, 20},
                                   {"drug", "drug-sideeffect", "sideeffect", 9, 5}};
  std::string triplets;
  int number = 0;
  for (const Kind& kind : kinds) {
    triplets += std::string(kind.head) + "," + kind.relation + "," + kind.tail + "\n";
    const std::string folder =
        std::string("raw/relations/") + kind.head + "___" + kind.relation + "___" + kind.tail + "/";
    std::string edges, types;
    for (int k = 0; k < 15; ++k) {
      edges += std::to_string(make.below(kind.heads)) + "," + std::to_string(make.below(kind.tails)) + "\n";
      types += std::to_string(number) + "\n";
    }
    files.text[folder + "edge.csv.gz"] = edges;
    files.text[folder + "num-edge-list.csv.gz"] = "15\n";
    files.text[folder + "edge_reltype.csv.gz"] = types;
    ++number;
  }
  files.text["raw/triplet-type-list.csv.gz"] = triplets;
  for (const char* part : {"train", "valid", "test"}) {
    const int rows = part == std::string("train") ? 60 : 10;
    std::vector<std::string> head_types, tail_types;
    std::vector<std::int64_t> heads, tails, relations, head_negatives, tail_negatives;
    for (int r = 0; r < rows; ++r) {
      const auto which = static_cast<std::size_t>(make.below(static_cast<std::int64_t>(kinds.size())));
      const Kind& kind = kinds[which];
      head_types.emplace_back(kind.head);
      tail_types.emplace_back(kind.tail);
      relations.push_back(static_cast<std::int64_t>(which));
      heads.push_back(make.below(kind.heads));
      tails.push_back(make.below(kind.tails));
      for (int k = 0; k < 7; ++k) {
        head_negatives.push_back(make.below(kind.heads));
        tail_negatives.push_back(make.below(kind.tails));
      }
    }
    PickledItems items{{"head_type", texts(head_types)},
                       {"head", numpy_array<std::int64_t>({rows}, heads)},
                       {"relation", numpy_array<std::int64_t>({rows}, relations)},
                       {"tail_type", texts(tail_types)},
                       {"tail", numpy_array<std::int64_t>({rows}, tails)}};
    if (rows == 10) {
      items.emplace_back("head_neg", numpy_array<std::int64_t>({rows, 7}, head_negatives));
      items.emplace_back("tail_neg", numpy_array<std::int64_t>({rows, 7}, tail_negatives));
    }
    files.bytes[std::string("split/random/") + part + ".pt"] = pt_legacy(items);
  }
  return files;
}

}  // namespace weft::testing
