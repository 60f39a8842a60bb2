// libxsmm 1.17 has no product of a large sparse matrix: its sparse kernels compile the pattern into code, or
// take a dense matrix that they make sparse themselves. What it does have is a small product that sums over a
// list of operands (batch-reduce GEMM): a row of y is the sum of [cols, 1] x [1, 1] products whose first
// operands lie at byte offsets, one per edge. The sum stays in registers, as in a product written for graphs.
#include <libxsmm.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "bench/spmm/registry.hpp"
#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

struct Plan {
  libxsmm_smmfunction_reducebatch_offs kernel = nullptr;
  std::vector<unsigned long long> rows_of_x;  // [e] bytes from x
  std::vector<unsigned long long> ones;       // [longest row] bytes from the one number 1
};

Plan make_plan(const CsrView& a, std::int64_t cols, std::int64_t ldx) {
  Plan plan;
  const int m = static_cast<int>(cols), one = 1;
  const float alpha = 1.0f, beta = 0.0f;
  plan.kernel = libxsmm_smmdispatch_reducebatch_offs(m, 1, 1, &m, &one, &m, &alpha, &beta, nullptr, nullptr);
  if (plan.kernel == nullptr)
    fail(ErrorCode::kUnsupported, "libxsmm compiles no product of ", cols, " columns");
  EdgeId longest = 0;
  for (NodeId row = 0; row < a.num_rows; ++row) {
    longest = std::max(longest, a.offsets[row + 1] - a.offsets[row]);
  }
  plan.ones.assign(static_cast<std::size_t>(longest), 0);
  plan.rows_of_x.reserve(static_cast<std::size_t>(a.num_edges));
  for (EdgeId e = 0; e < a.num_edges; ++e) {
    plan.rows_of_x.push_back(static_cast<unsigned long long>(a.cols[e]) *
                             static_cast<unsigned long long>(ldx) * sizeof(float));
  }
  return plan;
}

void multiply(const Plan& plan, const CsrView& a, const float* x, float* y, std::int64_t ldy,
              std::int64_t cols) {
  const float one = 1.0f;
#pragma omp parallel for schedule(dynamic, 256)
  for (NodeId row = 0; row < a.num_rows; ++row) {
    const EdgeId begin = a.offsets[row];
    const auto count = static_cast<unsigned long long>(a.offsets[row + 1] - begin);
    if (count == 0) {
      std::fill_n(y + row * ldy, cols, 0.0f);
    } else {
      plan.kernel(x, &one, y + row * ldy, &count, plan.rows_of_x.data() + begin, plan.ones.data());
    }
  }
}

SpmmFunction set_up(const CsrView& a, std::int64_t cols, std::int64_t ldx, std::int64_t) {
  const auto plan = std::make_shared<const Plan>(make_plan(a, cols, ldx));
  return [plan](const CsrView& graph, const float* x, std::int64_t, float* y, std::int64_t ldy,
                std::int64_t width) { multiply(*plan, graph, x, y, ldy, width); };
}

const RegisterSpmm xsmm("libxsmm", SpmmSetup(set_up));

}  // namespace
}  // namespace weft::bench
