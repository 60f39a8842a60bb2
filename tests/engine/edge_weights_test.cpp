// Edge weights from a dataset's column to the losses of a model: against dense matrices in double, and
// against PyTorch Geometric (tests/golden/README.md).
#include "data/graph/edge_weights.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "data/graph/graph.hpp"
#include "engine/run/session.hpp"
#include "kernels/cpu_backend.hpp"
#include "tests/support/files.hpp"
#include "tests/support/golden_formula.hpp"
#include "tests/support/queued_backend.hpp"

namespace weft::engine {
namespace {

using weft::testing::expect_error_with;

/// A dataset in memory: edges source[k] -> target[k] of weight[k].
struct Weighted {
  NodeId nodes = 0;
  std::vector<NodeId> source, target;
  std::vector<float> weight;
  data::HostCsr csr;
  data::Dataset dataset;

  void finish(int threads = 1, bool add_inverse = false) {
    const auto edges = static_cast<std::int64_t>(source.size());
    csr = data::csr_from_edges({source.data(), edges}, {target.data(), edges}, nodes, nodes, add_inverse,
                               threads);
    dataset.facts.name = "weighted";
    dataset.facts.add_inverse_edge = add_inverse;
    dataset.tables[data::kNodeType].rows = nodes;
    dataset.relations = {{data::kNodeType, data::kEdgeType, data::kNodeType, csr.view(), {}}};
    dataset.relations[0].edge_columns[data::kEdgeWeight] = {DType::kF32, {edges, 1}, weight.data()};
  }
};

/// Loops, repeats, both directions and nodes without edges are common; some weights are 0.
void draw(Weighted& graph, std::mt19937& random, bool signed_weights) {
  graph.nodes = static_cast<NodeId>(1 + random() % 9);
  const auto any = [&] { return static_cast<NodeId>(random() % static_cast<unsigned>(graph.nodes)); };
  for (auto k = random() % 30; k > 0; --k) {
    graph.source.push_back(any());
    graph.target.push_back(random() % 5 == 0 ? graph.source.back() : any());
    const float size = static_cast<float>(random() % 8) / 4.0f;
    graph.weight.push_back(signed_weights && random() % 2 == 0 ? -size : size);
  }
}

using Dense = std::vector<std::vector<double>>;

/// A~ said with dense matrices: weights and numbers of entries, [target][source].
Dense reference(const Weighted& graph, const GraphOptions& options) {
  const auto n = static_cast<std::size_t>(graph.nodes);
  Dense a(n, std::vector<double>(n)), count = a;
  for (std::size_t k = 0; k < graph.source.size(); ++k) {
    const auto s = static_cast<std::size_t>(graph.source[k]), t = static_cast<std::size_t>(graph.target[k]);
    a[t][s] += graph.weight[k];
    count[t][s] += 1;
    if (!options.symmetric) continue;
    a[s][t] += graph.weight[k];
    count[t][s] = count[s][t] = 1;
  }
  for (std::size_t v = 0; options.self_loops && v < n; ++v) a[v][v] = count[v][v] = 1;
  std::vector<double> in(n), in_count(n), out_count(n);
  for (std::size_t t = 0; t < n; ++t) {
    for (std::size_t s = 0; s < n; ++s) {
      in[t] += a[t][s];
      in_count[t] += count[t][s];
      out_count[s] += count[t][s];
    }
  }
  const auto root = [](double degree, double of_zero) {
    return degree == 0 ? of_zero : 1 / std::sqrt(degree);
  };
  for (std::size_t t = 0; t < n; ++t) {
    for (std::size_t s = 0; s < n; ++s) {
      a[t][s] *= options.norm == "gcn" ? root(in[t], 0) * root(in[s], 0)
                                       : root(in_count[t], 1) * root(out_count[s], 1);
    }
  }
  return a;
}

Dense dense(const CsrView& a, const std::vector<float>& row_scale, const std::vector<float>& col_scale) {
  Dense all(static_cast<std::size_t>(a.num_rows), std::vector<double>(static_cast<std::size_t>(a.num_cols)));
  for (NodeId r = 0; r < a.num_rows; ++r) {
    for (EdgeId e = a.offsets[r]; e < a.offsets[r + 1]; ++e) {
      const auto row = static_cast<std::size_t>(r), col = static_cast<std::size_t>(a.cols[e]);
      all[row][col] += double{row_scale[row]} * (a.weights == nullptr ? 1.0 : a.weights[e]) * col_scale[col];
    }
  }
  return all;
}

void expect_near(const Dense& got, const Dense& wanted, bool turned) {
  for (std::size_t r = 0; r < wanted.size(); ++r) {
    for (std::size_t c = 0; c < wanted.size(); ++c) {
      const double value = turned ? got[c][r] : got[r][c];
      EXPECT_NEAR(value, wanted[r][c], 1e-6 * std::abs(wanted[r][c])) << r << ", " << c;
    }
  }
}

TEST(EdgeWeights, OperatorsAreWhatDenseMatricesSay) {
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    GraphOptions options;
    options.norm = round % 2 == 0 ? "gcn" : "both";
    options.symmetric = round % 4 < 2;
    options.self_loops = round % 8 < 4;
    Weighted graph;
    draw(graph, random, options.norm == "both");
    graph.finish(1 + round % 3);
    const Dense wanted = reference(graph, options);
    const auto by = round % 16 < 8 ? TransposeBy::kHost : TransposeBy::kDevice;
    const HostOperator op = prepare_graph(graph.dataset, options, 1 + round % 3, by);
    expect_near(dense(op.forward_view(), op.row_scale, op.col_scale), wanted, false);
    if (graph.source.empty() && by == TransposeBy::kDevice) continue;  // nothing to weigh
    expect_near(dense(op.backward_view(), op.col_scale, op.row_scale), wanted, true);

    const std::vector<NodeId> rows{graph.nodes - 1};
    const HostOperator last = restrict_rows(op, {rows.data(), 1}, 1, by);
    EXPECT_EQ(dense(last.forward_view(), last.row_scale, last.col_scale)[0],
              dense(op.forward_view(), op.row_scale, op.col_scale).back());
  }
}

// A symmetric operator is its own transpose bit for bit, in whatever order weights are added up.
TEST(EdgeWeights, SummedBothWaysTheSameBits) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> any(0.0f, 1.0f);
  Weighted graph;
  graph.nodes = 3;
  for (int k = 0; k < 300; ++k) {
    graph.source.push_back(static_cast<NodeId>(random() % 3));
    graph.target.push_back(static_cast<NodeId>(random() % 3));
    graph.weight.push_back(any(random));
  }
  graph.finish();
  const data::HostCsr a = prepare_graph(graph.dataset, GraphOptions{}, 1).forward;
  const data::HostCsr turned = data::transpose(a.view(), 1);
  EXPECT_EQ(a.cols, turned.cols);
  EXPECT_EQ(a.weights, turned.weights);
}

TEST(EdgeWeights, AreOfBothDirectionsOfAnInverseEdgeAndOfAnyType) {
  Weighted graph;
  graph.nodes = 3;
  graph.source = {0, 1};
  graph.target = {1, 2};
  graph.weight = {2, 3};
  graph.finish(1, true);
  const std::vector<float> wanted{2, 2, 3, 3};  // into 0, into 1 from 0 and 2, into 2
  EXPECT_EQ(data::edge_weights(graph.dataset, graph.dataset.edges(), 1), wanted);
  const std::vector<std::int64_t> whole{2, 3};
  graph.dataset.relations[0].edge_columns[data::kEdgeWeight] = {DType::kI64, {2}, whole.data()};
  EXPECT_EQ(data::edge_weights(graph.dataset, graph.dataset.edges(), 2), wanted);
}

TEST(EdgeWeights, OfSeveralColumnsOrIgnoredAreNotUsed) {
  Weighted graph;
  graph.nodes = 2;
  graph.source = {0, 1};
  graph.target = {1, 0};
  graph.weight = {5, 7};
  graph.finish();
  GraphOptions options;
  EXPECT_TRUE(uses_edge_weights(graph.dataset, options));
  options.edge_weights = "ignore";
  EXPECT_FALSE(uses_edge_weights(graph.dataset, options));
  EXPECT_TRUE(prepare_graph(graph.dataset, options, 1).forward.weights.empty());
  graph.dataset.relations[0].edge_columns[data::kEdgeWeight].shape = {1, 2};
  EXPECT_FALSE(uses_edge_weights(graph.dataset, GraphOptions{}));
}

TEST(EdgeWeights, ThatAreNotFiniteAreNamed) {
  Weighted graph;
  graph.nodes = 2;
  graph.source = {0, 1, 0};
  graph.target = {1, 0, 1};
  graph.weight = {5, 7, std::numeric_limits<float>::quiet_NaN()};
  graph.finish();
  expect_error_with(ErrorCode::kBadData, {"weighted: edge_weight: row 2 is nan", "--edge-weights ignore"},
                    [&] { prepare_graph(graph.dataset, GraphOptions{}, 1); });
}

TEST(EdgeWeights, ANegativeDegreeUnderARootIsNamedByItsOriginalNode) {
  Weighted graph;
  graph.nodes = 3;
  graph.source = {0, 1, 2};
  graph.target = {1, 2, 2};
  graph.weight = {1, -2.5f, 0.5f};
  graph.finish();
  const std::vector<NodeId> order{7, 8, 9};
  graph.dataset.arrays[data::kNodeOrder] = {DType::kI32, {3}, order.data()};
  GraphOptions options;
  options.symmetric = false;
  options.norm = "gcn";
  expect_error_with(ErrorCode::kUnsupported,
                    {"into node 9 add up to -2", "--norm both", "--edge-weights ignore"},
                    [&] { prepare_graph(graph.dataset, options, 1); });
  options.norm = "both";
  EXPECT_EQ(prepare_graph(graph.dataset, options, 1).forward.weights, graph.weight);
}

// ---- losses

using Json = nlohmann::json;

std::vector<float> matrix(std::uint32_t stream, std::uint32_t rows, std::uint32_t cols) {
  std::vector<float> values;
  for (std::uint32_t r = 0; r < rows; ++r) {
    for (std::uint32_t c = 0; c < cols; ++c)
      values.push_back(static_cast<float>(testing::formula(stream, r, c)));
  }
  return values;
}

class WeightedGolden : public ::testing::Test {
 protected:
  WeightedGolden() {
    std::ifstream in(std::string(WEFT_SOURCE_DIR) + "/tests/golden/gcn_weighted.json");
    case_ = Json::parse(in);
    graph_.nodes = case_["nodes"];
    for (const Json& edge : case_["edges"]) {
      graph_.source.push_back(edge[0]);
      graph_.target.push_back(edge[1]);
    }
    features_ = matrix(case_["feature_stream"], case_["nodes"], case_["channels"]);
    labels_ = case_["labels"].get<std::vector<std::int64_t>>();
    rows_ = case_["train_rows"].get<std::vector<std::int64_t>>();
  }

  void finish() {
    graph_.finish();
    data::Dataset& d = graph_.dataset;
    d.facts.task = "node";
    d.facts.metric = "acc";
    d.facts.num_classes = case_["classes"];
    d.facts.default_split = "own";
    auto& columns = d.tables[data::kNodeType].columns;
    columns["node_feat"] = {DType::kF32, {graph_.nodes, case_["channels"]}, features_.data()};
    columns["node_label"] = {DType::kI64, {graph_.nodes, 1}, labels_.data()};
    const auto count = static_cast<std::int64_t>(rows_.size());
    for (const data::Part part : data::kParts)
      d.splits["own"][part][data::kNodeType] = {DType::kI64, {count}, rows_.data()};
    config_.model.layers = 2;
    config_.model.hidden = case_["hidden"];
    config_.model.dropout = 0.0;
    config_.model.batch_norm = false;
  }

  void expect_losses(const char* name, Backend& backend) {
    SCOPED_TRACE(name);
    Session session(graph_.dataset, config_, trainable_shape(graph_.dataset, config_.features), backend,
                    {Use::kTrain});
    EXPECT_TRUE(session.uses_edge_weights());
    session.allocate();
    session.begin_run(0);
    const auto& arrays = session.parameters().arrays();  // weight and bias of each layer
    std::vector<float> values(static_cast<std::size_t>(session.parameters().values().size()), 0.0f);
    for (std::size_t layer = 0; layer < 2; ++layer) {
      const models::NamedArray& weight = arrays[2 * layer];
      const std::uint32_t stream = case_["parameter_stream"];
      const auto drawn =
          matrix(stream + static_cast<std::uint32_t>(layer), static_cast<std::uint32_t>(weight.rows),
                 static_cast<std::uint32_t>(weight.cols));
      std::copy(drawn.begin(), drawn.end(), values.begin() + weight.offset);
    }
    session.parameters().values().upload(session.stream(), values.data());
    for (const double wanted : case_[name]) {
      session.submit(false);
      EXPECT_NEAR(session.collect().loss, wanted, 1e-5 * wanted);
    }
  }

  void expect_losses(const char* name) {
    expect_losses(name, *make_cpu_backend({2, Isa::kAuto}));
    weft::testing::QueuedBackend device;
    expect_losses(name, device);
  }

  Json case_;
  Weighted graph_;
  std::vector<float> features_;
  std::vector<std::int64_t> labels_, rows_;
  TrainConfig config_;
};

TEST_F(WeightedGolden, LossesOfGcnConv) {
  graph_.weight = matrix(case_["weight_stream"], static_cast<std::uint32_t>(graph_.source.size()), 1);
  for (float& weight : graph_.weight) weight = std::max(weight, 0.0f);
  finish();
  config_.graph.norm = "gcn";
  config_.graph.self_loops = true;
  config_.graph.symmetric = false;
  expect_losses("directed");
  config_.graph.symmetric = true;
  expect_losses("symmetric");
}

TEST_F(WeightedGolden, LossesOfNormBoth) {
  graph_.weight = matrix(case_["weight_stream"], static_cast<std::uint32_t>(graph_.source.size()), 1);
  finish();
  config_.graph.symmetric = false;
  expect_losses("both");
}

TEST_F(WeightedGolden, SessionsSayWhatTheyDo) {
  graph_.weight.assign(graph_.source.size(), 1.0f);
  finish();
  const auto backend = make_cpu_backend({1, Isa::kAuto});
  const auto notes = [&] {
    return Session(graph_.dataset, config_, trainable_shape(graph_.dataset, config_.features), *backend,
                   {Use::kTrain})
        .notes();
  };
  const std::string features =
      "Features are taken as they are, for log1p is for counts: node 0, column 0 is 0.474644";
  const std::string alone =
      "4 of 60 nodes have no edge coming in: their neighbours add up to zeros (--self-loops makes each node "
      "its own neighbour)";
  EXPECT_EQ(notes(),
            (std::vector<std::string>{
                features, "Edge weights are used, both directions of an edge and repeats summed", alone}));
  config_.graph.self_loops = true;
  config_.graph.edge_weights = "ignore";
  EXPECT_EQ(notes(), (std::vector<std::string>{features, "Edge weights are ignored"}));
  config_.features.log1p = false;
  config_.model.kind = "mlp";
  EXPECT_TRUE(notes().empty());
}

}  // namespace
}  // namespace weft::engine
