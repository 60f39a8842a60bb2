// The suite on CUDA's kernels, run on the host in several orders of blocks and threads: a GPU promises none.
#include "tests/support/simt_backends.hpp"

namespace weft::testing {

std::vector<BackendCase> all_backends() {
  std::vector<BackendCase> cases = {simt_case("forward", "forward"), simt_case("reverse", "reverse"),
                                    simt_case("random", "random:1")};
  for (BackendCase& which : cases) which.takes_host_memory = true;
  return cases;
}

std::vector<BackendCase> equal_backends() {
  std::vector<BackendCase> cases = all_backends();
  cases.push_back(simt_case("other", "random:2"));
  return cases;
}

}  // namespace weft::testing
