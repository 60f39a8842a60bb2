// The suite on CUDA's kernels under the checking runtime. What it finds does not depend on the order in which
// threads run, so one order is enough; and it finds it wrong to use memory that is not the device's.
#include "tests/support/simt_backends.hpp"

namespace weft::testing {

std::vector<BackendCase> all_backends() { return {simt_case("forward", "forward")}; }

std::vector<BackendCase> equal_backends() {
  return {simt_case("forward", "forward"), simt_case("reverse", "reverse")};
}

}  // namespace weft::testing
