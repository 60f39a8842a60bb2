#pragma once
// Small made datasets in the layouts of OGB's, by OGB's folder names.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/binary_layouts.hpp"
#include "tests/support/ogb_graphs.hpp"
#include "tests/support/ogb_heterogeneous.hpp"
#include "tests/support/ogb_links.hpp"
#include "tests/support/ogb_nodes.hpp"

namespace weft::testing {

inline std::vector<std::pair<std::string, std::function<RawFiles()>>> ogb_layouts() {
  return {
      {"ogbn_arxiv", arxiv_files},
      {"ogbn_products", products_files},
      {"ogbn_proteins", proteins_files},
      {"ogbn_mag", [] { return mag_files(); }},
      {"ogbn_papers100M", [] { return Papers100m().files(); }},
      {"ogbl_ppa", ppa_link_files},
      {"ogbl_ddi", ddi_files},
      {"ogbl_collab", collab_files},
      {"ogbl_citation2", citation2_files},
      {"ogbl_wikikg2", wikikg2_files},
      {"ogbl_biokg", biokg_files},
      {"ogbl_vessel", vessel},
      {"ogbg_molhiv", [] { return mol_files(1, false); }},
      {"ogbg_molpcba", [] { return mol_files(128, true); }},
      {"ogbg_molesol", regression_files},
      {"ogbg_ppa", graph_ppa_files},
      {"ogbg_code2", code2_files},
  };
}

}  // namespace weft::testing
