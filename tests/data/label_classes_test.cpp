// What labels are taken for, what is said of it, and what is refused.
#include "data/raw/label_classes.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/files.hpp"

namespace weft::data {
namespace {

using testing::expect_error_with;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

class LabelClasses : public ::testing::Test {
 protected:
  Labels classified(std::vector<double> values, std::optional<std::int64_t> num_classes = {}) {
    notes_.clear();
    options_.note = [this](const std::string& line) { notes_ += line + "\n"; };
    const auto rows = static_cast<std::int64_t>(values.size());
    return classify({"node_label", "y.csv", rows, 1, std::move(values),
                     [](std::int64_t index) { return detail::concat("y.csv: line ", index + 1, ": 'x'"); }},
                    num_classes, options_);
  }
  void refused(const std::vector<double>& values, const std::vector<std::string>& parts,
               std::optional<std::int64_t> num_classes = {}) {
    expect_error_with(ErrorCode::kBadData, parts, [&] { classified(values, num_classes); });
  }
  void expect_note(const std::string& part) const {
    EXPECT_NE(notes_.find(part), std::string::npos) << notes_ << "lacks " << part;
  }

  ConvertOptions options_;
  std::string notes_;
};

TEST_F(LabelClasses, WholeNumbersFromZeroAreClasses) {
  const Labels labels = classified({0, 2, 1, 2});
  EXPECT_EQ(labels.num_classes, 3);
  EXPECT_EQ(labels.column.integers, (std::vector<std::int64_t>{0, 2, 1, 2}));
  EXPECT_EQ(notes_, "");
}

TEST_F(LabelClasses, UnknownLabelsStayUnknownAndOthersExact) {
  const Labels labels = classified({16777217, kNone, 0}, 16777218);
  EXPECT_FALSE(labels.column.is_integer());
  EXPECT_EQ(labels.column.reals[0], 16777217.0);
  EXPECT_TRUE(std::isnan(labels.column.reals[1]));
}

TEST_F(LabelClasses, RealNumbersAreRegression) {
  EXPECT_EQ(classified({0, 0.5, 2}).num_classes, -1);
  expect_note("y.csv: line 2: 'x' is no whole number, so the labels are real numbers: regression");
  EXPECT_EQ(classified({0, 1, 2}, -1).num_classes, -1);
  EXPECT_EQ(notes_, "");
  refused({0, 0.5}, {"line 2: 'x' is no whole number", "a class from 0 to 1"}, 2);
  refused({0, 1e300}, {"line 2: 'x' is too large for float32"}, -1);
}

TEST_F(LabelClasses, TwoSignsAreTwoClasses) {
  const Labels labels = classified({-1, 1, 1, kNone});
  EXPECT_EQ(labels.num_classes, 2);
  EXPECT_EQ(labels.column.reals[0], 0.0);
  EXPECT_EQ(labels.column.reals[1], 1.0);
  expect_note("the labels are -1 and 1, which become the classes 0 and 1");
}

TEST_F(LabelClasses, MinusOneIsNoClassUnlessItIsSaidToBeNoLabel) {
  refused({0, 1, -1},
          {"line 3: 'x' is no class", "`weft convert` takes --unlabelled -1", "NaN", "--classes -1"});
  refused({0, 1, -1e300}, {"line 3: 'x' is no class, which are whole numbers from 0; where labels are real"});
  refused({0, 1, -1, 2}, {"line 3: 'x' is out of range; wanted a class from 0 to 2", "NaN"}, 3);
  options_.unlabelled = -1;
  const Labels labels = classified({0, 1, -1, -1});
  EXPECT_EQ(labels.num_classes, 2);
  EXPECT_TRUE(std::isnan(labels.column.reals[2]));
  expect_note("y.csv: 2 labels are -1, which stands for no label");
}

TEST_F(LabelClasses, AStrayLabelIsNamed) {
  refused({0, 30'000'000, 2, 1},
          {"line 2: 'x' is far above the other labels", "4 different ones", "30000001 classes", "--classes"});
  refused({0, 2147483647, 1e18}, {"line 3: 'x' is far above", "would be more classes than there can be"});
  refused({0, 1000}, {"line 2"});
  EXPECT_EQ(classified({0, 999}).num_classes, 1000);
  expect_note("has 2 different labels, the largest 999: 998 of the 1000 classes do not occur");
  std::vector<double> many;
  for (int label = 0; label < 10; ++label) many.push_back(label);
  many.back() = 999;
  many.push_back(1099);
  EXPECT_EQ(classified(many).num_classes, 1100) << "11 labels, not 100 times as many";
  EXPECT_EQ(classified({0, 30'000'000}, 30'000'001).num_classes, 30'000'001);
}

}  // namespace
}  // namespace weft::data
