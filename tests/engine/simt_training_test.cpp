// Training end to end on CUDA's kernels, run on the host: 3 epochs of dgl-gcn on the first packages of
// debian.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "data/cache/convert.hpp"
#include "engine/run/trainer.hpp"
#include "kernels/simt/simt_backend.hpp"
#include "tests/support/cut_down.hpp"
#include "tests/support/run_files.hpp"

namespace weft::engine {
namespace {

namespace fs = std::filesystem;
using Settings = std::vector<std::pair<std::string, std::string>>;

constexpr NodeId kNodes = 1500;

std::unique_ptr<Backend> simt(const BackendRequest& request, const Note&) {
  return make_simt_backend({0, request.math});
}

/// The cut-down graph, made once for all tests.
class SimtTraining : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<weft::testing::TemporaryFolder>();
    ::setenv("WEFT_CACHE", (folder_->path() / "cache").c_str(), 1);
    const data::Dataset debian = data::open_or_convert(data::locate("debian", folder_->path()), {});
    ::unsetenv("WEFT_CACHE");
    weft::testing::cut_down(debian, kNodes).write(folder_->path() / "packages");
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static fs::path out(const std::string& name) { return folder_->path() / name; }

  /// Losses of the epochs.
  static std::vector<double> run(const std::string& name, const TrainEnvironment& environment,
                                 const Settings& settings = {}) {
    ConfigSources sources;
    sources.recipe = "dgl-gcn";
    sources.settings = {{"epochs", "3"}, {"runs", "1"}, {"threads", "1"}, {"device", "cpu"}};
    sources.settings.insert(sources.settings.end(), settings.begin(), settings.end());
    TrainConfig config = make_config(sources);
    config.dataset = out("packages").string();
    config.run.out = out(name);
    train(config, environment);
    std::vector<double> losses;
    std::istringstream lines(weft::testing::metrics_of(config.run.out));
    for (std::string line; std::getline(lines, line);) losses.push_back(nlohmann::json::parse(line)["loss"]);
    return losses;
  }

  static TrainEnvironment on_simt(int ahead) {
    TrainEnvironment environment;
    environment.make_backend = simt;
    environment.ahead = ahead;
    return environment;
  }

  static inline std::unique_ptr<weft::testing::TemporaryFolder> folder_;
};

void expect_near(const std::vector<double>& got, const std::vector<double>& wanted, double relative) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NEAR(got[i], wanted[i], relative * wanted[i]) << "epoch " << i + 1;
  }
}

TEST_F(SimtTraining, GivesTheLossesOfTheCpu) {
  const std::vector<double> wanted = run("cpu", {});
  ASSERT_EQ(wanted.size(), 3u);
  EXPECT_LT(wanted[2], wanted[0]);
  expect_near(run("simt", on_simt(1)), wanted, 1e-3);
}

TEST_F(SimtTraining, TwiceAndWithoutWorkingAheadIsTheSameToTheByte) {
  run("once", on_simt(1));
  run("twice", on_simt(1));
  run("waiting", on_simt(0));
  weft::testing::expect_same_run(out("once"), out("twice"));
  weft::testing::expect_same_run(out("once"), out("waiting"));
}

TEST_F(SimtTraining, ADirectedGraphIsTransposedOnTheDevice) {
  const Settings directed{{"symmetric", "false"}, {"hidden", "64"}};
  expect_near(run("simt_directed", on_simt(1), directed), run("cpu_directed", {}, directed), 1e-3);
}

TEST_F(SimtTraining, EveryRecipeTrains) {
  for (const char* recipe : {"ogb-gcn", "kipf-gcn", "ogb-sage", "ogb-mlp"}) {
    ConfigSources sources;
    sources.recipe = recipe;
    sources.settings = {{"epochs", "2"}, {"runs", "1"}, {"hidden", "16"}};
    TrainConfig config = make_config(sources);
    config.dataset = out("packages").string();
    const double wanted = train(config, {}).final_loss;
    EXPECT_NEAR(train(config, on_simt(1)).final_loss, wanted, 1e-3 * wanted) << recipe;
  }
}

// Values stored with 8 bits of mantissa: the losses of the first epochs are off by 2e-5; 1e-3 is allowed.
TEST_F(SimtTraining, Bf16IsNearFloat32) {
  const Settings narrow{{"hidden", "64"}}, narrow_bf16{{"hidden", "64"}, {"precision", "bf16"}};
  expect_near(run("bf16", on_simt(1), narrow_bf16), run("fp32", on_simt(1), narrow), 1e-3);
}

TEST_F(SimtTraining, SageOnADirectedGraphInBf16IsNearFloat32) {
  Settings sage{{"model", "sage"}, {"norm", "mean"}, {"symmetric", "false"}, {"hidden", "32"}};
  const std::vector<double> wanted = run("sage", {}, sage);
  sage.emplace_back("precision", "bf16");
  expect_near(run("sage_bf16", on_simt(1), sage), wanted, 1e-3);
}

}  // namespace
}  // namespace weft::engine
