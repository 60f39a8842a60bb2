#include "engine/run/run_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/run/run_directory.hpp"
#include "tests/support/files.hpp"

namespace weft::engine {
namespace {

namespace fs = std::filesystem;

using testing::expect_error;
using testing::read_bytes;
using testing::TemporaryFolder;

const Evaluation kFirst{1, 1, 3.25, 0.5, 0.25, 0.125, 0.01};
const Evaluation kSecond{1, 2, 0.1, 1.0 / 3.0, 0.5, 0.75, 0.02};

class RunLogTest : public ::testing::Test {
 protected:
  std::string text() const { return read_bytes(path_); }
  std::string whole() const {
    RunLog log(path_);
    log.keep({});
    log.append(kFirst);
    log.append(kSecond);
    return text();
  }

  TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "metrics.jsonl";
};

TEST_F(RunLogTest, OneObjectPerLineWrittenAtOnce) {
  EXPECT_EQ(
      whole(),
      "{\"run\":1,\"epoch\":1,\"loss\":3.25,\"train\":0.5,\"valid\":0.25,\"test\":0.125,\"seconds\":0.01}\n"
      "{\"run\":1,\"epoch\":2,\"loss\":0.1,\"train\":0.3333333333333333,\"valid\":0.5,\"test\":0.75,"
      "\"seconds\":0.02}\n");
}

TEST_F(RunLogTest, WhatTheCheckpointDoesNotKnowIsCutOff) {
  const std::string all = whole();
  weft::testing::write_bytes(path_, all + "{\"run\":1,\"epo");  // killed while writing
  RunLog log(path_);
  log.keep({kFirst});
  EXPECT_EQ(text(), all.substr(0, all.find('\n') + 1));
  log.append(kSecond);
  EXPECT_EQ(text(), all);
}

TEST_F(RunLogTest, WhatTheDiskDidNotKeepComesBack) {
  const std::string all = whole();
  const std::string first = all.substr(0, all.find('\n') + 1);
  std::string lost_second = all;
  lost_second.replace(lost_second.find("\"seconds\":0.02"), 14, "\"seconds\":null");
  const std::string zeros(all.size() - first.size(), '\0');
  for (const std::string& rest :
       {std::string(), zeros, std::string("{\"run\":1,\"epo"), std::string("\n\n[]\nnull\n{}\n"),
        std::string("{\"run\":1,\"epoch\":2,\"loss\":7,\"seconds\":1}\n"),
        std::string("\xff\xfe\n\"\xff\"\n")}) {
    weft::testing::write_bytes(path_, first + rest);
    RunLog(path_).keep({kFirst, kSecond});
    EXPECT_EQ(text(), lost_second) << rest;
  }
  weft::testing::write_bytes(path_, "\n" + all);
  RunLog(path_).keep({kFirst, kSecond});
  EXPECT_EQ(text(), all);
}

TEST_F(RunLogTest, AScoreOfAnEmptyPartIsNull) {
  Evaluation without_test = kFirst;
  without_test.test = std::nan("");
  RunLog(path_).append(without_test);
  const std::string before = text();
  EXPECT_NE(before.find("\"test\":null"), std::string::npos);
  RunLog(path_).keep({without_test});
  EXPECT_EQ(text(), before);
}

TEST_F(RunLogTest, OneProcessAtATime) {
  const RunLog log(path_);
  expect_error(ErrorCode::kExists, path_.string(), [&] { RunLog second(path_); });
}

TEST(RunFiles, ARunLeavesItsFiles) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.run.out = folder.path() / "deep" / "run";
  const RunDirectory run(config);
  EXPECT_EQ(read_bytes(config.run.out / "config.toml"), to_toml(config));
  TrainResult summary;
  summary.dataset = "debian";
  run.write_summary(summary);
  EXPECT_EQ(read_bytes(config.run.out / "summary.json"), to_json(summary) + "\n");
}

TEST(RunFiles, AnExistingFolderIsRefused) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.run.out = folder.path() / "run";
  const auto refused = [&](const char* remedy =
                               " and is no run (it has no config.toml); give another --out") {
    expect_error(ErrorCode::kExists, config.run.out.string() + ": is there already" + remedy,
                 [&] { RunDirectory run(config); });
  };
  weft::testing::write_bytes(config.run.out, "");
  refused();
  fs::remove(config.run.out);
  fs::create_directory(config.run.out);
  for (const auto& [name, text] : {std::pair{"notes.txt", ""}, std::pair{"metrics.jsonl", "mine"}}) {
    weft::testing::write_bytes(config.run.out / name, text);
    refused();
    EXPECT_EQ(read_bytes(config.run.out / name), text);
    fs::remove(config.run.out / name);
  }
  { const RunDirectory run(config); }
  refused("; give another --out, or --resume to continue it");
}

// Killed between making the folder and config.toml, in every state that the files can be in.
TEST(RunFiles, AFolderWhoseRunNeverBeganIsBegunAnew) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.run.out = folder.path() / "run";
  for (const auto& files :
       {std::vector<const char*>{}, {"metrics.jsonl"}, {"metrics.jsonl", "config.toml.partial"}}) {
    fs::create_directory(config.run.out);
    for (const char* name : files) weft::testing::write_bytes(config.run.out / name, "");
    config.run.resume = true;
    expect_error(ErrorCode::kNotFound, "leave --resume out to start one", [&] { RunDirectory run(config); });
    config.run.resume = false;
    { const RunDirectory run(config); }
    EXPECT_EQ(read_bytes(config.run.out / "config.toml"), to_toml(config));
    fs::remove_all(config.run.out);
  }
}

TEST(RunFiles, ARunBelongsToOneProcess) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.run.out = folder.path() / "run";
  RunDirectory first(config);
  first.append(kFirst);
  config.run.resume = true;
  const auto second = [&] { RunDirectory run(config); };
  const std::string words =
      config.run.out.string() + ": another process is training there; wait until it has ended";
  expect_error(ErrorCode::kExists, words, second);
  expect_error(ErrorCode::kExists, words, [&] { check_run_directory(config); });
  EXPECT_NE(read_bytes(config.run.out / "metrics.jsonl"), "");
}

TEST(RunFiles, SpaceForCheckpointsIsCheckedFirst) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.run.out = folder.path() / "deep" / "run";
  expect_error(ErrorCode::kNoSpace, "give an --out with more", [&] { RunDirectory(config, {}, 1ull << 60); });
  EXPECT_FALSE(fs::exists(folder.path() / "deep"));
}

TEST(RunFiles, ResumingNeedsTheSameOptions) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.run.out = folder.path() / "run";
  { const RunDirectory run(config); }
  config.run.resume = true;
  config.compute.threads = 7;  // may change: it decides no number
  EXPECT_NO_THROW(RunDirectory run(config));
  config.optimizer.lr = 0.5;
  expect_error(ErrorCode::kInvalidArgument,
               (config.run.out / "config.toml").string() +
                   ": the run began with lr = 0.01, not 0.5; resume it without other options",
               [&] { RunDirectory run(config); });
}

TEST(RunFiles, ResumingGoesOnFromTheLastCheckpoint) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.run.out = folder.path() / "run";
  {
    RunDirectory run(config);
    EXPECT_FALSE(run.resumed());
    run.append(kFirst);
    Checkpoint checkpoint;
    checkpoint.epoch = 1;
    checkpoint.evaluations = {kFirst};
    run.save_best(checkpoint);
    run.save_last(checkpoint);
    run.append(kSecond);
  }
  config.run.resume = true;
  const RunDirectory run(config);
  ASSERT_TRUE(run.resumed());
  EXPECT_EQ(run.resumed()->epoch, 1);
  const std::string text = read_bytes(config.run.out / "metrics.jsonl");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(RunFiles, NothingToResumeIsAnError) {
  const TemporaryFolder folder;
  TrainConfig config;
  config.run.out = folder.path() / "none";
  config.run.resume = true;
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
  EXPECT_FALSE(run.has_summary({}));
}

}  // namespace
}  // namespace weft::engine
