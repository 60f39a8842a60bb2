#pragma once
// From counts on a small graph to a large one: an op moves as many times its operands there as here.
//
//   bytes(large) = sum over its kinds of operands(large) * counted(small) / operands(small)
//
// where the kinds are: the graph's arrays (8 (N + 1) + 4 E bytes); the op's scratch, as large as the backend
// asks for it at either size; everything else, each matrix and vector once. The last quotient is printed as
// `passes`: how often an op goes over what it is given. Requests of a sparse product grow as 4 E columns.
#include <string>
#include <vector>

#include "bench/counters/cards.hpp"
#include "bench/counters/op_call.hpp"
#include "bench/counters/problem.hpp"

namespace weft::bench {

struct ScaledOp {
  std::string op;
  std::string formula;     // of the operands
  double passes = 0.0;     // over the operands, without scratch
  double index = 0.0;      // bytes
  double bytes = 0.0;      // distinct ones besides the index, with scratch
  double requested = 0.0;  // by the first cache level, index included
  double reusable = 0.0;   // of the matrix whose rows are fetched again and again; 0: nothing is
  double flops = 0.0;
};

std::vector<ScaledOp> scaled(const std::vector<OpCall>& calls, const Problem& problem,
                             const ProblemSizes& target);

/// Seconds that the op would take on the card if nothing but its memory or its arithmetic counted: the larger
/// of
///   (index + bytes + miss (requested - index - bytes)) / bandwidth,   miss = max(0, 1 - L2 / reusable)
///   flops / rate.
/// A prediction; no card has been asked.
double predicted_seconds(const ScaledOp& op, const Card& card, bool tf32);

}  // namespace weft::bench
