// Working ahead of the device changes nothing that a run writes but times: not while it trains, nor where its
// patience, a loss, a signal or a kill ends it.
#include <gtest/gtest.h>

#include "engine/interrupt.hpp"
#include "engine/run/checkpoint.hpp"
#include "engine/run/trainer.hpp"
#include "tests/support/queued_backend.hpp"
#include "tests/support/run_files.hpp"
#include "tests/support/small_dataset.hpp"

namespace weft::engine {
namespace {

namespace fs = std::filesystem;
using Settings = std::vector<std::pair<std::string, std::string>>;
using weft::testing::QueuedBackend;

/// How many epochs are queued before the first is looked at; -1 is the CPU backend, which waits for every op.
constexpr int kCpu = -1;
constexpr int kLeads[] = {0, 1, 2, 5};

class Ahead : public ::testing::Test {
 protected:
  Ahead() { weft::testing::small_dataset().write(folder_.path() / "own"); }

  fs::path out(const std::string& name) const { return folder_.path() / name; }

  TrainConfig config(const std::string& name, const Settings& settings) const {
    ConfigSources sources;
    sources.settings = {
        {"hidden", "16"}, {"epochs", "12"}, {"runs", "2"}, {"threads", "1"}, {"checkpoint_every", "5"}};
    sources.settings.insert(sources.settings.end(), settings.begin(), settings.end());
    TrainConfig config = make_config(sources);
    config.dataset = out("own").string();
    config.run.out = out(name);
    return config;
  }

  TrainEnvironment environment(int lead) {
    TrainEnvironment e;
    if (lead == kCpu) return e;
    e.make_backend = [](const BackendRequest&, const Note&) { return std::make_unique<QueuedBackend>(); };
    e.ahead = lead;
    return e;
  }

  void run(const std::string& name, int lead, const Settings& settings = {}) {
    train(config(name, settings), environment(lead));
  }

  /// Trains on the CPU and at every lead, and compares what was written.
  void expect_same_at_every_lead(const Settings& settings) {
    run("cpu", kCpu, settings);
    for (const int lead : kLeads) {
      const std::string name = "ahead" + std::to_string(lead);
      run(name, lead, settings);
      weft::testing::expect_same_run(out("cpu"), out(name));
    }
  }

  weft::testing::TemporaryFolder folder_;
};

TEST_F(Ahead, AWholeRunIsTheSame) { expect_same_at_every_lead({}); }

TEST_F(Ahead, SparseEvaluationsAreTheSame) {
  expect_same_at_every_lead({{"eval_every", "4"}, {"epochs", "11"}, {"checkpoint_every", "3"}});
}

TEST_F(Ahead, PatienceEndsARunAtTheSameEpoch) {
  expect_same_at_every_lead({{"epochs", "400"}, {"patience", "7"}});
}

TEST_F(Ahead, StoppedAndResumedIsTheSame) {
  run("whole", kCpu);
  for (const int lead : kLeads) {
    for (const int stop_at : {1, 3, 10, 12, 17, 24}) {
      const std::string name = "stopped" + std::to_string(lead) + "_" + std::to_string(stop_at);
      TrainEnvironment stopping = environment(lead);
      int lines = 0;
      stopping.events.result = [&](const std::string& line) {
        if (line.starts_with("Run: ") && ++lines == stop_at) request_stop();
      };
      weft::testing::expect_error(
          ErrorCode::kInterrupted,
          "run " + std::to_string(stop_at > 12 ? 2 : 1) + ", epoch " + std::to_string((stop_at - 1) % 12 + 1),
          [&] { train(config(name, {}), stopping); });
      clear_stop();
      EXPECT_EQ(load_checkpoint(out(name) / "last.safetensors").epoch, (stop_at - 1) % 12 + 1);
      TrainConfig again = config(name, {});
      again.run.resume = true;
      train(again, environment(lead));
      weft::testing::expect_same_run(out("whole"), out(name));
    }
  }
}

TEST_F(Ahead, KilledAndResumedIsTheSame) {
  run("whole", kCpu);
  TrainEnvironment copying = environment(1);
  int lines = 0;
  copying.events.result = [&](const std::string& line) {
    if (!line.starts_with("Run: ")) return;
    if (++lines == 4 || lines == 8 || lines == 15) {
      fs::copy(out("queued"), out("killed" + std::to_string(lines)), fs::copy_options::recursive);
    }
  };
  train(config("queued", {}), copying);
  for (const char* name : {"killed4", "killed8", "killed15"}) {
    TrainConfig again = config(name, {});
    again.run.resume = true;
    train(again, environment(1));
    weft::testing::expect_same_run(out("whole"), out(name));
  }
}

TEST_F(Ahead, ALossThatIsNotFiniteStopsAtTheSameEpochAndKeepsTheSameState) {
  weft::testing::small_dataset({150, 3, 5, 1, 1e15}).write(folder_.path() / "own");
  const Settings settings{{"lr", "1000"},   {"batch_norm", "false"}, {"dropout", "0"},
                          {"hidden", "64"}, {"layers", "6"},         {"epochs", "50"}};
  const auto diverge = [&](const std::string& name, int lead) {
    weft::testing::expect_error_with(ErrorCode::kNumeric, {"run 1, epoch 2", "last.safetensors"},
                                     [&] { run(name, lead, settings); });
  };
  diverge("cpu", kCpu);
  EXPECT_EQ(load_checkpoint(out("cpu") / "last.safetensors").epoch, 0);
  for (const int lead : kLeads) {
    diverge("ahead" + std::to_string(lead), lead);
    weft::testing::expect_same_run(out("cpu"), out("ahead" + std::to_string(lead)));
  }
}

TEST_F(Ahead, ALossThatIsNotFiniteFromTheStartLeavesNoState) {
  weft::testing::small_dataset({150, 3, 5, 1, 1e38}).write(folder_.path() / "own");
  weft::testing::expect_error(ErrorCode::kNumeric, "run 1, epoch 1", [&] {
    run("bad", 1, {{"batch_norm", "false"}});
  });
  EXPECT_FALSE(fs::exists(out("bad") / "last.safetensors"));
}

TEST_F(Ahead, EpochsAreRecordedOnceAndReplayedThroughAllRuns) {
  QueuedBackend* backend = nullptr;
  TrainEnvironment e = environment(1);
  int recorded = 0, replayed = 0;
  e.make_backend = [&](const BackendRequest&, const Note&) {
    auto made = std::make_unique<QueuedBackend>();
    backend = made.get();
    return made;
  };
  e.events.result = [&](const std::string&) {
    recorded = backend->recorded();
    replayed = backend->replayed();
  };
  const Summary summary = train(config("once", {}), e);
  EXPECT_EQ(recorded, 2);                 // training and evaluation
  EXPECT_EQ(replayed, 2 * (2 * 12 - 1));  // all but the first of each, over two runs
  EXPECT_TRUE(summary.steps.empty()) << "times of steps need each to be waited for";
  EXPECT_GT(summary.device_peak_bytes, 0u);
}

}  // namespace
}  // namespace weft::engine
