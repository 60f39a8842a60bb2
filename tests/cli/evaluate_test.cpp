// weft evaluate at work on small files.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"
#include "tests/support/arrays.hpp"
#include "tests/support/npz_file.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft {
namespace {

using nlohmann::json;
using testing::Outcome;
using testing::Program;

class Evaluate : public ::testing::Test {
 protected:
  std::string result(const std::string& arguments) const {
    const Outcome outcome = program_.run("evaluate " + arguments);
    EXPECT_EQ(outcome.status, 0) << arguments << "\n" << outcome.err;
    EXPECT_EQ(outcome.err, "");
    return outcome.out;
  }
  void refused(const std::string& arguments, const std::string& message) const {
    const Outcome outcome = program_.run("evaluate " + arguments);
    EXPECT_EQ(outcome.status, 1) << arguments;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, "weft: " + message + "\n");
  }
  void write(const std::string& name, const std::string& bytes) const {
    testing::write_bytes(program_.folder() / name, bytes);
  }

  Program program_;
};

TEST_F(Evaluate, PrintsScoresByOgbsNames) {
  write("s.csv", "y_true,y_pred\n0,0.1\n0,0.4\n1,0.35\n1,0.8\n");
  EXPECT_EQ(result("--dataset ogbg-molhiv s.csv"), "rocauc            0.750000\n");
  EXPECT_EQ(json::parse(result("s.csv --dataset ogbg-molhiv --json")), (json{{"rocauc", 0.75}}));
  EXPECT_EQ(json::parse(result("s.csv --metric rocauc --tasks 0 --json --threads 1")),
            (json{{"rocauc", 0.75}}));
  EXPECT_EQ(result("s.csv --metric hits@1"), "hits@1            0.500000\n");
  write("s.json", R"({"seq_ref": [["a", "b"]], "seq_pred": [["a"]]})");
  EXPECT_EQ(result("--dataset ogbg-code2 s.json"),
            "precision         1.000000\nrecall            0.500000\nF1                0.666667\n");
}

TEST_F(Evaluate, PrintsListsOrTheirMeans) {
  const std::vector<float> positives{2, 2}, negatives{1, 3, 2, 1};
  write("s.npz", testing::NpzBytes()
                     .add("y_pred_pos", testing::vector_of(positives))
                     .add("y_pred_neg", testing::matrix_of(negatives, 2))
                     .bytes());
  const std::string of = "--dataset ogbl-citation2 s.npz ";
  EXPECT_EQ(result(of),
            "hits@1            0.000000\nhits@3            1.000000\nhits@10           1.000000\n"
            "mrr               0.583333\n");
  EXPECT_EQ(result(of + "--lists"),
            "hits@1_list,hits@3_list,hits@10_list,mrr_list\n0,1,1,0.5\n0,1,1,0.6666667\n");
  const json lists = json::parse(result(of + "--lists --json"));
  EXPECT_EQ(lists.at("mrr_list"), (std::vector<float>{0.5f, 1.0f / 1.5f}));
  EXPECT_EQ(lists.size(), 4u);
}

TEST_F(Evaluate, TellsTheFormat) {
  const std::string text = result("--dataset ogbl-ddi --format");
  EXPECT_EQ(text.rfind("Give:\ny_pred_pos, y_pred_neg: ", 0), 0u) << text;
  EXPECT_NE(text.find("\nGet:\nhits@20: "), std::string::npos) << text;
}

TEST_F(Evaluate, RefusesInOneLine) {
  refused("none.npz --dataset ogbn-arxiv2",
          "no dataset 'ogbn-arxiv2'; closest: ogbn-arxiv (`weft datasets` lists all)");
  refused("s.csv --metric auc",
          "no metric is called 'auc'; there are acc, rocauc, ap, rmse, hits@K, mrr, F1");
  refused("s.npy --metric acc", "s.npy: predictions are read from .npz, .csv, .csv.gz or, for F1, .json");
  write("l.csv", "y_true,y_pred\n0,1\n1,0\n");
  refused("l.csv --dataset ogbg-molhiv --lists",
          "evaluate: rocauc has no lists, only mrr does; leave --lists out");
  write("s.csv", "y_true,y_pred\n0,nan\n1,0\n");
  refused("s.csv --dataset ogbg-molhiv",
          "s.csv: rocauc: row 0 of task 0 has score nan; scores of labelled rows must be finite");
}

}  // namespace
}  // namespace weft
