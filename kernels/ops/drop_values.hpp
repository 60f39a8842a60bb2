#pragma once
#include "kernels/ops/checks.hpp"
#include "kernels/ops/options.hpp"

namespace weft {

/// Dropout on the stored values of a sparse matrix: values[e] is the weight of entry e, 1 without weights,
/// dropped or scaled as Activate does it to that element of the dense matrix.
/// a [n, c] CSR, row i being original row i;  values [e], overwritten, not a's weights.
struct DropValues {
  CsrView a;
  Dropout dropout;
  Vec<float> values;

  static constexpr const char* kName = "drop_values";
  template <class, class At>
  DropValues as(At&& at) const {
    return {at.in(a), dropout, at.out(values)};
  }
  bool empty() const { return values.empty(); }
  void check(const Backend&) const {
    check_csr(kName, a);
    check_dropout(kName, dropout);
    check_size(kName, "values", values, a.num_edges, "the number of entries");
    WEFT_CHECK(values.data != a.weights || values.empty(), kName,
               ": values and the weights of A are the same memory; the output must not be an input");
  }
};

}  // namespace weft
