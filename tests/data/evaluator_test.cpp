// Which checks come first, and OGB's own results on its small cases where that file is at hand.
#include "data/evaluator.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <list>
#include <nlohmann/json.hpp>

#include "tests/support/files.hpp"

namespace weft::data {
namespace {

using testing::expect_error;
using Json = nlohmann::json;

class EvaluatorChecks : public ::testing::Test {
 protected:
  Array array(std::vector<std::int64_t> shape) const {
    return {DType::kI64, std::move(shape), zeros_.data()};
  }

  void refused(const std::string& part, const Arrays& inputs) const {
    expect_error(ErrorCode::kInvalidArgument, part, [&] { Evaluator("acc", 1).evaluate(inputs); });
  }

  std::vector<std::int64_t> zeros_ = std::vector<std::int64_t>(16, 0);
};

TEST_F(EvaluatorChecks, RunInTheOrderOfOgb) {
  refused("no 'y_true'", {});
  refused("no 'y_true'", {{"y_pred", array({2, 1})}});
  refused("no 'y_pred'", {{"y_true", array({2})}});
  refused("y_true is [2] but y_pred is [2, 1]", {{"y_true", array({2})}, {"y_pred", array({2, 1})}});
  refused("y_true is [1, 2] but y_pred is [1, 1]", {{"y_true", array({1, 2})}, {"y_pred", array({1, 1})}});
  refused("are [2]; give matrices", {{"y_true", array({2})}, {"y_pred", array({2})}});
  refused("are [1, 1, 1]", {{"y_true", array({1, 1, 1})}, {"y_pred", array({1, 1, 1})}});
  refused("are []", {{"y_true", array({})}, {"y_pred", array({})}});
  refused("2 columns but the dataset has 1 tasks", {{"y_true", array({0, 2})}, {"y_pred", array({0, 2})}});
  refused("no labelled rows", {{"y_true", array({0, 1})}, {"y_pred", array({0, 1})}});
}

TEST_F(EvaluatorChecks, KnowsTheDatasets) {
  const Evaluator arxiv("ogbn-arxiv");
  EXPECT_EQ(arxiv.metric(), "acc");
  EXPECT_EQ(arxiv.num_tasks(), 1);
  EXPECT_EQ(arxiv.evaluate({{"y_true", array({3, 1})}, {"y_pred", array({3, 1})}}),
            (std::map<std::string, double>{{"acc", 1.0}}));
  EXPECT_EQ(Evaluator("debian").metric(), "acc");
  expect_error(ErrorCode::kNotFound, "'ogbn-arxiv2'", [] { Evaluator("ogbn-arxiv2"); });
  expect_error(ErrorCode::kUnsupported, "'rocauc'", [] { Evaluator("ogbn-proteins"); });
  expect_error(ErrorCode::kInvalidArgument, "0 tasks", [] { Evaluator("acc", 0); });
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
    } else {
      ASSERT_EQ(dtype, "float64");
      add<double>(key, value);
    }
  }

  template <class T>
  void add(const std::string& key, const Json& value) {
    std::vector<T> numbers;
    collect(value.at("data"), numbers);
    auto& bytes = memory_.emplace_back(numbers.size() * sizeof(T));
    if (!bytes.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
    arrays_[key] = {DTypeOf<T>::value, value.at("shape"), bytes.data()};
  }

  template <class T>
  static void collect(const Json& value, std::vector<T>& numbers) {
    if (!value.is_array()) {
      numbers.push_back(value.is_null() ? std::numeric_limits<T>::quiet_NaN() : value.get<T>());
      return;
    }
    for (const Json& part : value) collect(part, numbers);
  }

  Arrays arrays_;
  std::list<std::vector<char>> memory_;
};

Evaluator evaluator_of(const Json& one) {
  const Evaluator evaluator(one.at("dataset").get<std::string>());
  return one.contains("num_tasks") ? Evaluator(evaluator.metric(), one.at("num_tasks")) : evaluator;
}

void replay(const Json& one) {
  SCOPED_TRACE(one.at("id").get<std::string>());
  const Json& expect = one.at("expect");
  const CaseInput input(one.at("input"));
  if (expect.at("kind") == "refuse") {
    EXPECT_THROW(evaluator_of(one).evaluate(input.arrays()), Error);
    return;
  }
  const Json& result = expect.contains("result") ? expect.at("result") : expect.at("ogb_result");
  EXPECT_EQ(evaluator_of(one).evaluate(input.arrays()).at("acc"), result.at("acc").get<double>());
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
    if (one.at("metric") != "acc") continue;
    replay(one);
    ++replayed;
  }
  EXPECT_GE(replayed, 20);
}

}  // namespace
}  // namespace weft::data
