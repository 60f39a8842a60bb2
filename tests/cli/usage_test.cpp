// What the program says to words it does not understand: one line on stderr, nothing on stdout.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace weft {
namespace {

using testing::Outcome;
using testing::Program;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

void expect_refused(const std::string& arguments, int status, const std::string& message) {
  const Outcome outcome = Program().run(arguments);
  EXPECT_EQ(outcome.status, status) << arguments;
  EXPECT_EQ(outcome.err, "weft: " + message + "\n") << arguments;
  EXPECT_EQ(outcome.out, "") << arguments;
}

TEST(Usage, HelpAndVersionAreResults) {
  const Program program;
  for (const char* command : {"", "datasets ", "fetch ", "convert ", "synth ", "info ", "train ", "predict ",
                              "evaluate ", "doctor "}) {
    const Outcome outcome = program.run(std::string(command) + "--help");
    EXPECT_EQ(outcome.status, 0) << command;
    EXPECT_NE(outcome.out.find("Usage: weft " + std::string(command)), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.err, "");
  }
  EXPECT_EQ(program.run("--version").out.substr(0, 7), "weft 0.");
}

TEST(Usage, TrainListsEveryOptionOfARecipe) {
  const std::string help = Program().run("train --help").out;
  for (const char* flag : {"--lr N ", "--weight-decay-on TEXT ", "--batch-norm ", "--no-batch-norm ",
                           "--recipe NAME ", "--config PATH ", "--resume ", "--features TEXT "}) {
    EXPECT_NE(help.find(flag), std::string::npos) << flag;
  }
}

TEST(Usage, UnknownWordsGetASuggestion) {
  expect_refused("", kWrongUsage, "say what to do; see 'weft --help'");
  expect_refused("trian debian", kWrongUsage, "unknown command 'trian'; did you mean 'train'?");
  expect_refused("--verison", kWrongUsage, "unknown option '--verison'; did you mean '--version'?");
  expect_refused("train debian --epoch 5", kWrongUsage,
                 "train: unknown option '--epoch'; did you mean '--epochs'?");
  expect_refused("evaluate --metric acc --format --json", kWrongUsage, "evaluate: --format excludes --json");
  expect_refused("info debian --bogus=1", kWrongUsage,
                 "info: unknown option '--bogus'; see 'weft info --help'");
  expect_refused("info debian twice", kWrongUsage,
                 "info: 'twice' is one word too many; see 'weft info --help'");
}

TEST(Usage, DoctorTellsWhatThereIsAndWhatIsMissing) {
  const Program program;
  const Outcome text = program.run("doctor");
  EXPECT_EQ(text.status, 0);
  EXPECT_EQ(text.err, "");
  for (const char* row : {"weft ", "built with ", "CPU ", "instruction sets ", "memory ", "GPU ",
                          "NVIDIA driver ", "CUDA library ", "to do "}) {
    EXPECT_NE(("\n" + text.out).find(std::string("\n") + row), std::string::npos) << row << "\n" << text.out;
  }
  const auto json = nlohmann::json::parse(program.run("doctor --json").out);
  EXPECT_GT(json["memory_bytes"], json["memory_available_bytes"]);
  EXPECT_GE(json["cpus"], 1);
  EXPECT_EQ(json["instruction_sets"][0], "portable");
  const auto& gpu = json["gpu"];
  EXPECT_EQ(gpu["problem"].get<std::string>().empty(), gpu["usable"].get<bool>());
  EXPECT_EQ(gpu["device"].get<std::string>().empty(), !gpu["usable"].get<bool>());
  if (!gpu["usable"].get<bool>()) {
    EXPECT_FALSE(json["advice"].empty());
    EXPECT_NE(text.out.find(gpu["problem"].get<std::string>()), std::string::npos) << text.out;
  }
}

TEST(Usage, MissingWordsAreNamed) {
  expect_refused("train", kWrongUsage,
                 "train: give a dataset's name, a folder or a .npz file; see 'weft train --help'");
  expect_refused("fetch", kWrongUsage, "fetch: give a dataset's name; see 'weft fetch --help'");
  expect_refused("synth --nodes 100", kWrongUsage,
                 "synth: give a name for the graph; see 'weft synth --help'");
  expect_refused("predict", kWrongUsage, "predict: give a checkpoint; see 'weft predict --help'");
  expect_refused("predict a.safetensors", kWrongUsage,
                 "predict: give a dataset's name, a folder or a .npz file; see 'weft predict --help'");
  expect_refused("train debian --lr", kWrongUsage, "train: --lr: 1 required N missing");
  expect_refused("train debian --resume", kWrongUsage,
                 "train: --resume needs the run's folder; give it with --out");
}

TEST(Usage, EvaluateIsToldOnceWhatToScoreBy) {
  expect_refused("evaluate", kWrongUsage, "evaluate: give --dataset or --metric; see 'weft evaluate --help'");
  expect_refused("evaluate --dataset ogbn-arxiv", kWrongUsage,
                 "evaluate: give a file of predictions; see 'weft evaluate --help'");
  expect_refused("evaluate a.npz --dataset ogbn-arxiv --metric acc", kWrongUsage,
                 "evaluate: --dataset tells the metric; give one of --dataset and --metric");
  expect_refused("evaluate a.npz --dataset ogbn-arxiv --tasks 2", kWrongUsage,
                 "evaluate: --dataset tells the tasks; give --tasks with --metric only");
  expect_refused("evaluate a.npz --metric acc --tasks -1", kWrongUsage,
                 "evaluate: --tasks: -1 cannot be used; give a whole number from 0 to 2147483648");
  expect_refused("evaluate a.npz --metric acc --list", kWrongUsage,
                 "evaluate: unknown option '--list'; did you mean '--lists'?");
}

TEST(Usage, ValuesOutOfRangeAreWrongUsage) {
  expect_refused("train debian --lr -1", kWrongUsage,
                 "train: --lr -1 cannot be used; give a number in (0, 1000]");
  expect_refused("train debian --layers two", kWrongUsage,
                 "train: --layers \"two\" cannot be used; give a whole number in [1, 64]");
  expect_refused("train debian --norm left", kWrongUsage,
                 "train: --norm \"left\" cannot be used; give both or gcn or mean");
  expect_refused("info debian --threads 5000", kWrongUsage,
                 "info: --threads: 5000 cannot be used; give a whole number from 0 to 1024");
  expect_refused("convert debian --classes 1.5", kWrongUsage,
                 "convert: --classes: 1.5 cannot be used; give a whole number from -1 to 2147483648");
  expect_refused("convert debian --classes 0", kWrongUsage,
                 "convert: --classes: 0 cannot be used; give another whole number");
  expect_refused("train debian --epochs 1.5", kWrongUsage,
                 "train: --epochs 1.5 cannot be used; give a whole number in [1, 2147483647]");
  expect_refused(
      "train debian --seed 18014398509481984", kWrongUsage,
      "train: --seed 18014398509481984 cannot be used; give a whole number in [0, 9007199254740992]");
}

TEST(Usage, OptionsEndAtTwoDashes) {
  const std::string unknown = "no dataset '-x'; closest: ";
  const Outcome outcome = Program().run("info --json -- -x");
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.err.rfind("weft: " + unknown, 0), 0u) << outcome.err;
  for (const char* words : {"info debian -- --json", "info -- debian --json"}) {
    expect_refused(words, kWrongUsage, "info: '--json' is one word too many; see 'weft info --help'");
  }
}

TEST(Usage, AnOptionWithoutEffectIsRefused) {
  expect_refused("evaluate a.npz --metric mrr --format", kWrongUsage, "evaluate: FILE excludes --format");
  expect_refused("evaluate --metric mrr --format --lists", kWrongUsage,
                 "evaluate: --lists excludes --format");
  expect_refused("evaluate --metric mrr --format --threads 2", kWrongUsage,
                 "evaluate: --format excludes --threads");
  for (const char* metric : {"mrr", "hits@20", "F1"}) {
    expect_refused(std::string("evaluate a.npz --tasks 2 --metric ") + metric, kWrongUsage,
                   std::string("evaluate: ") + metric + " has no tasks; leave --tasks out");
  }
  expect_refused("synth made --features 0 --feature-noise 1", kWrongUsage,
                 "synth: --features 0 makes no features; leave --feature-noise out");
  for (const std::string flag : {"--reorder rcm", "--memory 1"}) {
    const std::string name = flag.substr(0, flag.find(' '));
    expect_refused("synth made --raw " + flag, kWrongUsage,
                   "synth: " + name + " is for a cache, and --raw writes none; leave " + name +
                       " out, and give it to 'weft convert'");
  }
}

TEST(Usage, AMadeGraphIsToldWhatCannotBe) {
  expect_refused("synth made --edges many", kWrongUsage,
                 "synth: --edges: many cannot be used; give a whole number from 0 on");
  expect_refused("synth made --mixing much", kWrongUsage,
                 "synth: --mixing: much cannot be used; give a number");
  expect_refused("synth made --nodes 3", kFailed,
                 "nodes 3 cannot be used; give a number from 16 to 2147483647");
  expect_refused("synth made --like ogbn-mag", kFailed,
                 "no sizes of 'ogbn-mag' to make a graph by; there are: ogbn-arxiv, ogbn-products");
  const Program program;
  const Outcome made = program.run("synth ./made --nodes 5 --nodes 1e2 --edges 300 --classes 2 --json");
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(nlohmann::json::parse(made.out)["entries"], 600);
  EXPECT_EQ(nlohmann::json::parse(made.out)["node_order"], "none");
  const Outcome ordered =
      program.run("synth ./ordered --nodes 100 --edges 300 --classes 2 --reorder rcm --memory 1");
  EXPECT_NE(ordered.out.find(", nodes in order rcm) in "), std::string::npos) << ordered.out << ordered.err;
  EXPECT_EQ(
      program.run("synth ./made").err,
      "weft: ./made: is there already; give another name, or --force to write over the graph that was made "
      "there\n");
}

TEST(Usage, UnknownNamesFailTheRun) {
  expect_refused(
      "train debian --recipe ogb-gnc", kFailed,
      "no recipe 'ogb-gnc'; did you mean 'ogb-gcn'? There are: dgl-gcn, kipf-gcn, ogb-gcn, ogb-mlp, "
      "ogb-sage, ogb-sage-products");
  expect_refused(
      "train debian --config no.toml", kFailed,
      "no.toml: cannot be read: No such file or directory; give a TOML file, or a recipe by --recipe");
  const Outcome outcome = Program().run("info debain");
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.err.rfind("weft: no dataset 'debain'; closest: debian", 0), 0u) << outcome.err;
}

TEST(Usage, AFileOfOptionsIsCheckedLineByLine) {
  const Program program;
  testing::write_bytes(program.folder() / "my.toml", "lr = 0.1\nhiden = 16\n");
  const Outcome outcome = program.run("train debian --config my.toml");
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.err, "weft: my.toml:2: unknown option 'hiden'; did you mean 'hidden'?\n");
}

TEST(Usage, AFullDiskFailsTheRun) {
  const Outcome outcome = Program().run("datasets", "/dev/full");
  EXPECT_EQ(outcome.status, kFailed);
  EXPECT_EQ(outcome.err, "weft: stdout: cannot be written: No space left on device\n");
}

}  // namespace
}  // namespace weft
