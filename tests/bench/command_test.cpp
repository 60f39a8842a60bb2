// weft-bench's command line: what it refuses, what its JSON holds, and that a wrong product is not timed.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"
#include "tests/support/raw_folder.hpp"

namespace weft::testing {
namespace {

using Json = nlohmann::json;

Json answer(const Program& program, const std::string& arguments) {
  const Outcome done = program.run(arguments + " --json");
  EXPECT_EQ(done.status, 0) << done.err;
  return Json::parse(done.out);
}

const Json& row(const Json& json, const std::string& name) {
  for (const Json& one : json["rows"]) {
    if (one["name"] == name) return one;
  }
  throw std::runtime_error("no row " + name + " in " + json.dump());
}

/// What every measured row has to say.
void expect_measured(const Json& row) {
  for (const char* key : {"bytes", "flops", "median_seconds", "minimum_seconds", "bytes_per_second",
                          "flops_per_second", "share_of_stream", "share_of_flops", "floor_seconds"}) {
    ASSERT_TRUE(row.contains(key)) << key << " in " << row;
    EXPECT_GE(row[key].get<double>(), 0.0) << key;
  }
  EXPECT_LE(row["minimum_seconds"], row["median_seconds"]);
  EXPECT_GT(row["minimum_seconds"].get<double>(), 0.0);
}

void expect_refused(const std::string& arguments, int status, const std::vector<std::string>& parts) {
  const Outcome done = Program().run(arguments);
  EXPECT_EQ(done.status, status) << arguments;
  for (const std::string& part : parts) {
    EXPECT_NE((done.out + done.err).find(part), std::string::npos) << arguments << ": " << done.err;
  }
}

TEST(BenchCommand, RefusesWrongUsage) {
  expect_refused("", 2, {"subcommand"});
  expect_refused("spmm", 2, {"--dataset", "--mtx", "--random"});
  expect_refused("convert", 2, {"--dataset", "--made"});
  expect_refused("ops --device tpu", 2, {"tpu", "cuda"});
  expect_refused("gemm --repeats 0", 2, {"--repeats"});
}

TEST(BenchCommand, NamesWhatThereIs) {
  expect_refused("spmm --random 9,20 --device cpu --method none", 1, {"'none'", "all", "auto", "naive"});
  expect_refused("spmm --mtx missing.mtx --device cpu", 1, {"missing.mtx"});
  expect_refused("spmm --random 9,20 --reorder best", 2, {"--reorder", "community"});
  expect_refused("ops --device cpu --rows 9 --train-rows 3 --edges 20 --only none", 1, {"'none'", "adam"});
  expect_refused("ops --device cpu --rows 9", 1, {"--train-rows"});
  expect_refused("gemm --device cpu --k 3", 1, {"--k", "--h"});
  expect_refused("epoch --dataset ./missing --device cpu", 1, {"missing"});
  expect_refused("convert --dataset ./missing", 1, {"missing"});
}

TEST(BenchCommand, OpsCountWhatTheyMove) {
  const Json json =
      answer(Program(),
             "ops --device cpu --rows 90 --cols 8 --train-rows 30 --edges 200 --parameters 1000 "
             "--repeats 1");
  for (const char* peak : {"before", "after"}) {
    EXPECT_GT(json["peaks"]["flops_per_second"][peak].get<double>(), 1e6);
    EXPECT_GT(json["peaks"]["stream_bytes_per_second"][peak].get<double>(), 1e6);
  }
  for (const Json& one : json["rows"]) expect_measured(one);
  // Parameters, both moments: read and written; gradients: read; one group of two ends and a weight decay.
  EXPECT_EQ(row(json, "adam")["bytes"], 7 * 4 * 1000 + 24);
  EXPECT_EQ(row(json, "activate")["bytes"], (2 * 90 + 4) * 8 * 4);
  EXPECT_EQ(row(json, "activate")["flops"], 4 * 90 * 8);
  EXPECT_EQ(row(json, "gather_rows")["bytes"], 30 * (2 * 8 + 1) * 4);
}

TEST(BenchCommand, GemmCountsWhatItMultiplies) {
  const Json json = answer(Program(), "gemm --device cpu --rows 50 --k 8 --h 4,6 --repeats 2");
  EXPECT_GE(json["rows"].size(), 6u);
  for (const Json& one : json["rows"]) expect_measured(one);
  EXPECT_EQ(row(json, "gemm_nt")["flops"], 2 * 50 * 8 * 4);
  EXPECT_EQ(row(json, "gemm_nt")["bytes"], 4 * (50 * 8 + 8 * 4 + 50 * 4));
}

TEST(BenchCommand, ProductsOfOnesOwnAreCheckedBeforeTheyAreTimed) {
  const Program program;
  const Json json = answer(program, "spmm --random 60,400 --cols 5 --method all --device cpu --repeats 2");
  for (const char* right : {"auto", "naive"}) expect_measured(row(json, right));
  EXPECT_EQ(row(json, "naive")["flops"], 2 * 400 * 5);
  EXPECT_EQ(row(json, "naive")["bytes"], 8 * 61 + 4 * 400 + 4 * 5 * (400 + 60));
  const Json& wrong = row(json, "wrong");
  EXPECT_FALSE(wrong.contains("median_seconds"));
  EXPECT_EQ(wrong["wrong"]["row"], 2);
  EXPECT_EQ(wrong["wrong"]["column"], 1);
  EXPECT_NEAR(wrong["wrong"]["got"].get<double>() - wrong["wrong"]["wanted"].get<double>(), 0.25, 1e-5);

  const Outcome table = program.run("spmm --random 60,400 --cols 5 --method wrong --device cpu --repeats 1");
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_NE(table.out.find("row 2, column 1"), std::string::npos) << table.out;
}

TEST(BenchCommand, SpmmTellsTheOrderOfNodesAndItsTime) {
  const Json json = answer(
      Program(), "spmm --random 60,400 --cols 5 --method naive --device cpu --repeats 2 --reorder community");
  EXPECT_EQ(json["reorder"], "community");
  EXPECT_GT(json["reorder_seconds"].get<double>(), 0.0);
  EXPECT_EQ(json["edges"], 400);
  expect_measured(row(json, "naive"));
}

TEST(BenchCommand, ConvertTellsTimeSizesAndMemory) {
  const Json json = answer(Program(), "convert --made 40 --repeats 2");
  const Json& convert = row(json, "convert");
  expect_measured(convert);
  EXPECT_EQ(convert["bytes"].get<double>(),
            convert["raw_bytes"].get<double>() + convert["cache_bytes"].get<double>());
  EXPECT_GT(convert["peak_bytes"].get<double>(), 1e6);
  EXPECT_GT(row(json, "open")["median_seconds"].get<double>(), 0.0);
}

TEST(BenchCommand, EpochIsToldStepByStepAndAgainstTheFloor) {
  const Program program;
  RawFiles().write(program.folder() / "small");
  const Json json =
      answer(program, "epoch --dataset ./small --recipe kipf-gcn --device cpu --epochs 3 --steps 2");
  // 6 nodes; 4 pairs both ways and 6 self-loops; 2 features, 16 hidden columns, 3 classes.
  EXPECT_EQ(json["model"]["dense_flops"], 2 * 2 * 6 * 2 * 16 + 3 * 2 * 6 * 16 * 3);
  EXPECT_EQ(json["model"]["gathered_bytes"], 2 * 4 * (8 + 6) * 3);
  EXPECT_LE(json["schedule"]["dense_flops"], json["model"]["dense_flops"]);
  for (const char* key : {"floor_seconds", "epoch_over_floor"}) {
    EXPECT_GT(json["model"][key].get<double>(), 0.0) << key;
  }
  EXPECT_EQ(json["totals"]["dense products"]["flops"], json["schedule"]["dense_flops"]);
  int training = 0, evaluating = 0;
  for (const Json& one : json["rows"]) {
    expect_measured(one);
    const std::string name = one["name"];
    training += name.starts_with("train: ") ? 1 : 0;
    evaluating += name.starts_with("evaluate: ") ? 1 : 0;
  }
  EXPECT_GT(training, evaluating);
  EXPECT_GT(evaluating, 0);
  EXPECT_EQ(static_cast<std::size_t>(training + evaluating), json["rows"].size());
}

}  // namespace
}  // namespace weft::testing
