// Models on a GPU. Without one the program has no cases and says why.
#include <gtest/gtest.h>

#include "kernels/cuda_backend.hpp"
#include "tests/support/model_settings.hpp"

namespace weft::testing {
namespace {

const CudaStatus& status() {
  static const CudaStatus once = cuda_status();
  return once;
}

TEST(CudaDevice, IsThere) {
  if (!status().usable) GTEST_SKIP() << "nothing was run on a GPU: " << status().problem;
  EXPECT_STREQ(make_cuda_backend()->name(), "cuda");
}

}  // namespace

std::vector<ModelSetting> model_settings() {
  if (!status().usable) return {};
  const auto cuda = [] { return make_cuda_backend(); };
  return {{"cuda", cuda, {true}}, {"cuda_again", cuda, {false}}};
}

}  // namespace weft::testing
