// Which checks come first, and OGB's own results on its small cases where that file is at hand.
#include "data/metrics/evaluator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <limits>
#include <list>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tests/support/arrays.hpp"
#include "tests/support/files.hpp"
#include "tests/support/random.hpp"

namespace weft::data {
namespace {

using testing::expect_error;
using Json = nlohmann::json;

using testing::kNan;
using testing::matrix_of;
using testing::vector_of;
using Form = Evaluator::Form;

class EvaluatorChecks : public ::testing::Test {
 protected:
  Array array(std::vector<std::int64_t> shape) const {
    return {DType::kI64, std::move(shape), zeros_.data()};
  }

  void refused(const std::string& part, const Arrays& inputs, const Evaluator& by = {"acc", 1}) const {
    expect_error(ErrorCode::kInvalidArgument, part, [&] { by.evaluate(inputs); });
  }

  std::vector<std::int64_t> zeros_ = std::vector<std::int64_t>(16, 0);
};

TEST_F(EvaluatorChecks, RunInTheOrderOfOgb) {
  refused("no 'y_true' among the inputs; there is none", {});
  refused("no 'y_true' among the inputs; there is y_pred", {{"y_pred", array({2, 1})}});
  refused("no 'y_pred'", {{"y_true", array({2})}});
  refused("y_true is [2] but y_pred is [2, 1]", {{"y_true", array({2})}, {"y_pred", array({2, 1})}});
  refused("y_true is [1, 2] but y_pred is [1, 1]", {{"y_true", array({1, 2})}, {"y_pred", array({1, 1})}});
  refused("are [2]; give matrices", {{"y_true", array({2})}, {"y_pred", array({2})}});
  refused("are [1, 1, 1]", {{"y_true", array({1, 1, 1})}, {"y_pred", array({1, 1, 1})}});
  refused("are []", {{"y_true", array({})}, {"y_pred", array({})}});
  refused("2 columns but there are 1 tasks", {{"y_true", array({0, 2})}, {"y_pred", array({0, 2})}});
  refused("no labelled rows", {{"y_true", array({0, 1})}, {"y_pred", array({0, 1})}});
}

TEST_F(EvaluatorChecks, OfLinksRunInTheOrderOfOgb) {
  for (const Evaluator& by : {Evaluator("hits@1", 0), Evaluator("rocauc", 0)}) {
    refused("no 'y_pred_pos'", {{"y_pred_neg", array({2, 2})}}, by);
    refused("no 'y_pred_neg'", {{"y_pred_pos", array({2, 2})}}, by);
    refused("y_pred_pos is [2, 1]; give a vector",
            {{"y_pred_pos", array({2, 1})}, {"y_pred_neg", array({2, 1})}}, by);
    refused("y_pred_neg is [2, 1]; give a vector",
            {{"y_pred_pos", array({2})}, {"y_pred_neg", array({2, 1})}}, by);
  }
  const Evaluator mrr("mrr", 0);
  refused("no 'y_pred_pos'", {}, mrr);
  refused("no 'y_pred_neg'", {{"y_pred_pos", array({2, 2})}}, mrr);
  refused("y_pred_pos is [2, 1]; give a vector", {{"y_pred_pos", array({2, 1})}, {"y_pred_neg", array({2})}},
          mrr);
  refused("y_pred_neg is [2]; give a matrix", {{"y_pred_pos", array({2})}, {"y_pred_neg", array({2})}}, mrr);
  refused("y_pred_pos is [1] but y_pred_neg is [3, 2]",
          {{"y_pred_pos", array({1})}, {"y_pred_neg", array({3, 2})}}, mrr);
  refused("no rows to average", {{"y_pred_pos", array({0})}, {"y_pred_neg", array({0, 5})}}, mrr);
  refused("no 'y_pred_neg_head'", {{"y_pred_pos_head", array({2})}}, mrr);
  refused("no 'y_pred_pos_tail'", {{"y_pred_pos_head", array({2})}, {"y_pred_neg_head", array({2, 2})}}, mrr);
  refused("give one form", {{"y_pred_pos", array({2})}, {"y_pred_neg_tail", array({2, 2})}}, mrr);
}

TEST_F(EvaluatorChecks, KnowsTheDatasets) {
  const Evaluator arxiv("ogbn-arxiv");
  EXPECT_EQ(arxiv.metric(), "acc");
  EXPECT_EQ(arxiv.num_tasks(), 1);
  const Evaluation evaluation = arxiv.evaluate({{"y_true", array({3, 1})}, {"y_pred", array({3, 1})}});
  ASSERT_EQ(evaluation.scores.size(), 1u);
  EXPECT_EQ(evaluation.score("acc"), 1.0);
  expect_error(ErrorCode::kNotFound, "no 'rocauc'", [&] { evaluation.score("rocauc"); });
  EXPECT_EQ(Evaluator("debian").metric(), "acc");
  EXPECT_EQ(Evaluator("ogbn-proteins").num_tasks(), 112);
  EXPECT_EQ(Evaluator("ogbg-molhiv").form(), Form::kMatrices);
  EXPECT_EQ(Evaluator("ogbl-vessel").form(), Form::kPairs);
  EXPECT_EQ(Evaluator("ogbl-ddi").metric(), "hits@20");
  EXPECT_EQ(Evaluator("ogbl-biokg").form(), Form::kRanks);
  EXPECT_EQ(Evaluator("ogbg-code2").form(), Form::kTokens);
  expect_error(ErrorCode::kNotFound, "'ogbn-arxiv2'; closest: ogbn-arxiv", [] { Evaluator("ogbn-arxiv2"); });
}

TEST_F(EvaluatorChecks, KnowsTheMetrics) {
  for (const char* metric : {"hits@", "hits@0", "hits@-1", "hits@2x", "hits@99999999999999999999"}) {
    expect_error(ErrorCode::kInvalidArgument, "K must be a whole number", [&] { Evaluator(metric, 0); });
  }
  expect_error(ErrorCode::kNotFound, "'auc'; there are acc, rocauc", [] { Evaluator("auc", 1); });
  expect_error(ErrorCode::kNotFound, "'Acc'", [] { Evaluator("Acc", 1); });
  expect_error(ErrorCode::kInvalidArgument, "0 tasks", [] { Evaluator("acc", 0); });
  expect_error(ErrorCode::kInvalidArgument, "-1 tasks", [] { Evaluator("rocauc", -1); });
  expect_error(ErrorCode::kInvalidArgument, "F1: arrays were given",
               [&] { Evaluator("F1", 0).evaluate(Arrays{}); });
  expect_error(ErrorCode::kInvalidArgument, "acc: lists of texts were given",
               [] { Evaluator("acc", 1).evaluate(TokenLists{}, TokenLists{}); });
}

TEST(Evaluator, SaysWhatItWantsAndGives) {
  const auto holds = [](const std::string& text, const std::vector<std::string>& parts) {
    for (const std::string& part : parts)
      EXPECT_NE(text.find(part), std::string::npos) << text << "lacks " << part;
    EXPECT_EQ(text.back(), '\n');
  };
  const auto both = [](const char* dataset) {
    const Evaluator evaluator{std::string(dataset)};
    return evaluator.expected_input_format() + evaluator.expected_output_format();
  };
  holds(both("ogbn-arxiv"), {"y_true, y_pred", "[rows, 1]", "\nacc: "});
  holds(both("ogbn-proteins"), {"[rows, 112]", "\nrocauc: ", "mean over tasks"});
  holds(both("ogbg-molpcba"), {"[rows, 128]", "\nap: "});
  holds(both("ogbg-molesol"), {"\nrmse: "});
  holds(both("ogbl-vessel"), {"y_pred_pos, y_pred_neg", "\nrocauc: area under the ROC curve.\n"});
  holds(both("ogbl-collab"), {"y_pred_pos, y_pred_neg", "\nhits@50: ", "50-th"});
  holds(both("ogbl-wikikg2"), {"y_pred_neg_tail", "\nhits@1, hits@3, hits@10, mrr: ", "mrr_list"});
  holds(both("ogbg-code2"), {"seq_ref, seq_pred", "\nprecision, recall, F1: "});
}

TEST(Evaluator, AveragesRanksOrListsThem) {
  const std::vector<float> positives{2, 2}, negatives{1, 3, 3, 1, 2, 1};  // ranks 3 and 1.5
  const Arrays inputs{{"y_pred_pos", vector_of(positives)}, {"y_pred_neg", matrix_of(negatives, 3)}};
  const Evaluator mrr("ogbl-citation2");
  const Evaluation means = mrr.evaluate(inputs);
  EXPECT_TRUE(means.lists.empty());
  EXPECT_EQ(means.score("hits@1"), 0.0);
  EXPECT_EQ(means.score("hits@3"), 1.0);
  EXPECT_EQ(means.score("hits@10"), 1.0);
  EXPECT_EQ(means.score("mrr"), (double{1.0f / 3.0f} + double{1.0f / 1.5f}) / 2.0);
  const Evaluation lists = mrr.evaluate(inputs, {1, true});
  EXPECT_TRUE(lists.scores.empty());
  EXPECT_EQ(lists.list("hits@3_list"), (std::vector<float>{1, 1}));
  EXPECT_EQ(lists.list("mrr_list"), (std::vector<float>{1.0f / 3.0f, 1.0f / 1.5f}));
  const Arrays none{{"y_pred_pos", {DType::kF32, {0}, nullptr}},
                    {"y_pred_neg", {DType::kF32, {0, 5}, nullptr}}};
  EXPECT_TRUE(mrr.evaluate(none, {1, true}).list("mrr_list").empty());
}

TEST(Evaluator, PutsTheRowsOfTailsAfterThoseOfHeads) {
  const std::vector<float> heads{2, 0}, tails{0}, head_negatives{1, 1}, tail_negatives{1, 1, 1};
  const Evaluation lists = Evaluator("ogbl-biokg")
                               .evaluate({{"y_pred_pos_head", vector_of(heads)},
                                          {"y_pred_neg_head", matrix_of(head_negatives, 1)},
                                          {"y_pred_pos_tail", vector_of(tails)},
                                          {"y_pred_neg_tail", matrix_of(tail_negatives, 3)}},
                                         {1, true});
  EXPECT_EQ(lists.list("mrr_list"), (std::vector<float>{1.0f, 0.5f, 0.25f}));
}

/// Hands an array on in pieces of a size that suits nobody, as one that has to be decoded comes.
class Pieces final : public ArrayCursor {
 public:
  Pieces(const std::vector<float>& values, std::int64_t most) : values_(values), left_(most) {}
  std::int64_t read(void* out, std::int64_t most) override {
    const std::int64_t count = std::min(most, left_);
    std::memcpy(out, values_.data() + at_, static_cast<std::size_t>(count) * sizeof(float));
    at_ += static_cast<std::size_t>(count);
    left_ -= count;
    return count;
  }

 private:
  const std::vector<float>& values_;
  std::size_t at_ = 0;
  std::int64_t left_;
};

TEST(Evaluator, RanksNegativesThatHaveToBeDecodedBlockByBlock) {
  WEFT_TEST_RANDOM(random);
  constexpr std::int64_t kRows = 1300, kCandidates = 1000;  // more than one block of 4 MiB
  const std::vector<float> positives = random.values(kRows), negatives = random.values(kRows * kCandidates);
  const Evaluator mrr("mrr", 0);
  const EvaluateOptions options{2, true};
  FileArrays inputs;
  inputs["y_pred_pos"] = inputs["y_pred_neg"] = {};
  inputs["y_pred_pos"].shape = {kRows};
  inputs["y_pred_pos"].in_place.array = vector_of(positives);
  inputs["y_pred_neg"].shape = {kRows, kCandidates};
  inputs["y_pred_neg"].where = "scores.npz: y_pred_neg";
  inputs["y_pred_neg"].open = [&](std::int64_t) {
    return std::make_unique<Pieces>(negatives, kRows * kCandidates);
  };
  const Evaluation streamed = mrr.evaluate(inputs, options);
  const Evaluation whole = mrr.evaluate(
      Arrays{{"y_pred_pos", vector_of(positives)}, {"y_pred_neg", matrix_of(negatives, kCandidates)}},
      options);
  EXPECT_EQ(streamed.lists, whole.lists);

  inputs["y_pred_neg"].open = [&](std::int64_t) { return std::make_unique<Pieces>(negatives, 1'200'000); };
  expect_error(ErrorCode::kBadData, "scores.npz: y_pred_neg: ends before its 1300 rows",
               [&] { mrr.evaluate(inputs, options); });
  std::vector<float> with_nan = negatives;
  with_nan[1250 * kCandidates + 3] = std::numeric_limits<float>::quiet_NaN();
  inputs["y_pred_neg"].open = [&](std::int64_t) {
    return std::make_unique<Pieces>(with_nan, kRows * kCandidates);
  };
  expect_error(ErrorCode::kInvalidArgument, "y_pred_neg: row 1250 has 1 scores",
               [&] { mrr.evaluate(inputs, options); });
}

/// Arrays of a case, and the memory behind them.
class CaseInput {
 public:
  explicit CaseInput(const Json& input) {
    for (const auto& [key, value] : input.items()) add(key, value);
  }
  const Arrays& arrays() const { return arrays_; }

 private:
  void add(const std::string& key, const Json& value) {
    const std::string dtype = value.at("dtype");
    if (dtype == "int64") {
      add<std::int64_t>(key, value);
    } else if (dtype == "float32") {
      add<float>(key, value);
    } else if (dtype == "bool") {
      add<std::uint8_t>(key, value);
    } else {
      ASSERT_EQ(dtype, "float64");
      add<double>(key, value);
    }
  }

  template <class T>
  void add(const std::string& key, const Json& value) {
    const std::vector<std::int64_t> shape = value.at("shape");
    std::vector<T> numbers;
    if (value.contains("fill")) {
      const auto count = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
      numbers.assign(static_cast<std::size_t>(count), value.at("fill").get<T>());
    } else {
      collect(value.at("data"), numbers);
    }
    auto& bytes = memory_.emplace_back(numbers.size() * sizeof(T));
    if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
    arrays_[key] = {DTypeOf<T>::value, shape, bytes.data()};
  }

  template <class T>
  static void collect(const Json& value, std::vector<T>& numbers) {
    using Limits = std::numeric_limits<T>;
    if (value.is_array()) {
      for (const Json& part : value) collect(part, numbers);
    } else if (value.is_string()) {
      numbers.push_back(value == "inf" ? Limits::infinity() : static_cast<T>(-Limits::infinity()));
    } else if (value.is_boolean()) {
      numbers.push_back(value.get<bool>() ? T{1} : T{0});
    } else {
      numbers.push_back(value.is_null() ? Limits::quiet_NaN() : value.get<T>());
    }
  }

  Arrays arrays_;
  std::list<std::vector<char>> memory_;
};

/// OGB's example overrides the number of tasks or K of a dataset's evaluator; so do some cases.
Evaluator evaluator_of(const Json& one) {
  const Evaluator evaluator(one.at("dataset").get<std::string>());
  if (one.contains("K")) return {"hits@" + std::to_string(one.at("K").get<int>()), 0};
  return one.contains("num_tasks") ? Evaluator(evaluator.metric(), one.at("num_tasks")) : evaluator;
}

TokenLists token_lists(const Json& samples) {
  TokenLists lists;
  for (const Json& sample : samples) {
    lists.begin_list();
    for (const Json& token : sample) lists.add(token.get<std::string>());
  }
  return lists;
}

Evaluation evaluate(const Json& one) {
  const Json& input = one.at("input");
  const Evaluator evaluator = evaluator_of(one);
  if (evaluator.form() != Form::kTokens) return evaluator.evaluate(CaseInput(input).arrays(), {1, true});
  WEFT_CHECK(input.contains("seq_ref") && input.contains("seq_pred"),
             "a key is missing");  // evaluate_file's check
  return evaluator.evaluate(token_lists(input.at("seq_ref")), token_lists(input.at("seq_pred")));
}

/// Of questionable results: those that are reproduced. The others are refused.
bool is_reproduced(const std::string& id) {
  for (const char* same : {"acc-", "roc-29", "rmse-09", "mrr-18", "mrr-25"}) {
    if (id.rfind(same, 0) == 0) return true;
  }
  return false;
}

/// What a questionable case should give where OGB's own answer is none to give again.
Json result_of(const Json& one) {
  const std::string id = one.at("id");
  if (id.rfind("rmse-09", 0) == 0) return {{"rmse", double{2e30f}}};
  if (id.rfind("mrr-18", 0) == 0) return {{"mrr_list", {1.0f / 2.0f, 1.0f / 1.5f}}};
  const Json& expect = one.at("expect");
  return expect.contains("result") ? expect.at("result") : expect.at("ogb_result");
}

void expect_near(double got, double wanted, double relative) {
  EXPECT_NEAR(got, wanted, std::abs(wanted) * relative);
}

void replay(const Json& one) {
  const std::string id = one.at("id");
  SCOPED_TRACE(id);
  const Json& expect = one.at("expect");
  const std::string kind = expect.at("kind");
  if (kind == "refuse" || (kind == "quirk" && !is_reproduced(id))) {
    EXPECT_THROW(evaluate(one), Error);
    return;
  }
  const Evaluation got = evaluate(one);
  const double relative = expect.value("rtol", 1e-12);
  const Json wanted = result_of(one);
  for (const auto& [name, value] : wanted.items()) {
    if (value.is_array()) {
      EXPECT_EQ(got.list(name), value.get<std::vector<float>>()) << name;
      continue;
    }
    expect_near(got.score(name), value.get<double>(), relative);
    if (!expect.contains("exact")) continue;
    expect_near(got.score(name), expect.at("exact").at(name).get<double>(), 4e-16);
  }
}

TEST(Evaluator, GivesOgbsResults) {
  const char* given = std::getenv("WEFT_TEST_DATA");
  const std::filesystem::path folder = given != nullptr
                                           ? std::filesystem::path(given)
                                           : std::filesystem::path(WEFT_SOURCE_DIR) / ".." / "shared";
  std::ifstream file(folder / "evaluator-cases.json");
  if (!file) GTEST_SKIP() << folder << " has no evaluator-cases.json; WEFT_TEST_DATA may name another folder";
  const Json all = Json::parse(file);
  int replayed = 0;
  for (const Json& one : all.at("cases")) {
    if (one.at("metric") == "logger") continue;  // of runs, not of predictions
    replay(one);
    ++replayed;
  }
  EXPECT_EQ(replayed, 145);
}

}  // namespace
}  // namespace weft::data
