// Models on CUDA's kernels, run on the host.
#include "kernels/simt/simt_backend.hpp"
#include "tests/support/model_settings.hpp"

namespace weft::testing {

std::vector<ModelSetting> model_settings() {
  const auto simt = [] { return make_simt_backend(); };
  return {{"simt", simt, {true}}, {"simt_again", simt, {false}}};
}

}  // namespace weft::testing
