// What only the CPU's sparse product does: results so large that they are written past the caches.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "kernels/buffer.hpp"
#include "kernels/cpu_backend.hpp"
#include "tests/support/isas.hpp"
#include "tests/support/random.hpp"

namespace weft::testing {
namespace {

constexpr NodeId kRows = 70'000;  // times 256 columns: 72 MB
constexpr std::int64_t kWidth = 256;

/// Columns [col, col + width) of a product, into y [kRows, width].
void multiply(Backend& backend, const CsrView& a, const std::vector<float>& x,
              const std::vector<float>& scale, std::int64_t col, std::int64_t width, float* y,
              std::int64_t ld) {
  Stream stream;
  SpmmOptions options;
  options.col_scale = {scale.data(), static_cast<std::int64_t>(scale.size())};
  backend.run(stream, Spmm{a,
                           {x.data() + col, a.num_cols, width, kWidth, DType::kF32},
                           {y, a.num_rows, width, ld, DType::kF32},
                           options});
}

TEST(CpuSpmm, ALargeProductHasTheBitsOfItsSmallParts) {
  WEFT_TEST_RANDOM(random);
  const HostCsr a = random_csr(random, kRows, 100, 3, false);
  const auto x = random.values(a.num_cols * kWidth);
  const auto scale = random.values(a.num_cols);
  const std::size_t rows = static_cast<std::size_t>(kRows);
  for (const Isa isa : supported_isas()) {
    SCOPED_TRACE(isa_name(isa));
    const auto backend = make_cpu_backend({2, isa});
    Buffer<float> whole(*backend, kRows * kWidth, "y");
    multiply(*backend, a.view(), x, scale, 0, kWidth, whole.data(), kWidth);
    // Parts small enough to stay in the caches, 36 MB each.
    for (const std::int64_t col : {0, 128}) {
      std::vector<float> part(rows * 129);
      multiply(*backend, a.view(), x, scale, col, 128, part.data(), 129);
      for (std::size_t row = 0; row < rows; ++row) {
        const float* got = whole.data() + row * kWidth + col;
        ASSERT_EQ(std::memcmp(got, part.data() + row * 129, 128 * sizeof(float)), 0)
            << "row " << row << ", columns from " << col;
      }
    }
    std::vector<float> unaligned(rows * (kWidth + 1));
    multiply(*backend, a.view(), x, scale, 0, kWidth, unaligned.data(), kWidth + 1);
    for (std::size_t row = 0; row < rows; ++row) {
      ASSERT_EQ(std::memcmp(whole.data() + row * kWidth, unaligned.data() + row * (kWidth + 1),
                            kWidth * sizeof(float)),
                0)
          << "row " << row;
    }
  }
}

}  // namespace
}  // namespace weft::testing
