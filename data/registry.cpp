#include "data/registry.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "kernels/base/closest.hpp"

namespace weft::data {
namespace {

constexpr bool kYes = true, kNo = false;
constexpr const char *kMulticlass = "multiclass classification", *kBinary = "binary classification",
                     *kRegression = "regression", *kLink = "link prediction", *kCompletion = "KG completion";

// One dataset per entry, in the order of DatasetSpec:
//   name, task, task type, metric, tasks, classes, split,
//   zip, version, add inverse edges, has node features, edge features, is heterogeneous, is binary (npz),
//   additional node files, additional edge files, nodes or graphs, edges, split sizes, SHA-256 of the zip
// OGB publishes no digests. The two there are were stated by those who downloaded the zips: the Julia package
// GraphMLDatasets.jl (src/dataset.jl), for products a second source that agrees.
// The word `debian` is no dataset of OGB's: it is the one that comes with the program.
const std::vector<DatasetSpec> kDatasets = {
    // clang-format off
    {"ogbn-products", "node", kMulticlass, "acc", 1, 47, "sales_ranking",
     "nodeproppred/products.zip", 1, kYes, kYes, kNo, kNo, kNo,
     "", "", 2'449'029, 61'859'140, {196'615, 39'323, 2'213'091},
     "5ea0a112edaec2141c0a2a612dd4aed58df97ff3e1ab1a0ca8238f43cbbb50a8"},
    {"ogbn-proteins", "node", kBinary, "rocauc", 112, 2, "species",
     "nodeproppred/proteins.zip", 1, kYes, kNo, kYes, kNo, kNo,
     "node_species", "", 132'534, 39'561'252, {86'619, 21'236, 24'679},
     "1cd3113dc2a6f0c87a549332b77d78be45cf99804c254c18d9c72029164a0859"},
    {"ogbn-arxiv", "node", kMulticlass, "acc", 1, 40, "time",
     "nodeproppred/arxiv.zip", 1, kNo, kYes, kNo, kNo, kNo,
     "node_year", "", 169'343, 1'166'243, {90'941, 29'799, 48'603}},
    {"ogbn-mag", "node", kMulticlass, "acc", 1, 349, "time",
     "nodeproppred/mag.zip", 2, kNo, kYes, kNo, kYes, kNo,
     "node_year", "edge_reltype", 1'939'743, 21'111'007, {629'571, 64'879, 41'939}},
    {"ogbn-papers100M", "node", kMulticlass, "acc", 1, 172, "time",
     "nodeproppred/papers100M-bin.zip", 1, kNo, kYes, kNo, kNo, kYes,
     "node_year", "", 111'059'956, 1'615'685'872, {1'207'179, 125'265, 214'338}},
    {"ogbl-ppa", "link", kLink, "hits@100", 0, 0, "throughput",
     "linkproppred/ppassoc.zip", 1, kYes, kYes, kNo, kNo, kNo,
     "", "", 576'289, 30'326'273, {21'231'931, 6'062'562, 3'031'780}},
    {"ogbl-collab", "link", kLink, "hits@50", 0, 0, "time",
     "linkproppred/collab.zip", 1, kYes, kYes, kNo, kNo, kNo,
     "", "edge_weight,edge_year", 235'868, 1'285'465, {1'179'052, 60'084, 46'329}},
    {"ogbl-ddi", "link", kLink, "hits@20", 0, 0, "target",
     "linkproppred/ddi.zip", 1, kYes, kNo, kNo, kNo, kNo,
     "", "", 4267, 1'334'889, {1'067'911, 133'489, 133'489}},
    {"ogbl-citation2", "link", kLink, "mrr", 0, 0, "time",
     "linkproppred/citation-v2.zip", 1, kNo, kYes, kNo, kNo, kNo,
     "node_year", "", 2'927'963, 30'561'187, {30'387'995, 86'596, 86'596}},
    {"ogbl-wikikg2", "link", kCompletion, "mrr", 0, 0, "time",
     "linkproppred/wikikg-v2.zip", 1, kNo, kNo, kNo, kNo, kNo,
     "", "edge_reltype", 2'500'604, 17'137'181, {16'109'182, 429'456, 598'543}},
    {"ogbl-biokg", "link", kCompletion, "mrr", 0, 0, "random",
     "linkproppred/biokg.zip", 1, kNo, kNo, kNo, kYes, kNo,
     "", "edge_reltype", 93'773, 5'088'434, {4'762'678, 162'886, 162'870}},
    {"ogbl-vessel", "link", kLink, "rocauc", 0, 0, "spatial",
     "linkproppred/vessel.zip", 1, kNo, kYes, kYes, kNo, kYes,
     "", "", 3'538'495, 5'345'897, {0, 0, 0}},
    {"ogbg-molhiv", "graph", kBinary, "rocauc", 1, 2, "scaffold",
     "graphproppred/csv_mol_download/hiv.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 41'127, 0, {32'901, 4113, 4113}},
    {"ogbg-molpcba", "graph", kBinary, "ap", 128, 2, "scaffold",
     "graphproppred/csv_mol_download/pcba.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 437'929, 0, {350'343, 43'793, 43'793}},
    {"ogbg-molbace", "graph", kBinary, "rocauc", 1, 2, "scaffold",
     "graphproppred/csv_mol_download/bace.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 1513, 0, {1210, 151, 152}},
    {"ogbg-molbbbp", "graph", kBinary, "rocauc", 1, 2, "scaffold",
     "graphproppred/csv_mol_download/bbbp.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 2039, 0, {0, 0, 0}},
    {"ogbg-molclintox", "graph", kBinary, "rocauc", 2, 2, "scaffold",
     "graphproppred/csv_mol_download/clintox.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 1477, 0, {0, 0, 0}},
    {"ogbg-molmuv", "graph", kBinary, "ap", 17, 2, "scaffold",
     "graphproppred/csv_mol_download/muv.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 93'087, 0, {0, 0, 0}},
    {"ogbg-molsider", "graph", kBinary, "rocauc", 27, 2, "scaffold",
     "graphproppred/csv_mol_download/sider.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 1427, 0, {0, 0, 0}},
    {"ogbg-moltox21", "graph", kBinary, "rocauc", 12, 2, "scaffold",
     "graphproppred/csv_mol_download/tox21.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 7831, 0, {0, 0, 0}},
    {"ogbg-moltoxcast", "graph", kBinary, "rocauc", 617, 2, "scaffold",
     "graphproppred/csv_mol_download/toxcast.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 8576, 0, {0, 0, 0}},
    {"ogbg-molesol", "graph", kRegression, "rmse", 1, -1, "scaffold",
     "graphproppred/csv_mol_download/esol.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 1128, 0, {902, 113, 113}},
    {"ogbg-molfreesolv", "graph", kRegression, "rmse", 1, -1, "scaffold",
     "graphproppred/csv_mol_download/freesolv.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 642, 0, {0, 0, 0}},
    {"ogbg-mollipo", "graph", kRegression, "rmse", 1, -1, "scaffold",
     "graphproppred/csv_mol_download/lipophilicity.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 4200, 0, {0, 0, 0}},
    {"ogbg-molchembl", "graph", kBinary, "rocauc", 1310, 2, "scaffold",
     "graphproppred/csv_mol_download/chembl.zip", 1, kYes, kYes, kYes, kNo, kNo,
     "", "", 0, 0, {0, 0, 0}},
    {"ogbg-ppa", "graph", kMulticlass, "acc", 1, 37, "species",
     "graphproppred/ogbg_ppi_medium.zip", 1, kYes, kNo, kYes, kNo, kNo,
     "", "", 158'100, 0, {78'200, 45'100, 34'800}},
    {"ogbg-code2", "graph", "subtoken prediction", "F1", 1, -1, "project",
     "graphproppred/code2.zip", 1, kNo, kYes, kNo, kNo, kNo,
     "node_is_attributed,node_dfs_order,node_depth", "", 452'741, 0, {407'976, 22'817, 21'948}},
    {"debian", "node", kMulticlass, "acc", 1, 47, "source",
     "", 1, kNo, kYes, kNo, kNo, kNo,
     "", "", 62'485, 309'648, {30'978, 12'843, 18'664}},
    // clang-format on
};

// What OGB renamed or withdrew, and what it has instead.
constexpr std::pair<std::string_view, std::string_view> kFormerNames[] = {
    {"ogbl-citation", "ogbl-citation2"},
    {"ogbl-citations", "ogbl-citation2"},
    {"ogbl-wikikg", "ogbl-wikikg2"},
    {"ogbl-biomed", "ogbl-biokg"},
    {"ogbg-code", "ogbg-code2"},
    {"ogbg-ppi", "ogbg-ppa"},
    {"ogbl-reviews", ""},
    {"ogbn-wiki", ""}};

/// Small letters, and OGB's '-' for '_'.
std::string normalized(std::string_view name) {
  std::string text(name);
  for (char& c : text) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

const std::vector<DatasetSpec>& known_datasets() { return kDatasets; }

const DatasetSpec* find_dataset(std::string_view name) {
  const auto same = [name](const DatasetSpec& spec) { return spec.name == name; };
  const auto found = std::find_if(kDatasets.begin(), kDatasets.end(), same);
  return found == kDatasets.end() ? nullptr : &*found;
}

std::string folder_name(std::string_view name) {
  std::string folder(name);
  std::replace(folder.begin(), folder.end(), '-', '_');
  return folder;
}

const DatasetSpec* find_dataset_by_folder(std::string_view folder) {
  const auto same = [folder](const DatasetSpec& spec) { return folder_name(spec.name) == folder; };
  const auto found = std::find_if(kDatasets.begin(), kDatasets.end(), same);
  return found == kDatasets.end() ? nullptr : &*found;
}

std::vector<std::string_view> closest_names(std::string_view name) {
  constexpr std::size_t kMost = 3;
  const std::string wanted = normalized(name);
  // "arxiv" means ogbn-arxiv: OGB's prefix costs nothing when it is left out.
  const auto distance = [&](const DatasetSpec& spec) {
    const std::string known = normalized(spec.name);
    const std::string tail = known.substr(std::min(known.size(), known.find('-') + 1));
    return std::min(edit_distance(wanted, known), edit_distance(wanted, tail));
  };
  std::vector<std::pair<std::size_t, std::string_view>> ranked;
  for (const DatasetSpec& spec : kDatasets) ranked.emplace_back(distance(spec), spec.name);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });

  std::vector<std::string_view> names;
  const std::size_t tolerated = std::max(ranked.front().first, wanted.size() / 3);
  for (const auto& [edits, known] : ranked) {
    if (names.size() < kMost && edits <= tolerated) names.push_back(known);
  }
  return names;
}

std::string unknown_dataset_text(std::string_view name) {
  for (const auto& [former, successor] : kFormerNames) {
    if (normalized(name) != former) continue;
    const std::string fate = successor.empty() ? "; it has no successor" : "; its successor is ";
    return "OGB no longer has '" + std::string(name) + "'" + fate + std::string(successor);
  }
  std::string closest;
  for (const std::string_view known : closest_names(name))
    closest += (closest.empty() ? "" : ", ") + std::string(known);
  return "no dataset '" + std::string(name) + "'; closest: " + closest;
}

}  // namespace weft::data
