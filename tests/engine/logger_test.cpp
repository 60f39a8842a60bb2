#include "engine/report/logger.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <tuple>

#include "tests/support/files.hpp"

namespace weft::engine {
namespace {

/// runs[r][e] = {train, valid, test}; epochs count from 1.
using Scores = std::vector<std::vector<std::array<double, 3>>>;

Logger log_of(const Scores& runs, Selection selection = {}) {
  Logger logger(selection);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (std::size_t e = 0; e < runs[r].size(); ++e) {
      const auto [train, valid, test] = runs[r][e];
      logger.add({static_cast<int>(r) + 1, static_cast<int>(e) + 1, 0.0, train, valid, test, 0.0});
    }
  }
  return logger;
}

TrainResult summary_of(const Logger& logger) {
  TrainResult summary;
  for (int run = 0; run < logger.runs(); ++run) summary.runs.push_back(logger.result(run));
  summarize(summary);
  return summary;
}

const Metric kAccuracy = metric_named("acc");
const Metric kRmse = metric_named("rmse");

const Scores kTwoRuns{{{0.5, 0.4, 0.3}, {0.9, 0.6, 0.5}}, {{0.7, 0.5, 0.45}, {0.8, 0.4, 0.7}}};

TEST(Logger, LineOfAnEvaluation) {
  EXPECT_EQ(evaluation_line({1, 50, 1.14891, 0.68712, 0.689349, 0.683151, 0.2}, Metric{}),
            "Run: 01, Epoch: 50, Loss: 1.1489, Train: 68.71%, Valid: 68.93% Test: 68.32%");
  EXPECT_EQ(evaluation_line({10, 3, 2.0, 1.0, 0.5, 0.25, 0.0}, Metric{}),
            "Run: 10, Epoch: 03, Loss: 2.0000, Train: 100.00%, Valid: 50.00% Test: 25.00%");
}

TEST(Logger, TheFirstOfEqualValidationScoresWins) {
  const Logger logger = log_of({{{0.5, 0.4, 0.3}, {0.6, 0.45, 0.31}, {0.7, 0.45, 0.99}}});
  EXPECT_EQ(logger.chosen(0), 1u);
  EXPECT_EQ(logger.result(0).best_epoch, 2);
  EXPECT_EQ(logger.result(0).test, 0.31);
  EXPECT_EQ(logger.result(0).highest_train, 0.7);
}

TEST(Logger, ScoresAreComparedInFloat32) {
  const double valid = 0.45;
  const Logger logger = log_of({{{0.5, valid, 0.1}, {0.5, std::nextafter(valid, 1.0), 0.2}}});
  EXPECT_EQ(logger.chosen(0), 0u);
}

TEST(Logger, OneRuleForBetter) {
  float valid = 0.3f;  // 100 times this and 100 times the next float are the same float
  while (100.0f * valid != 100.0f * std::nextafter(valid, 1.0f)) valid = std::nextafter(valid, 1.0f);
  EXPECT_FALSE(beats(std::nextafter(valid, 1.0f), valid, kAccuracy));
  EXPECT_TRUE(beats(0.31, 0.3, kAccuracy));
  EXPECT_FALSE(beats(0.3, 0.3, kAccuracy));
  EXPECT_TRUE(beats(0.3, 0.31, kRmse));
  EXPECT_FALSE(beats(0.31, 0.3, kRmse));
  const double nan = std::nan("");
  for (const Metric& metric : {kAccuracy, kRmse}) {
    EXPECT_FALSE(beats(nan, 0.3, metric));
    EXPECT_FALSE(beats(nan, nan, metric));
    EXPECT_TRUE(beats(0.3, nan, metric));
  }
}

TEST(Logger, TheBestOfAllRunsAndEachRunsChoiceAreOneRule) {
  std::mt19937 random(7);
  for (const Metric& metric : {kAccuracy, kRmse}) {
    Logger logger({false, metric});
    int best_run = 0, best_epoch = 0;
    for (int run = 1; run <= 20; ++run) {
      for (int epoch = 1; epoch <= 50; ++epoch) {  // neighbouring floats, some of them equal in percent
        const double valid =
            random() % 8 == 0 ? std::nan("") : 0.3f + static_cast<float>(random() % 6) * 0x1p-25f;
        if (logger.add({run, epoch, 0, 0, valid, 0, 0}))
          std::tie(best_run, best_epoch) = std::tie(run, epoch);
      }
    }
    EXPECT_EQ(logger.result(best_run - 1).best_epoch, best_epoch);
    for (int run = 0; run < 20; ++run) {
      EXPECT_FALSE(beats(logger.result(run).valid, logger.result(best_run - 1).valid, metric)) << run;
    }
  }
}

TEST(Logger, ALowerErrorIsBetter) {
  const Logger logger = log_of({{{0.9, 0.8, 0.7}, {0.5, 0.75, 0.9}, {0.4, 0.75, 0.1}, {0.45, 0.81, 0.2}},
                                {{1.5, 1.25, 1.0}, {2.0, 1.5, 0.5}}},
                               {false, kRmse});
  EXPECT_EQ(logger.result(0).best_epoch, 2);
  EXPECT_EQ(logger.result(0).highest_train, 0.4);
  EXPECT_EQ(
      logger.run_block(0),
      "Run 01:\n Lowest Train: 0.4000\n Lowest Valid: 0.7500\n  Final Train: 0.5000\n   Final Test: 0.9000");
  EXPECT_EQ(all_runs_block(summary_of(logger), kRmse),
            "All runs:\n Lowest Train: 0.9500 ± 0.7778\n Lowest Valid: 1.0000 ± 0.3536\n"
            "  Final Train: 1.0000 ± 0.7071\n   Final Test: 0.9500 ± 0.0707");
  EXPECT_EQ(evaluation_line({1, 2, 0.5, 0.5, 0.75, 0.9, 0.2}, kRmse),
            "Run: 01, Epoch: 02, Loss: 0.5000, Train: 0.5000, Valid: 0.7500 Test: 0.9000");
}

// Two neighbouring floats, 100 times which is one float: only an error in its own units tells them apart.
TEST(Logger, ScoresAreComparedInTheUnitsThatAreShown) {
  float valid = 0.3f;
  while (100.0f * valid != 100.0f * std::nextafter(valid, 1.0f)) valid = std::nextafter(valid, 1.0f);
  const double higher = std::nextafter(valid, 1.0f);
  EXPECT_FALSE(beats(higher, valid, metric_named("rocauc")));
  EXPECT_TRUE(beats(valid, higher, kRmse));
}

TEST(Logger, RocAucIsShownInPercentAndHigherIsBetter) {
  const Metric rocauc = metric_named("rocauc");
  const Logger logger = log_of({{{0.6, 0.71, 0.5}, {0.8, 0.7512, 0.61}, {0.9, 0.74, 0.7}}}, {false, rocauc});
  EXPECT_EQ(logger.result(0).best_epoch, 2);
  EXPECT_EQ(
      logger.run_block(0),
      "Run 01:\nHighest Train: 90.00\nHighest Valid: 75.12\n  Final Train: 80.00\n   Final Test: 61.00");
  EXPECT_EQ(evaluation_line({1, 2, 0.5, 0.8, 0.7512, 0.61, 0.2}, rocauc),
            "Run: 01, Epoch: 02, Loss: 0.5000, Train: 80.00%, Valid: 75.12% Test: 61.00%");
}

TEST(Logger, KnowsTheMetricsOfTheEvaluator) {
  for (const char* name : {"acc", "rocauc", "ap", "mrr", "F1", "hits@50"}) {
    EXPECT_TRUE(metric_named(name).higher_is_better) << name;
  }
  testing::expect_error_with(ErrorCode::kUnsupported, {"no metric 'auc' can choose an epoch"},
                             [] { metric_named("auc"); });
}

TEST(Logger, ANanIsNeverTheBestValidationScore) {
  const Logger logger = log_of({{{0.5, std::nan(""), 0.1}, {0.6, 0.0, 0.2}, {0.7, std::nan(""), 0.3}}});
  EXPECT_EQ(logger.result(0).best_epoch, 2);
}

TEST(Logger, TheLastEpochIsChosenWhereThatIsTheRule) {
  Logger logger({true});
  EXPECT_FALSE(logger.add({1, 1, 0, 0.9, 0.8, 0.7, 0}));
  EXPECT_FALSE(logger.add({1, 2, 0, 0.6, 0.5, 0.4, 0}));
  EXPECT_EQ(logger.result(0).best_epoch, 2);
  EXPECT_EQ(logger.run_block(0),
            "Run 01, last epoch:\nHighest Train: 90.00\nHighest Valid: 80.00\n  Final Train: 60.00\n"
            "   Final Test: 40.00");
  TrainResult summary = summary_of(logger);
  summary.select = "last";
  EXPECT_EQ(all_runs_block(summary, Metric{}).rfind("All runs, last epoch:\nHighest Train: 90.00\n", 0), 0u);
}

TEST(Logger, BlockOfARun) {
  EXPECT_EQ(
      log_of(kTwoRuns).run_block(1),
      "Run 02:\nHighest Train: 80.00\nHighest Valid: 50.00\n  Final Train: 70.00\n   Final Test: 45.00");
}

TEST(Logger, BlockOfAllRuns) {
  EXPECT_EQ(all_runs_block(summary_of(log_of(kTwoRuns)), Metric{}),
            "All runs:\nHighest Train: 85.00 ± 7.07\nHighest Valid: 55.00 ± 7.07\n"
            "  Final Train: 80.00 ± 14.14\n   Final Test: 47.50 ± 3.54");
}

TEST(Logger, OneRunHasNoDeviation) {
  const TrainResult summary = summary_of(log_of({kTwoRuns[0]}));
  EXPECT_FALSE(summary.final_test.std.has_value());
  EXPECT_EQ(
      all_runs_block(summary, Metric{}),
      "All runs:\nHighest Train: 90.00\nHighest Valid: 60.00\n  Final Train: 90.00\n   Final Test: 50.00");
}

TEST(Logger, RefusesRunsThatGoBack) {
  Logger logger = log_of(kTwoRuns);
  EXPECT_THROW(logger.add({1, 3, 0, 0, 0, 0, 0}), Error);
  EXPECT_THROW(logger.result(2), Error);
  TrainResult empty;
  EXPECT_THROW(summarize(empty), Error);
}

/// The shared cases of one metric; null where the file is not at hand.
nlohmann::json cases_of(const std::string& metric) {
  const char* folder = std::getenv("WEFT_TEST_DATA");
  const std::string root = folder != nullptr ? folder : std::string(WEFT_SOURCE_DIR) + "/../shared";
  std::ifstream in(root + "/evaluator-cases.json");
  if (!in) return nullptr;
  const auto file = nlohmann::json::parse(in);
  nlohmann::json chosen = nlohmann::json::array();
  for (const auto& one : file.at("cases")) {
    if (one.at("metric") == metric) chosen.push_back(one);
  }
  return chosen;
}

void expect_spread(const Spread& spread, const nlohmann::json& expect, const char* figure, double scale) {
  const double tolerance = expect.at("rtol");
  const double mean = expect.at("mean").at(figure);
  EXPECT_NEAR(scale * spread.mean, mean, tolerance * mean) << figure;
  const auto& std = expect.at("std_unbiased").at(figure);
  ASSERT_EQ(spread.std.has_value(), !std.is_null()) << figure;
  if (!spread.std) return;
  EXPECT_NEAR(scale * *spread.std, std.get<double>(), tolerance * std.get<double>()) << figure;
}

TEST(Logger, AgreesWithOgbsLogger) {
  const nlohmann::json cases = cases_of("logger");
  if (cases.is_null()) GTEST_SKIP() << "evaluator-cases.json is not here; set WEFT_TEST_DATA to its folder";
  ASSERT_FALSE(cases.empty());
  for (const auto& one : cases) {
    SCOPED_TRACE(one.at("id").get<std::string>());
    const Logger logger = log_of(one.at("input").at("runs"));
    const auto& expect = one.at("expect");
    for (int run = 0; run < logger.runs(); ++run) {
      EXPECT_EQ(logger.chosen(run), expect.at("best_index_per_run").at(static_cast<std::size_t>(run)));
    }
    const TrainResult summary = summary_of(logger);
    const double scale = one.at("input").at("scale");
    expect_spread(summary.highest_train, expect, "highest_train", scale);
    expect_spread(summary.highest_valid, expect, "highest_valid", scale);
    expect_spread(summary.final_train, expect, "final_train", scale);
    expect_spread(summary.final_test, expect, "final_test", scale);
  }
}

}  // namespace
}  // namespace weft::engine
