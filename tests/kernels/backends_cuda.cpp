// The suite on a GPU. Without one it has no cases and says why.
#include "kernels/cuda_backend.hpp"
#include "tests/support/backends.hpp"

namespace weft::testing {
namespace {

const CudaStatus& status() {
  static const CudaStatus once = cuda_status();
  return once;
}

BackendCase cuda_case(const std::string& name) {
  return {name, [] { return make_cuda_backend(); }};
}

TEST(CudaDevice, IsThere) {
  if (!status().usable) GTEST_SKIP() << "nothing was run on a GPU: " << status().problem;
  EXPECT_FALSE(status().description.empty());
  EXPECT_STREQ(make_cuda_backend()->name(), "cuda");
}

}  // namespace

std::vector<BackendCase> all_backends() {
  if (!status().usable) return {};
  return {cuda_case("cuda")};
}

/// The same device again: two runs must not differ.
std::vector<BackendCase> equal_backends() {
  if (!status().usable) return {};
  return {cuda_case("cuda"), cuda_case("cuda_again")};
}

}  // namespace weft::testing
