#include "bench/counters/op_call.hpp"

#include <fmt/format.h>

namespace weft::bench {
namespace {

std::string name_of(const Names& names, std::int64_t size) {
  const auto found = names.find(size);
  return found == names.end() ? std::to_string(size) : found->second;
}

std::string text_of(const Term& term, const Names& names) {
  std::string text = std::to_string(term.width);
  for (const std::int64_t size : {term.rows, term.cols}) {
    if (size != 1) text += " " + name_of(names, size);
  }
  return text;
}

}  // namespace

std::int64_t size_on(const Sizes& sizes, std::int64_t size) {
  const auto found = sizes.find(size);
  return found == sizes.end() ? size : found->second;
}

double bytes_of(const std::vector<Term>& terms, const Sizes& sizes) {
  double bytes = 0.0;
  for (const Term& t : terms) {
    bytes +=
        static_cast<double>(size_on(sizes, t.rows)) * static_cast<double>(size_on(sizes, t.cols)) * t.width;
  }
  return bytes;
}

std::string formula(const std::vector<Term>& terms, const Names& names) {
  std::string text;
  for (const Term& t : terms) {
    // Vectors of a column's or a row's length say nothing about what an op costs.
    if (t.rows == 1 || (t.cols == 1 && names.count(t.rows) == 0)) continue;
    text += (text.empty() ? "" : " + ") + text_of(t, names);
  }
  return text;
}

double OpCall::counted_bytes() const {
  if (launches.empty()) return bytes_of(once);
  double bytes = 0.0;
  for (const simt::LaunchCounters& l : launches) {
    bytes += static_cast<double>(l.traffic.read + l.traffic.written);
  }
  return bytes - counted_bytes(kIndexName);
}

double OpCall::counted_bytes(const char* name) const {
  double bytes = 0.0;
  for (const simt::LaunchCounters& l : launches) {
    for (const simt::NamedTraffic& n : l.named) {
      if (n.name == name) bytes += static_cast<double>(n.traffic.read + n.traffic.written);
    }
  }
  return bytes;
}

double OpCall::requested_bytes() const {
  if (launches.empty()) return bytes_of(once);
  std::uint64_t sectors = 0;
  for (const simt::LaunchCounters& l : launches) sectors += l.loads.sectors + l.stores.sectors;
  return static_cast<double>(sectors * simt::kSectorBytes);
}

double OpCall::product_flops(const Sizes& sizes) const {
  if (product.empty()) return 0.0;
  double flops = 2.0;
  for (const std::int64_t size : product) flops *= static_cast<double>(size_on(sizes, size));
  return flops;
}

double OpCall::streamed_bytes() const {
  const double whole = gathered.empty() ? 0.0 : bytes_of({once.front()});  // x, which edges ask for by rows
  return bytes_of(index) + bytes_of(gathered) + bytes_of(once) - whole;
}

}  // namespace weft::bench
