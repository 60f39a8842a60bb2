#include "engine/run_log.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "engine/run_directory.hpp"
#include "tests/support/files.hpp"

namespace weft::engine {
namespace {

namespace fs = std::filesystem;

using testing::expect_error;
using testing::read_bytes;
using testing::TemporaryFolder;

const Evaluation kFirst{1, 1, 3.25, 0.5, 0.25, 0.125, 0.01};
const Evaluation kSecond{1, 2, 0.1, 1.0 / 3.0, 0.5, 0.75, 0.02};

TEST(RunFiles, OneObjectPerLineWrittenAtOnce) {
  const TemporaryFolder folder;
  RunLog log(folder.path() / "metrics.jsonl", 0);
  log.append(kFirst);
  log.append(kSecond);
  EXPECT_EQ(
      read_bytes(folder.path() / "metrics.jsonl"),
      "{\"run\":1,\"epoch\":1,\"loss\":3.25,\"train\":0.5,\"valid\":0.25,\"test\":0.125,\"seconds\":0.01}\n"
      "{\"run\":1,\"epoch\":2,\"loss\":0.1,\"train\":0.3333333333333333,\"valid\":0.5,\"test\":0.75,"
      "\"seconds\":0.02}\n");
}

TEST(RunFiles, LinesThatDoNotFollowAreRefused) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  const auto line = [](int run, int epoch) {
    return "{\"run\":" + std::to_string(run) + ",\"epoch\":" + std::to_string(epoch) +
           ",\"loss\":1,\"train\":0,\"valid\":0,\"test\":0,\"seconds\":0}\n";
  };
  for (const auto& [run, epoch] :
       {std::pair{999999999, 2}, std::pair{-4, 2}, std::pair{1, 1}, std::pair{2, 0}}) {
    weft::testing::write_bytes(path, line(1, 1) + line(run, epoch));
    expect_error(ErrorCode::kBadData, "metrics.jsonl:2", [&] { RunLog(path, 2); });
  }
}

TEST(RunFiles, ResumingCutsOffWhatTheCheckpointDoesNotKnow) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  {
    RunLog log(path, 0);
    log.append(kFirst);
    log.append(kSecond);
  }
  const std::string whole = read_bytes(path);
  std::ofstream(path, std::ios::app) << "{\"run\":1,\"epo";  // killed while writing
  {
    RunLog log(path, 1);
    ASSERT_EQ(log.kept().size(), 1u);
    EXPECT_EQ(log.kept()[0].loss, kFirst.loss);
    log.append(kSecond);
  }
  EXPECT_EQ(read_bytes(path), whole);
}

TEST(RunFiles, AScoreOfAnEmptyPartIsNull) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  Evaluation without_test = kFirst;
  without_test.test = std::nan("");
  RunLog(path, 0).append(without_test);
  EXPECT_NE(read_bytes(path).find("\"test\":null"), std::string::npos);
  EXPECT_TRUE(std::isnan(RunLog(path, 1).kept()[0].test));
}

TEST(RunFiles, RefusesLinesThatAreMissingOrWrong) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "metrics.jsonl";
  std::ofstream(path) << "{\"run\":1}\n";
  expect_error(
      ErrorCode::kBadData,
      path.string() + ":1: not an evaluation; the run cannot be resumed, start it anew in another folder",
      [&] { RunLog(path, 1); });
  const fs::path empty = folder.path() / "empty.jsonl";
  expect_error(
      ErrorCode::kBadData,
      empty.string() + ": has 0 of the 2 lines that the checkpoint stands on; the run cannot be resumed",
      [&] { RunLog(empty, 2); });
}

TEST(RunFiles, ARunLeavesItsFiles) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.out = folder.path() / "deep" / "run";
  const RunDirectory run(config);
  EXPECT_EQ(read_bytes(config.out / "config.toml"), to_toml(config));
  TrainResult summary;
  summary.dataset = "debian";
  run.write_summary(summary);
  EXPECT_EQ(read_bytes(config.out / "summary.json"), to_json(summary) + "\n");
}

TEST(RunFiles, AnExistingFolderIsRefused) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.out = folder.path();
  expect_error(ErrorCode::kExists,
               folder.path().string() + ": is there already; give another --out, or --resume to continue it",
               [&] { RunDirectory run(config); });
}

TEST(RunFiles, ResumingNeedsTheSameOptions) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.out = folder.path() / "run";
  { const RunDirectory run(config); }
  config.resume = true;
  config.threads = 7;  // may change: it decides no number
  EXPECT_NO_THROW(RunDirectory run(config));
  config.lr = 0.5;
  expect_error(ErrorCode::kInvalidArgument,
               (config.out / "config.toml").string() +
                   ": the run began with lr = 0.01, not 0.5; resume it without other options",
               [&] { RunDirectory run(config); });
}

TEST(RunFiles, ResumingGoesOnFromTheLastCheckpoint) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.out = folder.path() / "run";
  {
    RunDirectory run(config);
    EXPECT_FALSE(run.resumed());
    run.append(kFirst);
    Checkpoint checkpoint;
    checkpoint.epoch = 1;
    checkpoint.evaluations = 1;
    run.save_last(checkpoint);
    run.append(kSecond);
  }
  config.resume = true;
  const RunDirectory run(config);
  ASSERT_TRUE(run.resumed());
  EXPECT_EQ(run.resumed()->epoch, 1);
  ASSERT_EQ(run.evaluations().size(), 1u);
  EXPECT_EQ(run.evaluations()[0].epoch, 1);
}

TEST(RunFiles, NothingToResumeIsAnError) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.out = folder.path() / "none";
  config.resume = true;
  expect_error(
      ErrorCode::kNotFound,
      (folder.path() / "none").string() + ": holds no run to resume; leave --resume out to start one",
      [&] { RunDirectory run(config); });
}

TEST(RunDirectory, WithoutAFolderNothingIsWritten) {
  RunDirectory run(TrainConfig{});
  run.append(kFirst);
  run.save_last({});
  run.write_summary({});
  EXPECT_TRUE(run.evaluations().empty());
}

}  // namespace
}  // namespace weft::engine
