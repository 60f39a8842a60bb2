// In which order the sparse product adds, to the bit: the edges of a row one after the other; balanced, a
// long row's by segments of the edge list. And that it reads no more than it adds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tests/support/backends.hpp"
#include "tests/support/guarded.hpp"
#include "tests/support/random.hpp"
#include "tests/support/storage.hpp"

namespace weft::testing {
namespace {

constexpr EdgeId kSegment = 128;  // of graphs with at most 16384 * 128 edges

/// Long rows that begin with a segment's last edge, with its first and between, and that end with its last.
const std::vector<std::int64_t> kDegrees = {127, 129, 150, 106, 200, 0, 350, 128, 5, 500, 12};

struct Problem {
  HostCsr a;
  std::int64_t c;
  std::vector<float> x, row_scale, col_scale, bias;

  Problem(Random& random, std::int64_t columns)
      : a(csr_of_degrees(random, kDegrees, 64)),
        c(columns),
        x(random.values(64 * columns)),
        row_scale(random.values(a.num_rows)),
        col_scale(random.values(a.num_cols)),
        bias(random.values(columns)) {
    a.weights = random.values(a.num_edges());
  }
};

float chain(const Problem& p, EdgeId begin, EdgeId end, std::int64_t j) {
  float sum = 0.0f;
  for (EdgeId e = begin; e < end; ++e) {
    const auto at = static_cast<std::size_t>(e);
    const auto from = static_cast<std::size_t>(p.a.cols[at]);
    const float factor = p.a.weights[at] * p.col_scale[from];
    sum = std::fma(factor, p.x[from * static_cast<std::size_t>(p.c) + static_cast<std::size_t>(j)], sum);
  }
  return sum;
}

float in_segments(const Problem& p, EdgeId begin, EdgeId end, std::int64_t j) {
  const auto end_of_piece = [&](EdgeId e) { return std::min(end, (e / kSegment + 1) * kSegment); };
  float sum = chain(p, begin, end_of_piece(begin), j);
  for (EdgeId e = end_of_piece(begin); e < end; e = end_of_piece(e)) sum += chain(p, e, end_of_piece(e), j);
  return sum;
}

std::vector<float> expected(const Problem& p, SpmmMethod method) {
  std::vector<float> y;
  for (std::size_t i = 0; i + 1 < p.a.offsets.size(); ++i) {
    const EdgeId begin = p.a.offsets[i], end = p.a.offsets[i + 1];
    const bool cut = method == SpmmMethod::kBalanced && end - begin > kSegment;
    for (std::int64_t j = 0; j < p.c; ++j) {
      const float sum = cut ? in_segments(p, begin, end, j) : chain(p, begin, end, j);
      y.push_back(std::fma(p.row_scale[i], sum, p.bias[static_cast<std::size_t>(j)]));
    }
  }
  return y;
}

std::vector<float> run(Backend& backend, const Problem& p, SpmmMethod method, Storage in, Storage out,
                       bool with_moments) {
  const GuardedVec<EdgeId> offsets(backend, p.a.offsets);
  const GuardedVec<NodeId> cols(backend, p.a.cols);
  const GuardedVec<float> weights(backend, p.a.weights), row_scale(backend, p.row_scale),
      col_scale(backend, p.col_scale), bias(backend, p.bias);
  const GuardedVec<double> count(backend, 1), sum(backend, p.c), m2(backend, p.c);
  const GuardedMatrix x(backend, p.a.num_cols, p.c, p.x, in), y(backend, p.a.num_rows, p.c, out);
  CsrView view = p.a.view();
  view.offsets = offsets.data();
  view.cols = cols.data();
  view.weights = weights.data();
  SpmmOptions options{row_scale.view(), col_scale.view(), bias.view(), {}, method};
  if (with_moments) options.moments = {count.data(), sum.view(), m2.view()};
  run_guarded(backend, Spmm{view, x.view(), y.view(), options});
  return y.values();
}

class SpmmOrder : public BackendTest {
 protected:
  /// Those whose order is promised.
  std::vector<SpmmMethod> methods() const {
    if (std::strcmp(backend_->name(), "cpu") == 0) return {SpmmMethod::kAuto};
    return {SpmmMethod::kRows, SpmmMethod::kBalanced};
  }
};

TEST_P(SpmmOrder, IsThatOfTheEdges) {
  WEFT_TEST_RANDOM(random);
  for (const std::int64_t c : {7, 40, 200}) {
    Problem problem(random, c);
    for (const DType type : dtypes(*backend_)) {
      problem.x = stored(problem.x, type);
      for (const SpmmMethod method : methods()) {
        for (const Layout layout : {Layout::kAligned, Layout::kOdd}) {
          for (const DType y_type : dtypes(*backend_)) {
            SCOPED_TRACE(std::string(spmm_method_name(method)) + ", c " + std::to_string(c) + ", x " +
                         name_of({layout, type}) + ", y " + dtype_name(y_type));
            const auto got =
                run(*backend_, problem, method, {layout, type}, {layout, y_type}, y_type == DType::kF32);
            EXPECT_EQ(got, stored(expected(problem, method), y_type));
          }
        }
      }
    }
  }
}

/// Two rows of ones, the second at the very end of its memory.
TEST_P(SpmmOrder, NothingThatIsNotAddedIsRead) {
  Stream stream;
  Buffer<EdgeId> offsets(*backend_, 2, "offsets");
  Buffer<NodeId> cols(*backend_, 2, "columns");
  offsets.upload(stream, std::vector<EdgeId>{0, 2}.data());
  cols.upload(stream, std::vector<NodeId>{0, 1}.data());
  const CsrView a{1, 2, 2, offsets.data(), cols.data(), nullptr, nullptr};
  for (const std::int64_t c : {1, 5, 8, 9, 31, 100, 129}) {
    const std::vector<float> ones(static_cast<std::size_t>(c), 1.0f);
    for (const std::int64_t ld : {c, (c + 3) / 4 * 4}) {
      Buffer<float> x(*backend_, ld + c, "x");
      backend_->upload(stream, x.data(), ones.data(), ones.size() * sizeof(float));
      backend_->upload(stream, x.data() + ld, ones.data(), ones.size() * sizeof(float));
      for (const SpmmMethod method : methods()) {
        SpmmOptions options;
        options.method = method;
        const GuardedMatrix y(*backend_, 1, c, {ld == c ? Layout::kOdd : Layout::kAligned});
        run_guarded(*backend_, Spmm{a, {x.data(), 2, c, ld}, y.view(), options});
        EXPECT_EQ(y.values(), std::vector<float>(ones.size(), 2.0f)) << "c " << c << ", ld " << ld;
      }
    }
  }
}

WEFT_ON_ALL_BACKENDS(SpmmOrder);

}  // namespace
}  // namespace weft::testing
