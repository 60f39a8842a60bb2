// Files of predictions in every format: what they score, and what is said of broken ones.
#include "data/metrics/evaluate_file.hpp"

#include <gtest/gtest.h>

#include "tests/support/arrays.hpp"
#include "tests/support/npz_file.hpp"
#include "tests/support/random.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::data {
namespace {

using testing::expect_error;
using testing::matrix_of;
using testing::NpzBytes;
using testing::vector_of;

class EvaluateFile : public ::testing::Test {
 protected:
  std::filesystem::path file(const std::string& name, const std::string& bytes) const {
    testing::write_bytes(folder_.path() / name, bytes);
    return folder_.path() / name;
  }
  Evaluation score(const Evaluator& by, const std::string& name, const std::string& bytes,
                   const EvaluateOptions& options = {}) const {
    return evaluate_file(by, file(name, bytes), options);
  }
  /// The message must begin with the file's path and hold `part`.
  void refused(ErrorCode code, const std::string& part, const Evaluator& by, const std::string& name,
               const std::string& bytes) const {
    testing::expect_error_with(code, {(folder_.path() / name).string() + ": ", part},
                               [&] { score(by, name, bytes); });
  }

  testing::TemporaryFolder folder_;
  const Evaluator acc_{"acc", 1}, rocauc_{"rocauc", 1}, two_tasks_{"rocauc", 2}, hits_{"hits@1", 0},
      vessel_{"rocauc", 0}, mrr_{"mrr", 0}, f1_{"F1", 0};
};

TEST_F(EvaluateFile, ReadsNpzStoredAndDeflatedAlike) {
  WEFT_TEST_RANDOM(random);
  constexpr std::int64_t kRows = 40, kCandidates = 50'000;  // deflated, several blocks
  const std::vector<float> positives = random.values(kRows), negatives = random.values(kRows * kCandidates);
  const Array pos = vector_of(positives), neg = matrix_of(negatives, kCandidates);
  const std::vector<std::int64_t> other{1, 2};
  const Evaluation wanted = mrr_.evaluate(Arrays{{"y_pred_pos", pos}, {"y_pred_neg", neg}});
  for (const bool deflated : {false, true}) {
    const std::string bytes =
        NpzBytes(deflated).add("y_pred_neg", neg).add("ids", vector_of(other)).add("y_pred_pos", pos).bytes();
    for (const int threads : {1, 2})
      EXPECT_EQ(score(mrr_, "s.npz", bytes, {threads, false}).scores, wanted.scores);
  }
}

TEST_F(EvaluateFile, NamesWhatANpzLacks) {
  const std::vector<double> values{1, 0};
  const NpzBytes one = NpzBytes().add("y_true", matrix_of(values));
  refused(ErrorCode::kInvalidArgument, "no 'y_pred' among the inputs; there is y_true", rocauc_, "s.npz",
          one.bytes());
  refused(ErrorCode::kInvalidArgument, "y_true is [2, 1] but y_pred is [2]", rocauc_, "s.npz",
          NpzBytes(one).add("y_pred", vector_of(values)).bytes());
  refused(ErrorCode::kBadData, "", rocauc_, "s.npz", "");
  refused(ErrorCode::kBadData, "", rocauc_, "s.npz", "y_true,y_pred\n1,2\n");
  refused(ErrorCode::kUnsupported, "lists of texts are read from .json", f1_, "s.npz", one.bytes());
  expect_error(ErrorCode::kNotFound, "none.npz", [&] { evaluate_file(acc_, folder_.path() / "none.npz"); });
}

TEST_F(EvaluateFile, ReadsCsvOfMatrices) {
  EXPECT_EQ(score(acc_, "s.csv", "y_true,y_pred\n0,0\n1,2\n\n3,3\n,9\n").score("acc"), 2.0 / 3.0);
  EXPECT_EQ(score(acc_, "s.csv", "y_pred_0,y_true_0\n0,0\n1,2").score("acc"), 0.5);
  EXPECT_EQ(
      score(two_tasks_, "s.csv",
            "\xEF\xBB\xBF\"y_true_0\", y_true_1 ,y_pred_0,y_pred_1\r\n0,1,0.1,5\r\n1,,0.2,\r\n1,0,0.05,6\r\n")
          .score("rocauc"),
      (0.5 + 0.0) / 2.0);
  const std::string zipped = testing::gzip("y_true,y_pred\n0,0\n");
  EXPECT_EQ(score(acc_, "s.csv.gz", zipped).score("acc"), 1.0);
}

TEST_F(EvaluateFile, ReadsCsvOfLabelledScores) {
  const std::string text = "y_true,y_pred\n1,0.9\n0,0.5\n1,0.3\n0,-inf\n";
  EXPECT_EQ(score(hits_, "s.csv", text).score("hits@1"), 0.5);
  EXPECT_EQ(score(vessel_, "s.csv", "y_pred,y_true\n0.9,1\n0.5,0\n0.3,1\n").score("rocauc"), 0.5);
  EXPECT_EQ(score(hits_, "s.csv", "y_true,y_pred\n1,inf\n0,1e308\n").score("hits@1"), 1.0);
  refused(ErrorCode::kInvalidArgument, "y_pred_neg: score 1 is -inf", vessel_, "s.csv", text);
  refused(ErrorCode::kInvalidArgument, "y_pred_pos: score 1 is not a number", hits_, "s.csv",
          "y_true,y_pred\n1,1\n1,\n0,1\n");
  refused(ErrorCode::kInvalidArgument, "y_pred_pos is empty", hits_, "s.csv", "y_true,y_pred\n0,1\n");
  refused(ErrorCode::kBadData, "line 4: y_true is 2 where 1", hits_, "s.csv", "y_true,y_pred\n1,1\n\n2,3\n");
  refused(ErrorCode::kBadData, "line 2: y_true is nan", hits_, "s.csv", "y_true,y_pred\n,1\n");
  refused(ErrorCode::kBadData, "2 columns 'y_pred' where one", hits_, "s.csv",
          "y_true,y_pred_0,y_pred_1\n1,1,1\n");
}

TEST_F(EvaluateFile, ReadsCsvOfRanks) {
  const Evaluation lists =
      score(mrr_, "s.csv", "y_pred_pos,y_pred_neg_0,y_pred_neg_1\n2,1,3\n2,2,1\n", {1, true});
  EXPECT_EQ(lists.list("mrr_list"), (std::vector<float>{0.5f, 1.0f / 1.5f}));
  const std::string halves =
      "y_pred_pos_tail,y_pred_neg_tail_0,y_pred_pos_head,y_pred_neg_head_0,y_pred_neg_head_1\n0,1,2,3,4\n1,0,"
      "5,3,4\n";
  EXPECT_EQ(score(mrr_, "s.csv", halves, {1, true}).list("mrr_list"),
            (std::vector<float>{1.0f / 3.0f, 1.0f, 0.5f, 1.0f}));
  refused(ErrorCode::kInvalidArgument, "y_pred_neg: row 1 has 1 scores that are not numbers", mrr_, "s.csv",
          "y_pred_pos,y_pred_neg_0\n1,1\n1,\n");
  refused(ErrorCode::kBadData, "names no column 'y_pred_neg'", mrr_, "s.csv", "y_pred_pos\n1\n");
  refused(ErrorCode::kInvalidArgument, "give one form", mrr_, "s.csv", "y_pred_pos,y_pred_neg_head_0\n1,2\n");
}

TEST_F(EvaluateFile, RanksLongCsvBlockByBlock) {
  WEFT_TEST_RANDOM(random);
  constexpr std::int64_t kRows = 3000, kCandidates = 60;  // some megabytes
  std::string text = "y_pred_pos";
  for (std::int64_t j = 0; j < kCandidates; ++j) text += ",y_pred_neg_" + std::to_string(j);
  std::vector<double> positives, negatives;
  for (std::int64_t row = 0; row < kRows; ++row) {
    positives.push_back(static_cast<double>(random.below(100)));
    text += "\n" + std::to_string(positives.back());
    for (std::int64_t j = 0; j < kCandidates; ++j) {
      negatives.push_back(static_cast<double>(random.below(100)));
      text += "," + std::to_string(negatives.back());
    }
  }
  const auto wanted = mrr_.evaluate(
      Arrays{{"y_pred_pos", vector_of(positives)}, {"y_pred_neg", matrix_of(negatives, kCandidates)}},
      {1, true});
  for (const int threads : {1, 3}) EXPECT_EQ(score(mrr_, "s.csv", text, {threads, true}).lists, wanted.lists);
}

TEST_F(EvaluateFile, RefusesCsvItCannotRead) {
  const auto bad = [&](const std::string& part, const std::string& bytes) {
    refused(ErrorCode::kBadData, part, acc_, "s.csv", bytes);
  };
  bad("line 1 is empty where the names of the columns are wanted", "");
  bad("line 1 is empty where", "\n\ny_true,y_pred\n1,1\n");
  bad("line 1, column 1: '' is none of the keys (y_true, y_pred)", ",y_true,y_pred\n0,1,1\n");
  bad("line 1, column 1: '0.5' is none of the keys", "0.5,1\n");
  bad("line 1, column 3: 'id' is none of the keys", "y_true,y_pred,id\n1,1,1\n");
  bad("column 2: 'y_true' is out of order, or there twice", "y_true,y_true\n1,1\n");
  bad("column 2: 'y_true_2' is out of order", "y_true_0,y_true_2,y_pred\n1,1,1\n");
  bad("column 1: 'y_true_1' is out of order", "y_true_1,y_pred\n1,1\n");
  bad("column 3: 'y_true_1' is out of order", "y_true_0,y_pred,y_true_1\n1,1,1\n");
  bad("column 2: 'y_true_0' is out of order", "y_true,y_true_0\n1,1\n");
  bad("names no column 'y_pred'", "y_true\n1\n");
  bad("has no rows", "y_true,y_pred\n");
  bad("line 3 has 1 columns where 2", "y_true,y_pred\n1,1\n1\n");
  bad("line 2, column 2: 'x' is not a number", "y_true,y_pred\n1,x\n");
  refused(ErrorCode::kUnsupported, "lists of texts are read from .json", f1_, "s.csv",
          "y_true,y_pred\n1,1\n");
  refused(ErrorCode::kInvalidArgument, "2 columns but there are 1 tasks", acc_, "s.csv",
          "y_true_0,y_true_1,y_pred_0,y_pred_1\n1,1,1,1\n");
}

TEST_F(EvaluateFile, RefusesCsvIntegersThatNoDoubleHolds) {
  EXPECT_EQ(score(acc_, "s.csv", "y_true,y_pred\n9007199254740992,9007199254740992\n1,2\n").score("acc"),
            0.5);
  EXPECT_EQ(score(acc_, "s.csv", "y_true,y_pred\n-9223372036854775808,-9223372036854775808\n").score("acc"),
            1);
  EXPECT_EQ(score(acc_, "s.csv", "y_true,y_pred\n1e300,1e300\n").score("acc"), 1.0);
  for (const std::string text :
       {"9007199254740993", "-9007199254740993", "+9007199254740993", "9223372036854775807",
        "18446744073709551615", "99999999999999999999999999"}) {
    refused(ErrorCode::kBadData, "line 2, column 1: '" + text + "' is a whole number that no double holds",
            acc_, "s.csv", "y_true,y_pred\n" + text + ",1\n");
    refused(ErrorCode::kBadData, "column 2: '" + text + "' is a whole number that no double holds", hits_,
            "s.csv", "y_true,y_pred\n1," + text + "\n");
    refused(ErrorCode::kBadData, "is a whole number that no double holds", mrr_, "s.csv",
            "y_pred_pos,y_pred_neg_0\n1," + text + "\n");
  }
  refused(ErrorCode::kBadData, "line 2: y_true is 123456789 where 1", hits_, "s.csv",
          "y_true,y_pred\n123456789,1\n");
}

TEST_F(EvaluateFile, ReadsTokenLists) {
  const Evaluation scores =
      score(f1_, "s.json", R"({"seq_pred": [["a", "b"], [], ["é"]], "seq_ref": [["b"], ["x"], ["\u00e9"]]})");
  EXPECT_DOUBLE_EQ(scores.score("precision"), 0.5);
  EXPECT_DOUBLE_EQ(scores.score("recall"), 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(scores.score("F1"), (2.0 / 3.0 + 1.0) / 3.0);
}

TEST_F(EvaluateFile, RefusesJsonOfAnotherShape) {
  const auto bad = [&](const std::string& part, const std::string& bytes) {
    refused(ErrorCode::kBadData, part, f1_, "s.json", bytes);
  };
  bad("is not JSON", "");
  bad("byte 19: is not JSON", R"({"seq_ref": [["a"]}, "seq_pred": []})");
  bad("is not JSON", R"({"seq_ref": [["a"]])");
  bad("is not JSON", "{\"seq_ref\": [[\"\xff\"]]}");
  bad("byte 22: a text has half of a surrogate pair", R"({"seq_ref": [["\ud800"]]})");
  bad("a text has half of a surrogate pair", R"({"seq_ref": [["\udc00"]]})");
  bad("begins with a list where an object", "[[]]");
  bad("begins with a number", "1");
  bad("seq_ref is a text where a list of samples", R"({"seq_ref": "a"})");
  bad("seq_ref is an object where", R"({"seq_ref": {}})");
  bad("seq_ref: sample 1 is null where a list of texts", R"({"seq_ref": [["a"], null]})");
  bad("seq_ref: sample 1 holds a number where a text", R"({"seq_ref": [[], ["a", 1]]})");
  bad("seq_ref: sample 0 holds a list where a text", R"({"seq_ref": [[["a"]]]})");
  bad("seq_ref: sample 0 holds true or false", R"({"seq_ref": [[true]]})");
  bad("key 'seq_true' is unknown", R"({"seq_true": []})");
  bad("key 'seq_ref' is there twice", R"({"seq_ref": [], "seq_ref": []})");
  bad("holds a list where", R"({"seq_ref": )" + std::string(100'000, '['));
  refused(ErrorCode::kInvalidArgument, "no key 'seq_ref'", f1_, "s.json", R"({"seq_pred": []})");
  refused(ErrorCode::kInvalidArgument, "no key 'seq_pred'", f1_, "s.json", R"({"seq_ref": []})");
  refused(ErrorCode::kInvalidArgument, "no samples", f1_, "s.json", R"({"seq_ref": [], "seq_pred": []})");
  refused(ErrorCode::kUnsupported, "acc is read from .npz or .csv", acc_, "s.json", "{}");
  expect_error(ErrorCode::kNotFound, "none.json: no such file",
               [&] { evaluate_file(f1_, folder_.path() / "none.json"); });
  std::filesystem::create_directory(folder_.path() / "folder.json");
  expect_error(ErrorCode::kIo, "folder.json: cannot be read",
               [&] { evaluate_file(f1_, folder_.path() / "folder.json"); });
}

TEST_F(EvaluateFile, RefusesOtherEndings) {
  for (const char* name : {"s.npy", "s.txt", "npz", ".csv", "s.csv.xz"}) {
    refused(ErrorCode::kUnsupported, "predictions are read from .npz, .csv", acc_, name, "");
  }
}

}  // namespace
}  // namespace weft::data
