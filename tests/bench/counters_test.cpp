// What one training epoch of the recipe dgl-gcn would move on a GPU, pinned: the code is weft-bench
// counters'.
#include <gtest/gtest.h>

#include "bench/counters/epoch.hpp"
#include "bench/counters/scaling.hpp"

namespace weft::bench {
namespace {

const Problem& problem() {
  static const Problem one{ProblemOptions{}};
  return one;
}

const std::vector<OpCall>& calls() {
  static const std::vector<OpCall> once = count_training_epoch(problem());
  return once;
}

std::string base_name(const std::string& kernel) { return kernel.substr(0, kernel.find('<')); }

/// Everything below is about the recorded epoch, so it must be the whole of one.
TEST(CountedEpoch, HasEveryPartOfATrainingStep) {
  std::map<std::string, int> ops;
  for (const OpCall& call : calls()) ++ops[call.op];
  EXPECT_EQ(ops["begin_step"], 1);
  EXPECT_EQ(ops["adam"], 1);
  EXPECT_EQ(ops["log_softmax_nll"], 1);
  EXPECT_EQ(ops["activate"], 2);
  EXPECT_EQ(ops["spmm"], 4) << "one forward and one backward for each layer behind the first";
  EXPECT_GE(ops["gemm"] + ops["gemm_tn"] + ops["gemm_nt"], 8);
}

/// Parameters and the parts of moments do not grow with the graph: on 1,500 nodes they weigh as much as six
/// activations, on 12,000 little.
TEST(CountedEpoch, MovesAtMost31Activations) {
  EXPECT_LE(activations_moved(calls(), problem().sizes()), 34.6);
  ProblemOptions options;
  options.nodes = 12000;
  const Problem larger(options);
  const double moved = activations_moved(count_training_epoch(larger), larger.sizes());
  EXPECT_LE(moved, 31.0);
  EXPECT_GE(moved, 16.0) << "fewer than the fully fused schedule; something is not counted";
}

TEST(ScaledEpoch, MovesAtMost31ActivationsOnKnownGraphs) {
  for (const KnownProblem& target : known_problems(problem().config())) {
    double bytes = 0.0;
    for (const ScaledOp& op : scaled(calls(), problem(), target.sizes)) bytes += op.bytes;
    EXPECT_LE(bytes / target.sizes.activation_bytes(), 31.0) << target.name;
  }
}

TEST(CountedEpoch, NoBankConflicts) {
  for (const KernelCounters& k : by_kernel(calls())) EXPECT_EQ(k.shared.conflicts, 0u) << k.kernel;
}

TEST(CountedEpoch, SparseProductsTouchTheFewestSectors) {
  int seen = 0;
  for (const KernelCounters& k : by_kernel(calls())) {
    if (base_name(k.kernel) != "spmm_kernel") continue;
    ++seen;
    EXPECT_LE(k.sector_ratio(), 1.05) << k.kernel;
  }
  EXPECT_GT(seen, 0);
}

/// The kernels among `kernels` that are named in `fewest_wide`: each request covers whole sectors, and at
/// least that share of what lanes ask for comes 16 bytes at a time. What is narrower are the few numbers per
/// column, labels and row numbers.
void expect_streaming(const std::vector<KernelCounters>& kernels,
                      const std::map<std::string, double>& fewest_wide) {
  std::map<std::string, int> seen;
  for (const KernelCounters& k : kernels) {
    const auto wanted = fewest_wide.find(base_name(k.kernel));
    if (wanted == fewest_wide.end()) continue;
    ++seen[wanted->first];
    EXPECT_LE(k.sector_ratio(), 1.01) << k.kernel;
    EXPECT_GE(k.wide_share(), wanted->second) << k.kernel;
  }
  EXPECT_EQ(seen.size(), fewest_wide.size());
}

TEST(CountedEpoch, StreamingKernelsAreCoalescedAndWide) {
  expect_streaming(by_kernel(calls()), {{"activate_kernel", 0.90},
                                        {"masks_kernel", 0.93},
                                        {"through_statistics_kernel", 0.93},
                                        {"join_moments_kernel", 0.99},
                                        {"adam_kernel", 0.86}});
}

/// 40 classes, ogbn-arxiv's: rows of whole vectors. Of 47 the last three are read one by one.
TEST(CountedEpoch, LossIsCoalescedAndWide) {
  ProblemOptions options;
  options.nodes = 300;
  options.classes = 40;
  options.hidden = 64;
  expect_streaming(by_kernel(count_training_epoch(Problem(options))),
                   {{"log_softmax_nll_kernel", 0.93}, {"column_sums_kernel", 0.99}});
}

/// The graph's arrays are counted apart from everything else: once per sparse product.
TEST(CountedEpoch, IndexIsReadOnce) {
  for (const OpCall& call : calls()) {
    if (call.op != "spmm") continue;
    const double index = bytes_of(call.index);
    EXPECT_GE(call.counted_bytes(kIndexName), 0.95 * index);
    EXPECT_LE(call.counted_bytes(kIndexName), 1.5 * index)
        << "offsets may be read by a launch that plans the work";
  }
}

TEST(ScaledEpoch, GrowsAsTheFormulasSay) {
  double small = 0.0, same = 0.0;
  for (const OpCall& call : calls()) small += call.counted_bytes();
  for (const ScaledOp& op : scaled(calls(), problem(), problem().sizes())) same += op.bytes;
  EXPECT_NEAR(same, small, 1e-6 * small) << "scaled to its own sizes nothing changes";

  ProblemSizes doubled = problem().sizes();
  doubled.n *= 2;
  doubled.e *= 2;
  doubled.r *= 2;
  doubled.er *= 2;
  double twice = 0.0;
  for (const ScaledOp& op : scaled(calls(), problem(), doubled)) twice += op.bytes;
  EXPECT_GT(twice / small, 1.8) << "all but parameters and partial sums grows with the graph";
  EXPECT_LT(twice / small, 2.0);
}

/// The formulas predict what a graph of another size moves when it is counted too.
TEST(ScaledEpoch, PredictsTheCountsOfAnotherSize) {
  ProblemOptions options;
  options.nodes = 2100;
  const Problem larger(options);
  double counted = 0.0, predicted = 0.0;
  for (const OpCall& call : count_training_epoch(larger)) counted += call.counted_bytes();
  for (const ScaledOp& op : scaled(calls(), problem(), larger.sizes())) predicted += op.bytes;
  EXPECT_NEAR(predicted / counted, 1.0, 0.03);
}

TEST(PredictedTime, IsTheLargerOfMemoryAndArithmetic) {
  const Card& card = find_card("h100");
  ScaledOp op;
  op.bytes = 3350e9;
  EXPECT_DOUBLE_EQ(predicted_seconds(op, card, false), 1.0);
  op.flops = 2.0 * card.fp32_flops;
  EXPECT_DOUBLE_EQ(predicted_seconds(op, card, false), 2.0);
  EXPECT_DOUBLE_EQ(predicted_seconds(op, card, true), 1.0);
  op.requested = 3.0 * op.bytes;
  op.reusable = 2.0 * card.l2_bytes;  // half of what is fetched again is not in the cache
  EXPECT_DOUBLE_EQ(predicted_seconds(op, card, true), 2.0);
}

}  // namespace
}  // namespace weft::bench
