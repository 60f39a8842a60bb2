// The commands at work on a small dataset of one's own.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"
#include "tests/support/npz_file.hpp"
#include "tests/support/small_dataset.hpp"

namespace weft {
namespace {

using nlohmann::json;
using testing::Outcome;
using testing::Program;
using testing::read_bytes;

const char* const kTrain = "train ./own --epochs 3 --runs 2 --hidden 8 --threads 1 ";

class Commands : public ::testing::Test {
 protected:
  Commands() { testing::small_dataset().write(program_.folder() / "own"); }

  /// stdout of a command that must succeed.
  std::string result(const std::string& arguments) const {
    const Outcome outcome = program_.run(arguments);
    EXPECT_EQ(outcome.status, 0) << arguments << "\n" << outcome.err;
    return outcome.out;
  }
  std::string file(const std::string& name) const { return read_bytes(program_.folder() / name); }

  Program program_;
};

TEST_F(Commands, DatasetsKnowsWhatIsOnDisk) {
  const json all = json::parse(result("datasets --json"));
  EXPECT_EQ(all.size(), 28u);
  const auto debian =
      std::find_if(all.begin(), all.end(), [](const json& d) { return d["name"] == "debian"; });
  ASSERT_NE(debian, all.end());
  EXPECT_EQ((*debian)["on_disk"], "raw");
  EXPECT_NE(result("datasets").find("ogbn-arxiv       node  acc      time"), std::string::npos);
}

TEST_F(Commands, EdgeWeightsFromSynthToTraining) {
  result("synth ./made --nodes 100 --edges 300 --classes 2 --edge-weights -1,2 --seed 3");
  const json info = json::parse(result("info ./made --json"));
  EXPECT_EQ(info["uses_edge_weights"], true);
  EXPECT_LT(info["relations"][0]["weights"]["min"], -0.9);
  EXPECT_GT(info["relations"][0]["weights"]["max"], 1.9);
  EXPECT_NE(result("info ./made").find(" (least / mean / most); dgl-gcn trains on them\n"),
            std::string::npos);
  EXPECT_NE(result("info ./made --recipe ogb-mlp").find("; ogb-mlp does not train on them\n"),
            std::string::npos);
  const std::string train = "train ./made --hidden 4 --epochs 2 --runs 1 --device cpu";
  EXPECT_NE(program_.run(train).err.find("Edge weights are used"), std::string::npos);
  EXPECT_NE(program_.run(train + " --edge-weights ignore").err.find("Edge weights are ignored"),
            std::string::npos);
  const Outcome refused = program_.run(train + " --norm gcn");
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("made: the weights of the edges into node "), std::string::npos) << refused.err;
  EXPECT_NE(result("info ./made --recipe ogb-gcn").find("not as it is: made: the weights"),
            std::string::npos);
}

TEST_F(Commands, AGraphWithoutLabelsIsPredicted) {
  result(std::string(kTrain) + "--out run");
  const std::string with_labels = result("predict run/last.safetensors ./own");
  std::filesystem::remove(program_.folder() / "own/raw/node-label.csv.gz");
  std::filesystem::remove_all(program_.folder() / "own/split");
  EXPECT_EQ(result("predict run/last.safetensors ./own"), with_labels);
  const Outcome outcome = program_.run(kTrain);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("own: has no labels, so there is nothing to learn from"), std::string::npos)
      << outcome.err;
}

TEST_F(Commands, PathsThatAreNotUtf8Serve) {
  std::filesystem::rename(program_.folder() / "own", program_.folder() / "own\xe9");
  EXPECT_EQ(json::parse(result("convert ./own\xe9 --json"))["name"], "own\\xe9");
  EXPECT_EQ(json::parse(result("info ./own\xe9 --json"))["num_nodes"], 150);
  const std::string train = "train ./own\xe9 --epochs 2 --runs 1 --hidden 8 --threads 1 --out r\xe9 ";
  result(train);
  const json summary = json::parse(file("r\xe9/summary.json"));
  EXPECT_EQ(summary["dataset"], "own\\xe9");
  EXPECT_NE(summary["command_line"].get<std::string>().find("--out r\\xe9"), std::string::npos);
  std::filesystem::remove(program_.folder() / "r\xe9/summary.json");
  result(train + "--resume");
  EXPECT_EQ(json::parse(file("r\xe9/summary.json"))["runs"].size(), 1u);
}

TEST_F(Commands, ConvertAndInfoDescribeTheDataset) {
  EXPECT_EQ(json::parse(result("convert ./own --json"))["name"], "own");
  const json info = json::parse(result("info ./own --json --verify"));
  EXPECT_EQ(info["num_nodes"], 150);
  EXPECT_EQ(info["num_classes"], 3);
  EXPECT_EQ(info["node_types"][0]["feature_columns"], 5);
  EXPECT_EQ(info["labels"][0]["max"], 2.0);
  EXPECT_EQ(info["labels"][0]["class_counts"].size(), 3u);
  EXPECT_EQ(info["splits"]["own"]["valid"], 30);
  EXPECT_EQ(info["splits"]["own"]["arrays"]["test"], (json{{"node", {30}}}));
  EXPECT_GT(info["homophily"], 0.5);
  EXPECT_GT(info["training_bytes"], 0);
  EXPECT_NE(result("info ./own").find("split own         90 / 30 / 30  (train / valid / test; the default)"),
            std::string::npos);
}

TEST_F(Commands, InfoDescribesWhatIsTooLargeToTrain) {
  result("convert ./own --classes 2000000000");
  const std::string text = result("info ./own");
  EXPECT_NE(text.find("1,999,999,997 do not occur"), std::string::npos) << text;
  EXPECT_NE(text.find("to train          not as it is: "), std::string::npos) << text;
}

TEST_F(Commands, TrainPrintsWhatOgbsExamplesPrint) {
  const std::string out = result(kTrain);
  std::string shape;  // digits as 0, runs of them as one
  for (const char c : out) {
    const char mark = std::isdigit(static_cast<unsigned char>(c)) != 0 ? '0' : c;
    if (mark != '0' || shape.empty() || shape.back() != '0') shape += mark;
  }
  const std::string line = "Run: 0, Epoch: 0, Loss: 0.0, Train: 0.0%, Valid: 0.0% Test: 0.0%\n";
  const std::string run =
      line + line + line +
      "Run 0:\nHighest Train: 0.0\nHighest Valid: 0.0\n  Final Train: 0.0\n   Final Test: 0.0\n";
  const std::string all =
      "All runs:\nHighest Train: 0.0 ± 0.0\nHighest Valid: 0.0 ± 0.0\n  Final Train: 0.0 ± 0.0\n"
      "   Final Test: 0.0 ± 0.0\n";
  EXPECT_EQ(shape.substr(0, (run + run + all).size()), run + run + all);
}

TEST_F(Commands, TrainLeavesARunDirectory) {
  const json printed = json::parse(result(std::string(kTrain) + "--json --out runs/one"));
  const json summary = json::parse(file("runs/one/summary.json"));
  EXPECT_EQ(printed, summary);
  EXPECT_EQ(summary["command_line"], "weft " + std::string(kTrain) + "--json --out runs/one");
  EXPECT_EQ(summary["runs"].size(), 2u);
  EXPECT_EQ(summary["runs"][1]["seed"], 1);
  for (const char* key :
       {"dataset", "split", "recipe", "device", "threads", "precision", "parameters", "mean", "std",
        "seconds_per_epoch", "peak_bytes", "device_peak_bytes", "math", "final_loss", "version",
        "git_revision", "cpu_model", "instruction_sets", "libraries"}) {
    EXPECT_TRUE(summary.contains(key)) << key;
  }
  const std::string metrics = file("runs/one/metrics.jsonl");
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 6);
}

/// Tests of what a machine without a GPU is told.
bool has_gpu() { return std::filesystem::exists("/dev/nvidiactl") || std::filesystem::exists("/dev/dxg"); }

TEST_F(Commands, AGpuThatIsNotThereIsOneLineAndAFailure) {
  if (has_gpu()) GTEST_SKIP() << "there is a GPU";
  for (const char* command : {"train ./own --device cuda", "train ./own --device cuda --precision bf16"}) {
    const Outcome outcome = program_.run(command);
    EXPECT_EQ(outcome.status, 1) << command;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err.rfind("weft: ", 0), 0u) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

TEST_F(Commands, AutoGoesOnWithTheCpuAndSaysSoOnce) {
  if (has_gpu()) GTEST_SKIP() << "there is a GPU";
  const Outcome outcome = program_.run(kTrain);
  EXPECT_EQ(outcome.status, 0);
  const std::string words = "no GPU here; going on with the CPU\n";
  const std::size_t at = outcome.err.find(words);
  ASSERT_NE(at, std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find(words, at + 1), std::string::npos);
  EXPECT_EQ(program_.run(std::string(kTrain) + "--device cpu").err.find("GPU"), std::string::npos);
}

TEST_F(Commands, ErrorsOfDataStandAlone) {
  result(std::string(kTrain) + "--out one");
  for (const char* command : {"train ./none", "train ./own --split none", "train ./own --out one",
                              "predict one/best.safetensors ./none", "predict none.safetensors ./own"}) {
    const Outcome outcome = program_.run(command);
    EXPECT_EQ(outcome.status, 1) << command;
    EXPECT_EQ(outcome.err.rfind("weft: ", 0), 0u) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
}

TEST_F(Commands, TheLastOfEqualOptionsWins) {
  result(std::string(kTrain) + "--epochs 9 --epochs 2e0 --no-batch-norm --batch-norm --out one");
  EXPECT_NE(file("one/config.toml").find("epochs = 2 "), std::string::npos);
  EXPECT_NE(file("one/config.toml").find("batch_norm = true "), std::string::npos);
  result(std::string(kTrain) + "--batch-norm --no-batch-norm --out two");
  EXPECT_NE(file("two/config.toml").find("batch_norm = false "), std::string::npos);
}

TEST_F(Commands, AnOptionWithoutEffectIsSaid) {
  const std::string words =
      program_.run(std::string(kTrain) + "--model mlp --norm gcn --layers 1 --checkpoint-every 2").err;
  for (const char* line : {" --norm has no effect: this model uses no graph\n",
                           " --hidden has no effect: one layer has no channels between layers\n",
                           " --checkpoint-every has no effect: nothing is kept without --out\n"}) {
    EXPECT_NE(words.find(line), std::string::npos) << words;
  }
  EXPECT_EQ(program_.run(std::string(kTrain) + "--norm gcn").err.find("has no effect"), std::string::npos);
}

TEST_F(Commands, NotesAreOneLineWhateverAFileHolds) {
  const std::vector<std::int64_t> ends{0, 1, 1, 0};
  const data::Array edges{DType::kI64, {2, 2}, ends.data()}, labels{DType::kI64, {2}, ends.data()};
  testing::write_bytes(
      program_.folder() / "g.npz",
      testing::NpzBytes().add("edge_index", edges).add("y", labels).add("a\x1b[2J\nb", edges).bytes());
  const Outcome outcome = program_.run("convert ./g.npz");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("not used: a\\x1b[2J\\nb\n"), std::string::npos) << outcome.err;
  EXPECT_EQ(program_.run("convert ./g.npz --split time").err,
            "weft: ./g.npz: a graph in a .npz file has one split; leave --split out\n");
}

TEST_F(Commands, AnExistingRunIsNotWrittenOver) {
  result(std::string(kTrain) + "--out one");
  const Outcome again = program_.run(std::string(kTrain) + "--out one");
  EXPECT_EQ(again.status, 1);
  EXPECT_NE(again.err.find("weft: one: is there already; give another --out, or --resume to continue it\n"),
            std::string::npos);
  EXPECT_NE(result("train ./own --resume --out one").find("All runs:"), std::string::npos);
}

TEST_F(Commands, AnUnknownSplitNamesTheOnesThereAre) {
  const Outcome outcome = program_.run(std::string(kTrain) + "--split time");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("weft: own: no split 'time'; choose one of: own\n"), std::string::npos)
      << outcome.err;
}

TEST_F(Commands, PredictWritesAClassPerNode) {
  result(std::string(kTrain) + "--out one");
  const std::string printed = result("predict one/best.safetensors ./own");
  EXPECT_EQ(std::count(printed.begin(), printed.end(), '\n'), 150);
  EXPECT_EQ(result("predict one/best.safetensors ./own --out p.csv"), "");
  EXPECT_EQ(file("p.csv"), printed);
  result("predict one/best.safetensors ./own --out p.npy");
  const std::string npy = file("p.npy");
  EXPECT_EQ(npy.size(), 128u + 150 * 8);
  EXPECT_EQ(npy.substr(1, 5), "NUMPY");
  EXPECT_NE(npy.find("'shape': (150, 1)"), std::string::npos);
  EXPECT_EQ(npy[128], printed[0] - '0');
}

TEST_F(Commands, PredictRefusesBeforeItComputes) {
  const Outcome ending = program_.run("predict one/best.safetensors ./own --out p.txt");
  EXPECT_EQ(ending.status, 1);
  EXPECT_EQ(ending.err, "weft: p.txt: predictions are written as .npy or .csv; name such a file\n");
  testing::write_bytes(program_.folder() / "p.csv", "");
  EXPECT_EQ(program_.run("predict one/best.safetensors ./own --out p.csv").err,
            "weft: p.csv: is there already; give another --out\n");
}

}  // namespace
}  // namespace weft
