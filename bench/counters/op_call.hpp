#pragma once
// One call of an op with what it has to move, as sums of products of sizes, so that the same call can be
// thought of on a graph of another size.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "kernels/base/view.hpp"
#include "kernels/simt/counters.hpp"

namespace weft::bench {

/// rows x cols elements of `width` bytes.
struct Term {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  int width = 0;
};

/// What sizes are on another graph: those that are no key stay as they are.
using Sizes = std::map<std::int64_t, std::int64_t>;
/// Letters for sizes.
using Names = std::map<std::int64_t, std::string>;

double bytes_of(const std::vector<Term>& terms, const Sizes& sizes = {});
/// "4 N H + 4 R H": the terms that grow, with sizes by their names.
std::string formula(const std::vector<Term>& terms, const Names& names);

/// The name under which traffic of a graph's arrays is counted, and that of scratch.
inline constexpr const char* kIndexName = "index";
inline constexpr const char* kScratchName = "scratch";

/// A size on the graph in question.
std::int64_t size_on(const Sizes& sizes, std::int64_t size);

struct OpCall {
  std::string op;                              // "spmm"
  std::vector<Term> index;                     // arrays that say where edges lead
  std::vector<Term> once;                      // everything else that is read or written, each once
  std::vector<Term> gathered;                  // rows fetched for edges, each as often as an edge asks
  std::vector<std::int64_t> product;           // the three sizes of a dense product; empty for other ops
  std::vector<Term> arithmetic;                // of other ops: elements, with operations on each as `width`
  std::vector<simt::LaunchCounters> launches;  // empty where a library computes

  std::function<double(const Sizes&)> scratch;  // bytes that the op asks for; empty: none
  CsrView graph;                                // of a sparse product, to tell its arrays from others

  /// Distinct bytes read and written, summed over launches, without the index; by the formula where nothing
  /// was launched.
  double counted_bytes() const;
  /// The same under one name alone.
  double counted_bytes(const char* name) const;
  /// Bytes of the sectors that requests touch: what the first cache level asks for.
  double requested_bytes() const;
  /// Multiplications and additions of the dense product.
  double product_flops(const Sizes& sizes = {}) const;
  /// Those of any op, as its contract's formula has them: what random numbers, exponentials and roots cost
  /// inside counts as one.
  double flops() const { return product_flops() + bytes_of(arithmetic); }
  /// What an op without caches moves: the index, a row for every edge that asks for one, the rest once.
  double streamed_bytes() const;
};

}  // namespace weft::bench
