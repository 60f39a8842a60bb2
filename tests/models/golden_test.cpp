// Losses and gradients against PyTorch's in float64 (tests/golden/README.md): same graph, same initial
// weights.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/golden_formula.hpp"
#include "tests/support/model_run.hpp"
#include "tests/support/model_settings.hpp"

namespace weft {
namespace {

using Json = nlohmann::json;

/// In the tree that the program was built from, or where it lies on another machine.
std::string golden(const std::string& file) {
  const char* const moved = std::getenv("WEFT_SOURCE_DIR");
  return std::string(moved != nullptr ? moved : WEFT_SOURCE_DIR) + "/tests/golden/" + file;
}

Json read_case(const std::string& name) {
  std::ifstream in(golden(name + ".json"));
  return Json::parse(in);
}

std::vector<float> read_gradients(const std::string& name, std::size_t count) {
  std::ifstream in(golden(name + ".grad.f32"), std::ios::binary);
  std::vector<float> values(count);
  in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(float)));
  return values;
}

std::vector<float> features_of(const Json& c) {
  const std::uint32_t n = c["nodes"], channels = c["channels"], stream = c["feature_stream"];
  const bool normalised = c["features"] == "positive, row-normalised";
  std::set<std::uint32_t> zero_rows;
  if (normalised) zero_rows = c["zero_feature_rows"].get<std::set<std::uint32_t>>();
  std::vector<float> out;
  for (std::uint32_t v = 0; v < n; ++v) {
    std::vector<double> row;
    double sum = 0.0;
    for (std::uint32_t j = 0; j < channels; ++j) {
      double x = testing::formula(stream, v, j);
      if (normalised) x = zero_rows.count(v) != 0 ? 0.0 : std::max(0.0, x);
      row.push_back(x);
      sum += x;
    }
    for (const double x : row) out.push_back(static_cast<float>(normalised && sum > 0.0 ? x / sum : x));
  }
  return out;
}

/// "gcn", "sage", or "mlp" of a case without a graph.
std::string kind_of(const Json& c) {
  return c.contains("kind") ? c["kind"].get<std::string>() : c.contains("self_loops") ? "gcn" : "mlp";
}

testing::ModelProblem problem_of(const Json& c) {
  const auto n = c["nodes"].get<std::size_t>();
  const std::string kind = kind_of(c);
  std::vector<std::set<NodeId>> pattern(n);
  for (const Json& edge : c["edges"]) {
    pattern[edge[0].get<std::size_t>()].insert(edge[1].get<NodeId>());
    pattern[edge[1].get<std::size_t>()].insert(edge[0].get<NodeId>());
  }
  std::vector<std::vector<NodeId>> rows;
  testing::ModelProblem p;
  for (std::size_t v = 0; v < n; ++v) {
    if (kind != "mlp" && c["self_loops"].get<bool>()) pattern[v].insert(static_cast<NodeId>(v));
    rows.emplace_back(pattern[v].begin(), pattern[v].end());
    const double degree = std::max<double>(1.0, static_cast<double>(pattern[v].size()));
    p.row_scale.push_back(static_cast<float>(1.0 / (kind == "sage" ? degree : std::sqrt(degree))));
  }
  p.col_scale = kind == "sage" ? std::vector<float>(n, 1.0f) : p.row_scale;
  p.graph = testing::graph_from_rows(rows, static_cast<NodeId>(n));
  p.options.kind = kind;
  p.options.layers = c["layers"];
  p.options.in = c["channels"];
  p.options.hidden = c["hidden"];
  p.options.out = c["classes"];
  p.options.dropout = 0.0f;
  p.options.batch_norm = c["batch_norm"];
  p.options.weight_decay = c["weight_decay_layer1"];
  p.options.weight_decay_first_layer_only = true;
  p.features = features_of(c);
  p.labels = c["labels"].get<std::vector<std::int32_t>>();
  p.train = c["train_rows"].get<std::vector<NodeId>>();
  std::sort(p.train.begin(), p.train.end());
  p.learning_rate = c["learning_rate"];
  return p;
}

// "layer2.weight" -> "convs.1.weight" or "lins.1.weight", "norm1.gamma" -> "bns.0.weight".
std::string our_name(const std::string& golden_name, bool graph) {
  const std::size_t dot = golden_name.find('.');
  const std::size_t digit = golden_name.find_first_of("0123456789");
  const std::string index = std::to_string(std::stoi(golden_name.substr(digit, dot - digit)) - 1);
  const std::string field = golden_name.substr(dot + 1);
  if (golden_name.starts_with("norm")) return "bns." + index + (field == "gamma" ? ".weight" : ".bias");
  return (graph ? "convs." : "lins.") + index + "." + field;
}

const models::NamedArray& array_of(const models::Parameters& parameters, const Json& wanted, const Json& c) {
  const std::string name = our_name(wanted["name"], c.contains("self_loops"));
  for (const models::NamedArray& array : parameters.arrays()) {
    if (array.name == name) return array;
  }
  throw std::runtime_error("no parameter " + name);
}

void set_initial(testing::ModelRun& run, const Json& c) {
  const models::Parameters& parameters = run.parameters();
  ASSERT_EQ(parameters.arrays().size(), c["parameters"].size());
  std::vector<float> values = run.values();
  for (const Json& wanted : c["parameters"]) {
    const models::NamedArray& array = array_of(parameters, wanted, c);
    ASSERT_EQ(array.size(), wanted["rows"].get<std::int64_t>() * wanted["cols"].get<std::int64_t>())
        << array.name;
    const auto cols = wanted["cols"].get<std::int64_t>();
    for (std::int64_t k = 0; k < array.size(); ++k) {
      const double u = testing::formula(wanted["stream"], static_cast<std::uint32_t>(k / cols),
                                        static_cast<std::uint32_t>(k % cols));
      values[static_cast<std::size_t>(array.offset + k)] =
          static_cast<float>(wanted["offset"].get<double>() + wanted["scale"].get<double>() * u);
    }
  }
  run.set_values(values);
}

constexpr const char* kCases[] = {"gcn_dgl", "gcn_ogb", "gcn_kipf", "mlp", "sage"};

TEST(GoldenFiles, FormulaIsTheScripts) {
  for (const char* name : kCases) {
    const Json c = read_case(name);
    for (const Json& row : c["formula_check"])
      EXPECT_EQ(testing::formula(row[0], row[1], row[2]), row[3].get<double>());
  }
}

class Golden : public ::testing::TestWithParam<std::tuple<const char*, testing::ModelSetting>> {
 protected:
  const char* name() const { return std::get<0>(GetParam()); }
  const testing::ModelSetting& setting() const { return std::get<1>(GetParam()); }

  const Json case_ = read_case(name());
  const std::unique_ptr<Backend> backend_ = setting().make();
};

TEST_P(Golden, GradientsOfTheFirstStep) {
  testing::ModelRun run(*backend_, problem_of(case_), setting().storage);
  set_initial(run, case_);
  run.step();
  const std::vector<float> wanted = read_gradients(name(), case_["gradient_values"]);
  const std::vector<float> gradients = run.gradients();
  for (const Json& parameter : case_["parameters"]) {
    if (!parameter["compare"].get<bool>()) continue;
    const models::NamedArray& array = array_of(run.parameters(), parameter, case_);
    const float* got = gradients.data() + array.offset;
    const float* expected = wanted.data() + parameter["gradient_offset"].get<std::size_t>();
    double error = 0.0;
    for (std::int64_t k = 0; k < array.size(); ++k) error += std::pow(double{got[k]} - expected[k], 2);
    EXPECT_LE(std::sqrt(error), 1e-4 * parameter["gradient_norm"].get<double>()) << array.name;
  }
}

TEST_P(Golden, LossesOfTwentyEpochs) {
  testing::ModelRun run(*backend_, problem_of(case_), setting().storage);
  set_initial(run, case_);
  for (int epoch = 1; epoch <= 20; ++epoch) {
    const double tolerance = epoch == 1   ? 1e-6
                             : epoch <= 3 ? 5e-5
                                          : 1e-4;  // relative; a lost decay costs 2.8e-4
    const double wanted = case_["losses"][static_cast<std::size_t>(epoch - 1)];
    EXPECT_NEAR(run.step(), wanted, tolerance * wanted) << "epoch " << epoch;
  }
}

TEST_P(Golden, EvaluationAfterOnePass) {
  testing::ModelProblem problem = problem_of(case_);
  problem.learning_rate = 1e-30f;  // the training pass moves the running statistics only
  testing::ModelRun run(*backend_, problem, setting().storage);
  set_initial(run, case_);
  run.step();
  const std::vector<std::int64_t> correct = run.evaluate();
  const Json& wanted = case_["after_first_forward"];
  EXPECT_EQ(correct[0] + correct[1] + correct[2], wanted["correct"].get<std::int64_t>());
  const std::vector<float> states = run.states();
  for (const char* kind : {"running_mean", "running_var"}) {
    for (std::size_t layer = 0; layer < wanted[kind].size(); ++layer) {
      const auto values = wanted[kind][layer].get<std::vector<double>>();
      const std::size_t state = 2 * layer + (kind == std::string("running_var") ? 1 : 0);
      const std::int64_t offset = run.parameters().state_arrays()[state].offset;
      for (std::size_t j = 0; j < values.size(); ++j) {
        EXPECT_NEAR(states[static_cast<std::size_t>(offset) + j], values[j],
                    1e-5 * std::abs(values[j]) + 1e-6)
            << kind << " of block " << layer << ", channel " << j;
      }
    }
  }
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Golden);
INSTANTIATE_TEST_SUITE_P(PyTorch, Golden,
                         ::testing::Combine(::testing::ValuesIn(kCases),
                                            ::testing::ValuesIn(testing::model_settings())),
                         [](const auto& test) {
                           return std::get<0>(test.param) + std::string("_") + std::get<1>(test.param).name;
                         });

}  // namespace
}  // namespace weft
