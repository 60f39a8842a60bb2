#pragma once
// Sums of columns, and the largest of each row.
#include "kernels/ops/checks.hpp"

namespace weft {

/// out[j] += sum_i x[i, j]: the gradient of a bias.  x [n, c], out [c].
template <class M>
struct ColumnSumsT {
  In<M> x;
  Vec<float> out;

  static constexpr const char* kName = "column_sums";
  template <class N, class At>
  ColumnSumsT<N> as(At&& at) const {
    return {at.in(x), at.inout(out)};
  }
  bool empty() const { return is_empty(x); }
  void check(const Backend&) const {
    check_matrix(kName, "x", x);
    check_size(kName, "out", out, x.cols, "the number of columns");
  }
};
using ColumnSums = ColumnSumsT<Mat>;

/// The first column of each row's largest value; NaN counts as smallest.  x [n, k], out [n].
template <class M>
struct ArgmaxT {
  In<M> x;
  Vec<std::int32_t> out;

  static constexpr const char* kName = "argmax";
  template <class N, class At>
  ArgmaxT<N> as(At&& at) const {
    return {at.in(x), at.out(out)};
  }
  bool empty() const { return x.rows == 0; }
  void check(const Backend&) const {
    check_matrix(kName, "x", x);
    check_size(kName, "out", out, x.rows, "the number of rows");
    WEFT_CHECK(x.rows == 0 || x.cols >= 1, kName, ": x is ", shape(x), "; it needs at least one column");
  }
};
using Argmax = ArgmaxT<Mat>;

/// Number of splits that CountCorrect tells apart: train, valid, test.
constexpr int kSplitParts = 3;

/// Rows whose argmax equals their label, per split part: correct[part[i]] += 1. Rows whose part is outside
/// 0 .. kSplitParts - 1 are not counted.
/// logits [n, k], labels [n], part [n], correct [kSplitParts] overwritten.
template <class M>
struct CountCorrectT {
  In<M> logits;
  Vec<const std::int32_t> labels;
  Vec<const std::uint8_t> part;
  Vec<std::int64_t> correct;

  static constexpr const char* kName = "count_correct";
  template <class N, class At>
  CountCorrectT<N> as(At&& at) const {
    return {at.in(logits), at.in(labels), at.in(part), at.out(correct)};
  }
  bool empty() const { return false; }  // without rows there are zeros to write
  void check(const Backend&) const {
    check_matrix(kName, "logits", logits);
    check_size(kName, "labels", labels, logits.rows, "the number of rows");
    check_size(kName, "part", part, logits.rows, "the number of rows");
    check_size(kName, "correct", correct, kSplitParts, "the number of split parts");
    WEFT_CHECK(logits.rows == 0 || logits.cols >= 1, kName, ": logits are ", shape(logits),
               "; they need at least one column");
  }
};
using CountCorrect = CountCorrectT<Mat>;

}  // namespace weft
