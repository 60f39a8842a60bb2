// Runs that end early and go on: nothing is lost, nothing is mixed, and no other data or options slip in.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/run/checkpoint.hpp"
#include "tests/support/training.hpp"

namespace weft {
namespace {

namespace fs = std::filesystem;
using testing::Training;

TEST_F(Training, StoppedAndResumedIsTheSame) {
  run("whole");
  for (const int stop_at : {3, 10, 12, 17, 24}) {
    const std::string name = "stopped" + std::to_string(stop_at);
    TrainOptions o = options(name);
    int lines = 0;
    o.events.result = [&](const std::string& line) {
      if (line.starts_with("Run: ") && ++lines == stop_at) request_stop();
    };
    weft::testing::expect_error(ErrorCode::kInterrupted, "--resume", [&] { train(dataset(), o); });
    TrainOptions again = options(name);
    again.resume = true;
    train(dataset(), again);
    expect_same("whole", name);
  }
}

TEST_F(Training, KilledAndResumedIsTheSame) {
  TrainOptions o = options("whole");
  int lines = 0;
  o.events.result = [&](const std::string& line) {
    if (!line.starts_with("Run: ")) return;
    ++lines;
    if (lines == 4 || lines == 8 || lines == 15) {
      fs::copy(out("whole"), out("killed" + std::to_string(lines)), fs::copy_options::recursive);
    }
  };
  train(dataset(), o);
  for (const char* name : {"killed4", "killed8", "killed15"}) {
    TrainOptions again = options(name);
    again.resume = true;
    train(dataset(), again);
    expect_same("whole", name);
  }
}

TEST_F(Training, ResumingAFinishedRunChangesNothing) {
  const TrainResult first = run("whole");
  const auto files = [&] {
    std::string all;
    for (const char* file : {"metrics.jsonl", "summary.json", "best.safetensors", "last.safetensors"}) {
      all += weft::testing::read_bytes(out("whole") / file);
    }
    return all;
  };
  const std::string before = files();
  TrainOptions again = options("whole");
  again.resume = true;
  const TrainResult second = train(dataset(), again);
  EXPECT_EQ(files(), before);
  EXPECT_EQ(first.final_test.mean, second.final_test.mean);
  EXPECT_EQ(first.final_loss, second.final_loss);
}

TEST_F(Training, AStateThatTheRunCannotHaveLeftIsRefused) {
  run("whole");
  const fs::path last = out("whole") / "last.safetensors";
  const engine::Checkpoint good = engine::load_checkpoint(last);
  TrainOptions again = options("whole");
  again.resume = true;
  const std::string all_lines = weft::testing::read_bytes(out("whole") / "metrics.jsonl");
  const auto refuse = [&](auto change) {
    engine::Checkpoint bad = good;
    bad.evaluations.resize(1);
    change(bad);
    engine::save_checkpoint(last, bad);
    weft::testing::expect_error(ErrorCode::kBadData, "last.safetensors", [&] { train(dataset(), again); });
    EXPECT_EQ(weft::testing::read_bytes(out("whole") / "metrics.jsonl"), all_lines)
        << "cut before it was refused";
  };
  refuse([](engine::Checkpoint& c) { c.run = 99; });
  refuse([](engine::Checkpoint& c) { c.epoch = 99; });
  refuse([](engine::Checkpoint& c) { c.step = 1; });
  refuse([](engine::Checkpoint& c) { c.seed = 77; });
  refuse([](engine::Checkpoint& c) { c.features = 9; });
  refuse([](engine::Checkpoint& c) { c.evaluations = {{1, 1}, {2, 1}, {3, 1}}; });
}

TEST_F(Training, AConfigurationThatIsNotTheRunsNamesTheLine) {
  run("whole");
  const fs::path file = out("whole") / "config.toml";
  std::string text = weft::testing::read_bytes(file);
  text.replace(text.find("hidden = 16"), 11, "hidden = 17");
  weft::testing::write_bytes(file, text);
  TrainOptions again;
  again.out = out("whole");
  again.resume = true;
  weft::testing::expect_error_with(
      ErrorCode::kBadData,
      {"last.safetensors: the run began with hidden = 16 where ", "config.toml has hidden = 17"},
      [&] { train(dataset(), again); });
}

TEST_F(Training, ACheckpointStandsAlone) {
  TrainOptions o = options("whole");
  int lines = 0;
  o.events.result = [&](const std::string& line) {
    if (line.starts_with("Run: ") && ++lines == 18) {
      fs::copy(out("whole"), out("cut"), fs::copy_options::recursive);
    }
  };
  train(dataset(), o);
  const std::string text = weft::testing::read_bytes(out("cut") / "metrics.jsonl");
  const std::string zeros(text.size(), '\0');
  for (const std::string& kept :
       {std::string(), zeros, text.substr(0, 100), text.substr(0, 500) + zeros, text + zeros}) {
    fs::remove_all(out("resumed"));
    fs::copy(out("cut"), out("resumed"), fs::copy_options::recursive);
    weft::testing::write_bytes(out("resumed") / "metrics.jsonl", kept);
    weft::testing::write_bytes(out("resumed") / "last.safetensors.partial", zeros);
    TrainOptions again = options("resumed");
    again.resume = true;
    train(dataset(), again);
    expect_same("whole", "resumed");
  }
}

TEST_F(Training, KilledBeforeTheFirstStateItBeginsAgainWithTheSameBits) {
  run("whole");
  fs::create_directory(out("killed"));
  fs::copy(out("whole") / "config.toml", out("killed") / "config.toml");
  weft::testing::write_bytes(out("killed") / "metrics.jsonl", "{\"run\":1,\"epoch\":1,");
  TrainOptions again;
  again.out = out("killed");
  again.resume = true;
  train(dataset(), again);
  expect_same("whole", "killed");
}

TEST_F(Training, AFirstStateIsKeptAfterTheFirstEpoch) {
  TrainOptions o = options("run", {{"checkpoint_every", "100"}});
  std::int64_t kept = 0;
  o.events.result = [&](const std::string& line) {
    if (line.starts_with("Run: 01, Epoch: 02"))
      kept = engine::load_checkpoint(out("run") / "last.safetensors").epoch;
  };
  train(dataset(), o);
  EXPECT_EQ(kept, 1);
}

TEST_F(Training, ARunningRunIsNotResumed) {
  TrainOptions again = options("run");
  again.resume = true;
  TrainOptions o = options("run");
  std::string before, after;
  o.events.result = [&](const std::string& line) {
    if (!line.starts_with("Run: 02, Epoch: 04")) return;
    before = metrics("run");
    weft::testing::expect_error(ErrorCode::kExists, "another process is training there",
                                [&] { train(dataset(), again); });
    after = metrics("run");
  };
  train(dataset(), o);
  EXPECT_FALSE(before.empty());
  EXPECT_EQ(before, after);
  run("whole");
  expect_same("whole", "run");
}

TEST_F(Training, OtherDataUnderTheSameNameIsNotGoneOnWith) {
  const auto files = weft::testing::small_dataset();
  run("whole");
  TrainOptions again = options("whole");
  again.resume = true;
  const auto rewritten = [&](const weft::testing::RawFiles& other) {
    fs::remove_all(folder_.path() / "own");
    other.write(folder_.path() / "own");
  };
  const auto refuse = [&](const std::string& name, const std::string& part, const std::string& from,
                          const std::string& to) {
    auto other = files;
    std::string& text = other.text[name];
    text.replace(text.find(from), from.size(), to);
    rewritten(other);
    weft::testing::expect_error_with(
        ErrorCode::kInvalidArgument,
        {"last.safetensors: the " + part + " of own changed since the run began"},
        [&] { train(dataset(), again); });
  };
  const std::string& labels = files.text.at("raw/node-label.csv.gz");
  refuse("raw/edge.csv.gz", "graph", "149,", "148,");
  refuse("raw/node-feat.csv.gz", "features", "0.", "0.9");
  refuse("raw/node-label.csv.gz", "labels", labels.substr(0, 1), labels[0] == '0' ? "1" : "0");
  refuse("split/own/test.csv.gz", "split", "4\n", "");
  rewritten(files);  // the same again, in another cache
  EXPECT_NO_THROW(train(dataset(), again));
}

TEST_F(Training, ADamagedSummaryIsMadeAgain) {
  run("whole");
  const fs::path file = out("whole") / "summary.json";
  const std::string whole = weft::testing::read_bytes(file);
  TrainOptions again = options("whole");
  again.resume = true;
  std::string other = whole;
  const std::size_t digit = other.find("\"valid\": 0.") + 12;
  other[digit] = other[digit] == '1' ? '2' : '1';
  for (const std::string& damaged :
       {std::string(), std::string("{}"), whole.substr(0, whole.size() / 2), other}) {
    weft::testing::write_bytes(file, damaged);
    train(dataset(), again);
    const auto made = nlohmann::json::parse(weft::testing::read_bytes(file));
    EXPECT_EQ(made["runs"], nlohmann::json::parse(whole)["runs"]);
    EXPECT_TRUE(made["seconds_per_epoch"]["train"].is_null());  // nothing was trained now
  }
  fs::remove(file);
  train(dataset(), again);
  EXPECT_TRUE(fs::exists(file));
}

TEST_F(Training, DamagedCheckpointsAreNeitherResumedNorPredictedFrom) {
  run("whole");
  TrainOptions again = options("whole");
  again.resume = true;
  for (const char* name : {"last.safetensors", "best.safetensors"}) {
    const fs::path file = out("whole") / name;
    const std::string whole = weft::testing::read_bytes(file);
    std::string damaged = whole;
    damaged[whole.size() - 9] = static_cast<char>(damaged[whole.size() - 9] ^ 1);  // of an array
    weft::testing::write_bytes(file, damaged);
    const std::string words = file.string() + ": damaged: its contents do not have its checksum";
    weft::testing::expect_error(ErrorCode::kBadData, words, [&] { train(dataset(), again); });
    weft::testing::expect_error(ErrorCode::kBadData, words, [&] { predict(file, dataset()); });
    weft::testing::write_bytes(file, whole);
  }
}

TEST_F(Training, ARunWithoutItsBestModelIsNotGoneOnWith) {
  run("whole");
  TrainOptions again = options("whole");
  again.resume = true;
  fs::remove(out("whole") / "best.safetensors");
  weft::testing::expect_error_with(ErrorCode::kNotFound,
                                   {"best.safetensors: is missing", "delete last.safetensors too"},
                                   [&] { train(dataset(), again); });
  fs::remove(out("whole") / "last.safetensors");
  train(dataset(), again);
  EXPECT_TRUE(fs::exists(out("whole") / "best.safetensors"));
}

TEST_F(Training, AnExistingFolderIsRefused) {
  run("there");
  weft::testing::expect_error(ErrorCode::kExists, "there", [&] { run("there"); });
}

TEST_F(Training, AnotherDatasetsRunIsNotResumed) {
  run("whole");
  weft::testing::small_dataset().write(folder_.path() / "twin");
  TrainOptions again = options("whole");
  again.resume = true;
  weft::testing::expect_error_with(ErrorCode::kInvalidArgument, {"own", "twin"},
                                   [&] { train((folder_.path() / "twin").string(), again); });
}

}  // namespace
}  // namespace weft
