// A session's memory: known before any is taken, refused whole, and no more than was said.
#include "engine/run/session.hpp"

#include <gtest/gtest.h>

#include "data/cache/convert.hpp"
#include "kernels/cpu_backend.hpp"
#include "tests/support/files.hpp"
#include "tests/support/queued_backend.hpp"
#include "tests/support/small_dataset.hpp"

namespace weft::engine {
namespace {

using weft::testing::QueuedBackend;

class DeviceMemory : public ::testing::TestWithParam<const char*> {
 protected:
  DeviceMemory() {
    weft::testing::small_dataset({400, 3, 40}).write(folder_.path() / "own");
    dataset_ = data::open_or_convert(data::locate((folder_.path() / "own").string(), folder_.path()), {});
    config_.recipe = GetParam();
    apply_toml(config_, recipe_text(GetParam()), "recipe");
    config_.model.hidden = 32;
    config_.graph.symmetric = false;  // the transpose takes memory, too
  }

  std::unique_ptr<Session> session(Backend& backend) const {
    return std::make_unique<Session>(dataset_, config_, trainable_shape(dataset_, config_.features), backend,
                                     SessionOptions{Use::kTrain, 1, 1, true});
  }

  weft::testing::TemporaryFolder folder_;
  data::Dataset dataset_;
  TrainConfig config_;
};

TEST_P(DeviceMemory, IsWhatWasEstimated) {
  QueuedBackend backend;
  const auto s = session(backend);
  const std::size_t estimate = s->estimated_bytes();
  s->allocate();
  s->begin_run(1);
  s->submit(true);
  s->collect();
  EXPECT_LE(backend.peak_memory(), estimate + estimate / 50) << "small vectors are not counted";
  EXPECT_GE(backend.peak_memory(), estimate - estimate / 4) << "kept states are counted with gradients";
}

TEST_P(DeviceMemory, IsRefusedBeforeAnyIsTaken) {
  std::size_t needed = 0;
  {
    QueuedBackend enough;
    needed = session(enough)->estimated_bytes();
  }
  QueuedBackend backend;
  const auto s = session(backend);
  const std::size_t before = backend.peak_memory();
  backend.set_available(needed - before - 100'000);
  weft::testing::expect_error_with(
      ErrorCode::kOutOfMemory,
      {"own: this configuration needs ", " MB of the device's memory and ", " MB are free"},
      [&] { s->allocate(); });
  EXPECT_EQ(backend.peak_memory(), before);
}

TEST_P(DeviceMemory, ThatCannotHoldTheParametersIsRefusedAtOnce) {
  QueuedBackend backend;
  backend.set_available(10'000);
  weft::testing::expect_error(ErrorCode::kOutOfMemory, "needs more than", [&] { session(backend); });
  EXPECT_EQ(backend.peak_memory(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Recipes, DeviceMemory, ::testing::Values("dgl-gcn", "kipf-gcn", "ogb-mlp"),
                         [](const auto& test) {
                           std::string name = test.param;
                           name[name.find('-')] = '_';
                           return name;
                         });

/// Nineteen of twenty features are zero.
class SparseFeaturesOfASession : public ::testing::Test {
 protected:
  SparseFeaturesOfASession() {
    weft::testing::SmallDatasetOptions options{300, 3, 120};
    options.zeros = 950;
    weft::testing::small_dataset(options).write(folder_.path() / "own");
    dataset_ = data::open_or_convert(data::locate((folder_.path() / "own").string(), folder_.path()), {});
    apply_toml(config_, recipe_text("kipf-gcn"), "recipe");
    config_.features.row_normalize = false;  // the features have either sign
  }

  std::vector<double> losses(Backend& backend, int threads, bool sparse) const {
    Session session(dataset_, config_, trainable_shape(dataset_, config_.features), backend,
                    {Use::kTrain, threads, 0, false, sparse});
    EXPECT_EQ(session.has_sparse_features(), sparse);
    session.allocate();
    session.begin_run(7);
    std::vector<double> losses;
    for (int epoch = 0; epoch < 10; ++epoch) {
      session.submit(true);
      losses.push_back(session.collect().loss);
    }
    return losses;
  }

  weft::testing::TemporaryFolder folder_;
  data::Dataset dataset_;
  TrainConfig config_;
};

TEST_F(SparseFeaturesOfASession, GiveTheLossesOfDenseOnes) {
  for (const double input_dropout : {0.5, 0.0}) {
    config_.model.input_dropout = input_dropout;
    const auto backend = make_cpu_backend({1, Isa::kAuto});
    const std::vector<double> sparse = losses(*backend, 1, true), dense = losses(*backend, 1, false);
    for (std::size_t i = 0; i < dense.size(); ++i) EXPECT_NEAR(sparse[i], dense[i], 1e-5 * dense[i]) << i;
  }
}

TEST_F(SparseFeaturesOfASession, HaveTheSameBitsAtAnyNumberOfThreadsAndOnADevice) {
  const auto one = make_cpu_backend({1, Isa::kAuto}), three = make_cpu_backend({3, Isa::kAuto});
  QueuedBackend device;
  const std::vector<double> wanted = losses(*one, 1, true);
  EXPECT_EQ(losses(*three, 3, true), wanted);
  EXPECT_EQ(losses(device, 2, true), wanted);
}

TEST_F(SparseFeaturesOfASession, ArePartOfTheEstimate) {
  QueuedBackend backend;
  Session session(dataset_, config_, trainable_shape(dataset_, config_.features), backend, {Use::kTrain, 1});
  const std::size_t estimate = session.estimated_bytes();
  session.allocate();
  EXPECT_LE(backend.peak_memory(), estimate + estimate / 50);
  EXPECT_GE(backend.peak_memory(), estimate - estimate / 4);
}

}  // namespace
}  // namespace weft::engine
