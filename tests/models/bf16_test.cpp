// Activations stored as bfloat16, against the same model in float32.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/simt/simt_backend.hpp"
#include "tests/support/model_problems.hpp"
#include "tests/support/model_run.hpp"

namespace weft {
namespace {

const models::Storage kFp32{true, DType::kF32};
const models::Storage kBf16{true, DType::kBf16};

struct Case {
  const char* name;
  const char* model;
  std::int64_t channels;
  float input_dropout;
  bool batch_norm;
};

class Bf16 : public ::testing::TestWithParam<Case> {
 protected:
  static testing::ModelProblem problem() {
    testing::ModelProblem p = testing::layered_problem(GetParam().model, GetParam().channels, 96);
    p.options.input_dropout = GetParam().input_dropout;
    p.options.batch_norm = GetParam().batch_norm;
    return p;
  }
  const std::unique_ptr<Backend> backend_ = make_simt_backend();
};

double norm(const std::vector<float>& v) {
  double squares = 0.0;
  for (const float x : v) squares += double{x} * x;
  return std::sqrt(squares);
}

// A stored value is off by at most 2^-9 of itself. Through three layers of sums of such values, losses are
// off by up to 2e-3 and gradients by up to 3 %; the bounds leave a little room.
TEST_P(Bf16, LossAndGradientAreThoseOfFloat32ButForRounding) {
  testing::ModelRun wide(*backend_, problem(), kFp32), narrow(*backend_, problem(), kBf16);
  const double wanted = wide.step(), got = narrow.step();
  EXPECT_NEAR(got, wanted, 0x1p-8 * wanted);
  EXPECT_NE(got, wanted) << "nothing was rounded";
  std::vector<float> difference = narrow.gradients();
  const std::vector<float> gradients = wide.gradients();
  for (std::size_t i = 0; i < gradients.size(); ++i) difference[i] -= gradients[i];
  EXPECT_LE(norm(difference), 0x1p-5 * norm(gradients));
}

TEST_P(Bf16, TrainsAsWell) {
  testing::ModelRun wide(*backend_, problem(), kFp32), narrow(*backend_, problem(), kBf16);
  double wanted = 0.0, got = 0.0;
  for (int epoch = 0; epoch < 15; ++epoch) {
    wanted = wide.step();
    got = narrow.step();
  }
  EXPECT_NEAR(got, wanted, 0.01 * wanted);
  std::int64_t all = 0;
  for (const std::int64_t count : narrow.evaluate()) all += count;
  EXPECT_GT(all, 0);
}

TEST_P(Bf16, ActivationsTakeLessMemory) {
  testing::ModelProblem p = problem();
  p.options.hidden = 64;
  p.options.in = 64;
  p.features.assign(p.labels.size() * 64, 0.5f);
  const testing::ModelRun wide(*backend_, p, kFp32), narrow(*backend_, p, kBf16);
  EXPECT_LT(narrow.plan().bytes(), wide.plan().bytes() * 9 / 10);
}

INSTANTIATE_TEST_SUITE_P(Models, Bf16,
                         ::testing::Values(Case{"gcn", "gcn", 6, 0.0f, true},
                                           Case{"gcn_input_dropout", "gcn", 20, 0.3f, true},
                                           Case{"gcn_without_batch_norm", "gcn", 6, 0.2f, false},
                                           Case{"mlp", "mlp", 6, 0.0f, true},
                                           Case{"mlp_input_dropout", "mlp", 6, 0.2f, false}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace weft
