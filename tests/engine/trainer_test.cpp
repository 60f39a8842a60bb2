// The training loop through the public interface: the same bits however it is run, and what it refuses.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/base/file.hpp"
#include "engine/run/checkpoint.hpp"
#include "tests/support/npy_bytes.hpp"
#include "tests/support/training.hpp"

namespace weft {
namespace {

namespace fs = std::filesystem;
using testing::Training;

TEST_F(Training, LearnsAndReports) {
  const TrainResult result = run("whole", {{"epochs", "40"}});
  ASSERT_EQ(result.runs.size(), 2u);
  EXPECT_EQ(result.runs[1].seed, result.runs[0].seed + 1);
  EXPECT_GT(result.final_test.mean, 0.6);
  EXPECT_EQ(result.parameters, 5 * 16 + 16 + 16 * 16 + 16 + 16 * 3 + 3 + 4 * 16);
  EXPECT_GT(result.seconds_train, 0.0);
  for (const char* file :
       {"config.toml", "metrics.jsonl", "summary.json", "best.safetensors", "last.safetensors"}) {
    EXPECT_TRUE(fs::exists(out("whole") / file)) << file;
  }
}

TEST_F(Training, SameBitsAtAnyThreadCountAndTwice) {
  run("reference");
  for (const char* threads : {"1", "2", "3", "7"}) {
    run(std::string("threads") + threads, {{"threads", threads}});
    expect_same("reference", std::string("threads") + threads);
  }
}

TEST_F(Training, RunIOfASeedIsRunZeroOfTheNextSeed) {
  const TrainResult two = run("", {{"seed", "5"}});
  const TrainResult next = run("", {{"seed", "6"}, {"runs", "1"}});
  EXPECT_EQ(two.runs[1].valid, next.runs[0].valid);
  EXPECT_EQ(two.final_loss, next.final_loss);
}

// What a kill leaves on disk is what lies there between two epochs: it is copied away, and the copy resumed.
TEST_F(Training, ADamagedCacheIsNeitherTrainedOnNorDescribed) {
  run("");
  const fs::path cache = folder_.path() / "own" / "own.weft";
  const std::string whole = weft::testing::read_bytes(cache);
  int refused = 0, tried = 0;
  for (std::size_t at = whole.size() / 2; at < whole.size(); at += whole.size() / 23, ++tried) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    weft::testing::write_bytes(cache, damaged);
    try {
      run("");
      // Damage that looks like raw files that changed makes the cache stale: it is written anew.
      refused += weft::testing::read_bytes(cache) == whole ? 1 : 0;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadData) << error.what();
      ++refused;
    }
    try {
      info(dataset());  // may be right where nothing it reads was hit, but must not crash
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadData) << error.what();
    }
  }
  EXPECT_EQ(refused, tried);
}

TEST_F(Training, ARawFileThatIsChangedWithinItsTimeIsTold) {
  const auto score = [&](const std::string& name) { return run(name, {{"runs", "1"}}).final_loss; };
  const double before = score("");
  const fs::path labels = folder_.path() / "own/raw/node-label.csv.gz";
  const auto time = fs::last_write_time(labels);
  const auto changed = [&] {
    struct stat facts {};
    EXPECT_EQ(::stat(labels.c_str(), &facts), 0);
    return std::make_pair(facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec);
  };
  weft::testing::RawFiles other = weft::testing::small_dataset();
  std::string& text = other.text.at("raw/node-label.csv.gz");
  std::rotate(text.begin(), text.begin() + 2, text.end());
  for (const auto before_it = changed(); changed() == before_it;) {  // the clock of files ticks slowly
    weft::testing::write_bytes(labels, weft::testing::gzip(text));
    fs::last_write_time(labels, time);
  }
  InfoOptions look;
  look.events.note = [](const std::string& line) { ADD_FAILURE() << line; };
  info(dataset(), look);
  look.verify = true;
  weft::testing::expect_error_with(ErrorCode::kStale, {"raw/node-label.csv.gz has changed", "weft convert"},
                                   [&] { info(dataset(), look); });
  TrainOptions o = options("", {{"runs", "1"}});
  std::string notes;
  o.events.note = [&](const std::string& line) { notes += line; };
  EXPECT_NE(train(dataset(), o).final_loss, before);
  EXPECT_NE(notes.find("raw/node-label.csv.gz has changed"), std::string::npos) << notes;
}

TEST_F(Training, TheFolderMayEndInASlash) {
  TrainOptions o = options("");
  o.out = (out("slash") / "").string();
  train(dataset(), o);
  EXPECT_TRUE(fs::exists(out("slash") / "summary.json"));
}

// Whatever the disk kept of the other files, the last state is enough.
TEST_F(Training, PredictionsGoToAFileThatNobodyElseWrites) {
  run("whole");
  PredictOptions o;
  o.out = out("classes.csv");
  {
    const data::LockedFile other(out("classes.csv.partial"), data::LockedFile::IfLocked::kRefuse);
    weft::testing::expect_error(ErrorCode::kExists, "classes.csv.partial: another process is writing it",
                                [&] { predict(out("whole") / "last.safetensors", dataset(), o); });
  }
  o.events.note = [&](const std::string&) {
    weft::testing::write_bytes(o.out, "theirs");
  };  // while it computes
  weft::testing::expect_error(ErrorCode::kExists, "classes.csv: is there already",
                              [&] { predict(out("whole") / "last.safetensors", dataset(), o); });
  EXPECT_EQ(weft::testing::read_bytes(o.out), "theirs");
}

TEST_F(Training, ABatchNormOfOneRowIsRefused) {
  auto files = weft::testing::small_dataset();
  files.text["split/own/train.csv.gz"] = "0\n";
  files.write(folder_.path() / "one");
  TrainOptions o = options("");
  o.recipe = "ogb-mlp";
  weft::testing::expect_error(ErrorCode::kInvalidArgument, "at least 2 rows",
                              [&] { train((folder_.path() / "one").string(), o); });
}

TEST_F(Training, ADatasetThatCannotBeTrainedIsStillDescribed) {
  auto files = weft::testing::small_dataset();
  files.text.erase("raw/node-feat.csv.gz");
  files.write(folder_.path() / "plain");
  const DatasetInfo plain = info((folder_.path() / "plain").string());
  EXPECT_EQ(plain.num_nodes, 150);
  EXPECT_FALSE(plain.training_bytes.has_value());
  EXPECT_NE(plain.why_not_trainable.find("no node features"), std::string::npos) << plain.why_not_trainable;
}

TEST_F(Training, ALossThatIsNotFiniteStopsAndKeepsAGoodState) {
  // The first loss is large but finite; the first step then multiplies six layers of weights around 1000.
  weft::testing::small_dataset({150, 3, 5, 1, 1e15}).write(folder_.path() / "huge");
  const TrainOptions o = options("diverged", {{"lr", "1000"},
                                              {"batch_norm", "false"},
                                              {"dropout", "0"},
                                              {"hidden", "64"},
                                              {"layers", "6"},
                                              {"epochs", "50"}});
  weft::testing::expect_error_with(ErrorCode::kNumeric, {"run 1, epoch 2", "last.safetensors"},
                                   [&] { train((folder_.path() / "huge").string(), o); });
  const engine::Checkpoint kept = engine::load_checkpoint(out("diverged") / "last.safetensors");
  EXPECT_EQ(kept.epoch, 0);
  for (const engine::CheckpointArray& array : kept.arrays) {
    for (const float value : array.values) ASSERT_TRUE(std::isfinite(value)) << array.name;
  }
}

TEST_F(Training, TooLittleMemoryIsToldBeforeStarting) {
  weft::testing::expect_error(ErrorCode::kOutOfMemory, "MB are free", [&] {
    run("", {{"hidden", "65536"}, {"layers", "40"}});
  });
}

TEST_F(Training, ArithmeticThatTheCpuLacksIsRefused) {
  weft::testing::expect_error(
      ErrorCode::kUnsupported,
      "stores no bfloat16 here; use a GPU of compute capability 8.0 or later, or give", [&] {
        run("", {{"device", "cpu"}, {"precision", "bf16"}});
      });
  weft::testing::expect_error(ErrorCode::kUnsupported,
                              "multiplies in float32 only; give --device cuda, or --math fp32", [&] {
                                run("", {{"device", "cpu"}, {"math", "tf32"}});
                              });
}

TEST_F(Training, PrecisionAndMathArePartOfTheResult) {
  TrainOptions o = options("whole");
  std::string notes;
  o.events.note = [&](const std::string& line) { notes += line + "\n"; };
  const TrainResult result = train(dataset(), o);
  EXPECT_EQ(result.precision, "fp32");
  EXPECT_EQ(result.math, "fp32");
  EXPECT_NE(notes.find("precision fp32, math fp32; about "), std::string::npos) << notes;
  const engine::Checkpoint last = engine::load_checkpoint(out("whole") / "last.safetensors");
  EXPECT_NE(last.config.find("precision = \"fp32\"\nmath = \"fp32\"\n"), std::string::npos) << last.config;
}

// A model that was trained as this backend cannot compute still predicts: its parameters are float32.
TEST_F(Training, ABf16CheckpointPredictsOnTheCpu) {
  run("whole");
  const fs::path best = out("whole") / "best.safetensors";
  engine::Checkpoint checkpoint = engine::load_checkpoint(best);
  const std::string fp32 = "precision = \"fp32\"";
  checkpoint.config.replace(checkpoint.config.find(fp32), fp32.size(), "precision = \"bf16\"");
  engine::save_checkpoint(out("bf16.safetensors"), checkpoint);
  PredictOptions o;
  o.device = "cpu";
  std::string notes;
  o.events.note = [&](const std::string& line) { notes += line + "\n"; };
  EXPECT_EQ(predict(out("bf16.safetensors"), dataset(), o).classes, predict(best, dataset(), o).classes);
  EXPECT_NE(notes.find("trained with precision bf16 and math fp32; predicting with fp32\n"),
            std::string::npos);
}

TEST_F(Training, PatienceEndsARun) {
  const TrainResult result = run("patient", {{"epochs", "400"}, {"patience", "10"}, {"runs", "1"}});
  const std::string text = metrics("patient");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), result.runs[0].best_epoch + 10);
}

TEST_F(Training, PatienceWaitsForTheFirstEvaluation) {
  const TrainResult result =
      run("", {{"epochs", "40"}, {"eval_every", "6"}, {"patience", "2"}, {"runs", "1"}});
  EXPECT_GE(result.runs[0].best_epoch, 6);
}

TEST_F(Training, PatienceSaysThatItEndedARun) {
  TrainOptions o = options("", {{"epochs", "400"}, {"patience", "10"}, {"runs", "1"}});
  std::string notes;
  o.events.note = [&](const std::string& line) { notes += line + "\n"; };
  const int best = train(dataset(), o).runs[0].best_epoch;
  EXPECT_NE(notes.find("run 1 ended after epoch " + std::to_string(best + 10) +
                       ": patience 10 found no better validation score since epoch " + std::to_string(best)),
            std::string::npos)
      << notes;
}

TEST_F(Training, PatienceNeedsValidationScores) {
  weft::testing::expect_error_with(ErrorCode::kInvalidArgument,
                                   {"--patience 3", "--select last", "give --patience 0 or --select valid"},
                                   [&] {
                                     run("", {{"patience", "3"}, {"select", "last"}});
                                   });
}

TEST_F(Training, WithoutLabelledValidationNodesNoEpochIsTheBest) {
  using weft::testing::npy;
  const std::string unlabelled = (folder_.path() / "unlabelled.npz").string();
  const float nan = std::nanf("");
  weft::testing::write_bytes(unlabelled,
                             weft::testing::npz({{"edge_index", npy<std::int64_t>({0, 1, 2, 3}, {2, 2})},
                                                 {"x", npy<float>({1, 2, 3, 4}, {4, 1})},
                                                 {"y", npy<float>({0, 1, nan, nan}, {4})},
                                                 {"train", npy<std::int64_t>({0, 1}, {2})},
                                                 {"valid", npy<std::int64_t>({}, {0})},
                                                 {"test", npy<std::int64_t>({}, {0})}},
                                                false));
  weft::testing::expect_error_with(ErrorCode::kUnsupported,
                                   {"unlabelled: no validation node has a label", "--select last"},
                                   [&] { train(unlabelled, options("refused")); });
  EXPECT_FALSE(fs::exists(out("refused")));
  EXPECT_NE(info(unlabelled).why_not_trainable.find("--select last"), std::string::npos);

  TrainOptions o = options("last", {{"select", "last"}});
  std::string notes;
  o.events.note = [&](const std::string& line) { notes += line + "\n"; };
  const TrainResult result = train(unlabelled, o);
  EXPECT_EQ(result.runs[0].best_epoch, 12);
  for (const char* part : {"valid", "test"}) {
    EXPECT_NE(notes.find(std::string("unlabelled: split own has no labelled node in its part ") + part),
              std::string::npos)
        << notes;
  }
  const auto summary = nlohmann::json::parse(weft::testing::read_bytes(out("last") / "summary.json"));
  EXPECT_EQ(summary["select"], "last");
  EXPECT_EQ(summary["runs"][1]["best_epoch"], 12);
  EXPECT_TRUE(summary["runs"][1]["valid"].is_null());
  EXPECT_FALSE(fs::exists(out("last") / "best.safetensors"));
  EXPECT_EQ(engine::load_checkpoint(out("last") / "last.safetensors").epoch, 12);
}

TEST_F(Training, TheLastEpochIsAlwaysEvaluated) {
  run("sparse", {{"epochs", "11"}, {"eval_every", "4"}, {"runs", "1"}});
  const std::string text = metrics("sparse");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_NE(text.find("\"epoch\":11"), std::string::npos);
}

TEST_F(Training, RandomFeaturesAreMarked) {
  TrainOptions o = options("random", {{"features", "random:8"}});
  std::string lines;
  o.events.result = [&](const std::string& line) { lines += line + "\n"; };
  EXPECT_EQ(train(dataset(), o).features, "random:8");
  EXPECT_NE(lines.find("not comparable"), std::string::npos) << lines;
  const auto summary = nlohmann::json::parse(weft::testing::read_bytes(out("random") / "summary.json"));
  EXPECT_EQ(summary["features"], "random:8");
}

TEST_F(Training, RandomFeaturesNeedNoFeatureFile) {
  auto files = weft::testing::small_dataset();
  files.text.erase("raw/node-feat.csv.gz");
  for (int v = 0; v < 150; ++v) files.text["raw/node_year.csv.gz"] += "2017\n";
  for (const char* part : {"train", "valid", "test"}) {
    files.text[std::string("split/time/") + part + ".csv.gz"] =
        files.text[std::string("split/own/") + part + ".csv.gz"];
  }
  files.write(folder_.path() / "ogbn_arxiv");  // a name whose dataset has features
  const std::string graph = (folder_.path() / "ogbn_arxiv").string();
  weft::testing::expect_error_with(ErrorCode::kNotFound, {"node-feat.csv.gz", "--without-features"},
                                   [&] { train(graph, options("")); });
  EXPECT_EQ(train(graph, options("", {{"features", "random:8"}})).features, "random:8");
  weft::testing::expect_error_with(ErrorCode::kNotFound, {"no node features", "--features random"},
                                   [&] { train(graph, options("")); });
}

TEST_F(Training, EveryRecipeTrains) {
  for (const std::string& recipe : recipe_names()) {
    TrainOptions o = options("");
    o.recipe = recipe;
    EXPECT_GT(train(dataset(), o).final_test.mean, 0.3) << recipe;
  }
}

/// The folder's dataset with weights from 1 to 3.
class WeightedTraining : public Training {
 protected:
  WeightedTraining() {
    weft::testing::RawFiles files = weft::testing::small_dataset();
    std::string weights;
    const std::string& edges = files.text.at("raw/edge.csv.gz");
    for (std::size_t k = 0; k < edges.size(); ++k) {
      if (edges[k] == '\n') weights += std::to_string(1 + k % 3) + "\n";
    }
    files.text["raw/edge_weight.csv.gz"] = weights;
    files.write(folder_.path() / "own");
  }
};

TEST_F(WeightedTraining, UsesWeightsUnlessToldNotTo) {
  const TrainResult used = run("used"), ignored = run("ignored", {{"edge_weights", "ignore"}});
  EXPECT_TRUE(used.edge_weights);
  EXPECT_FALSE(ignored.edge_weights);
  EXPECT_NE(used.final_loss, ignored.final_loss);
  const auto summary = nlohmann::json::parse(weft::testing::read_bytes(out("used") / "summary.json"));
  EXPECT_EQ(summary["edge_weights"], true);
  EXPECT_EQ(summary["log1p"], false);
  weft::testing::small_dataset().write(folder_.path() / "plain");
  EXPECT_EQ(train((folder_.path() / "plain").string(), options("")).final_loss, ignored.final_loss);
  for (const auto& [name, result] : {std::pair{"used", &used}, std::pair{"ignored", &ignored}}) {
    const RunResult& best = result->runs[result->runs[0].valid >= result->runs[1].valid ? 0 : 1];
    EXPECT_EQ(predict(out(name) / "best.safetensors", dataset()).scores[2], best.test) << name;
  }
}

TEST_F(WeightedTraining, ACheckpointFromBeforeWeightsPredictsWithoutThem) {
  run("whole", {{"edge_weights", "ignore"}});
  const fs::path best = out("whole") / "best.safetensors";
  engine::Checkpoint old = engine::load_checkpoint(best);
  const std::size_t line = old.config.find("edge_weights = ");
  old.config.erase(line, old.config.find('\n', line) + 1 - line);
  old.log1p = std::nullopt;
  engine::save_checkpoint(out("old.safetensors"), old);
  EXPECT_EQ(predict(out("old.safetensors"), dataset()).classes, predict(best, dataset()).classes);
}

TEST_F(Training, CountsAreTheSameAsFractionsOfNothingAndKeptWithTheRun) {
  const auto write = [&](const char* name, const char* ending) {
    weft::testing::RawFiles files = weft::testing::small_dataset();
    std::string rows;
    for (int v = 0; v < 150; ++v) {
      for (int c = 0; c < 5; ++c) rows += (c == 0 ? "" : ",") + std::to_string(v * (c + 3) % 7) + ending;
      rows += "\n";
    }
    files.text["raw/node-feat.csv.gz"] = rows;
    files.write(folder_.path() / name);
    return (folder_.path() / name).string();
  };
  const std::string whole = write("whole", ""), floats = write("floats", ".0");
  std::string notes;
  TrainOptions o = options("counts");
  o.events.note = [&](const std::string& line) { notes += line + "\n"; };
  const TrainResult a = train(whole, o), b = train(floats, options("counted"));
  EXPECT_NE(notes.find("Features are counts and taken as log(1 + count)\n"), std::string::npos) << notes;
  EXPECT_TRUE(a.log1p && b.log1p);
  EXPECT_EQ(metrics("counts"), metrics("counted"));
  EXPECT_NE(train(floats, options("", {{"log1p", "false"}})).final_loss, b.final_loss);
  const fs::path best = out("counts") / "best.safetensors";
  EXPECT_EQ(engine::load_checkpoint(best).log1p, true);
  EXPECT_EQ(predict(best, floats).classes, predict(best, whole).classes);
}

TEST_F(Training, TheBestCheckpointPredictsWhatWasReported) {
  const TrainResult result = run("whole");
  const RunResult& best = result.runs[0].valid >= result.runs[1].valid ? result.runs[0] : result.runs[1];
  const PredictResult prediction = predict(out("whole") / "best.safetensors", dataset());
  EXPECT_EQ(prediction.classes.size(), 150u);
  EXPECT_EQ(prediction.split, "own");
  EXPECT_EQ(prediction.scores[0], best.train);
  EXPECT_EQ(prediction.scores[1], best.valid);
  EXPECT_EQ(prediction.scores[2], best.test);
}

TEST_F(Training, PredictionStopsWhenAsked) {
  run("whole");
  PredictOptions o;
  o.out = out("p.csv");
  o.events.progress = [](const Progress&) { request_stop(); };
  const fs::path fresh = folder_.path() / "fresh";
  weft::testing::small_dataset().write(fresh);  // it is converted first, which reports progress
  weft::testing::expect_error(ErrorCode::kInterrupted, "stopped; no cache was made",
                              [&] { predict(out("whole") / "best.safetensors", fresh.string(), o); });
  EXPECT_FALSE(fs::exists(o.out));
  o.events = {};
  predict(out("whole") / "best.safetensors", fresh.string(), o);
  EXPECT_TRUE(fs::exists(o.out));
}

TEST_F(Training, PredictsForAnotherGraphAndRefusesOtherFeatures) {
  run("whole");
  weft::testing::small_dataset({90, 3, 5, 2}).write(folder_.path() / "other");
  const PredictResult other = predict(out("whole") / "best.safetensors", (folder_.path() / "other").string());
  EXPECT_EQ(other.classes.size(), 90u);
  weft::testing::small_dataset({90, 3, 4, 2}).write(folder_.path() / "narrow");
  weft::testing::expect_error(ErrorCode::kInvalidArgument, "4 features where the model wants 5", [&] {
    predict(out("whole") / "best.safetensors", (folder_.path() / "narrow").string());
  });
}

}  // namespace
}  // namespace weft
