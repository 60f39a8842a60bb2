#include "bench/counters/scaling.hpp"

#include <algorithm>

namespace weft::bench {
namespace {

double ratio(double counted, double formula) { return formula == 0.0 ? 0.0 : counted / formula; }

/// What requests grow with: fetched rows where there are any, else the operands.
std::vector<Term> requested_terms(const OpCall& call) {
  std::vector<Term> terms = call.gathered.empty() ? call.once : call.gathered;
  terms.insert(terms.end(), call.index.begin(), call.index.end());
  return terms;
}

double scratch_growth(const OpCall& call, const Sizes& sizes) {
  return call.scratch ? ratio(call.scratch(sizes), call.scratch({})) : 1.0;
}

ScaledOp scale(const OpCall& call, const Problem& problem, const Sizes& sizes) {
  ScaledOp op;
  op.op = call.op;
  op.formula = formula(call.once, problem.names());
  const double scratch = call.counted_bytes(kScratchName);
  op.passes = ratio(call.counted_bytes() - scratch, bytes_of(call.once));
  op.bytes = op.passes * bytes_of(call.once, sizes) + scratch * scratch_growth(call, sizes);
  op.index = ratio(call.counted_bytes(kIndexName), bytes_of(call.index)) * bytes_of(call.index, sizes);
  const std::vector<Term> asked = requested_terms(call);
  op.requested = ratio(call.requested_bytes(), bytes_of(asked)) * bytes_of(asked, sizes);
  if (!call.gathered.empty()) op.reusable = bytes_of({call.once.front()}, sizes);
  op.flops = call.product_flops(sizes);
  return op;
}

}  // namespace

std::vector<ScaledOp> scaled(const std::vector<OpCall>& calls, const Problem& problem,
                             const ProblemSizes& target) {
  const Sizes sizes = problem.scaled_to(target);
  std::vector<ScaledOp> ops;
  for (const OpCall& call : calls) ops.push_back(scale(call, problem, sizes));
  return ops;
}

double predicted_seconds(const ScaledOp& op, const Card& card, bool tf32) {
  const double miss = op.reusable == 0.0 ? 0.0 : std::max(0.0, 1.0 - card.l2_bytes / op.reusable);
  const double distinct = op.index + op.bytes;
  const double memory = distinct + miss * std::max(0.0, op.requested - distinct);
  const double rate = tf32 && card.tf32_flops > 0.0 ? card.tf32_flops : card.fp32_flops;
  return std::max(memory / card.memory_bytes_per_second, op.flops / rate);
}

}  // namespace weft::bench
