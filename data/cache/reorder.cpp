#include "data/cache/reorder.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "data/base/parallel.hpp"
#include "data/base/row_stream.hpp"
#include "data/graph/graph.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

using Order = std::shared_ptr<const std::vector<NodeId>>;

std::vector<NodeId> find_order(const HostCsr& symmetric, const Reordering& how) {
  const auto progress = [&](double fraction) {
    if (how.progress) how.progress("order of nodes", fraction);
  };
  return order_nodes(symmetric.view(), how.order, progress);
}

std::vector<std::byte> read_bytes(const ArraySource& array) {
  std::vector<std::byte> bytes;
  bytes.reserve(array.bytes());
  array.stream([&](const void* data, std::size_t count) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), first, first + count);
  });
  return bytes;
}

template <class T>
std::vector<T> read_values(const ArraySource& array) {
  const std::vector<std::byte> bytes = read_bytes(array);
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

/// All of an array; asked once.
using WholeArray = std::function<std::vector<std::byte>()>;

WholeArray when_asked(const ArraySource& array) {
  return [array] { return read_bytes(array); };
}

/// As when_asked(), but a thread of its own begins now.
WholeArray from_now_on(const ArraySource& array) {
  try {
    const auto reading = std::make_shared<std::future<std::vector<std::byte>>>(
        std::async(std::launch::async, read_bytes, array));
    return [reading] { return reading->get(); };
  } catch (const std::system_error&) {
    return when_asked(array);  // the system gives no more threads
  }
}

/// The same array with the rows in `order`.
ArraySource with_rows_in(const Order& order, ArraySource array, const WholeArray& whole, int threads) {
  const auto rows = static_cast<std::int64_t>(order->size());
  const std::size_t row_bytes = rows == 0 ? 0 : array.bytes() / static_cast<std::uint64_t>(rows);
  array.stream = [order, whole, rows, row_bytes, threads](const ByteSink& sink) {
    const std::vector<std::byte> all = whole();
    const auto pick = [&](std::int64_t first, std::int64_t count, std::byte* out) {
      for (std::int64_t row = first; row < first + count; ++row, out += row_bytes) {
        const auto id = static_cast<std::size_t>((*order)[static_cast<std::size_t>(row)]);
        std::copy_n(all.data() + row_bytes * id, row_bytes, out);
      }
    };
    stream_rows(rows, row_bytes, threads, pick, sink);
  };
  return array;
}

/// The same ids, each where `row_of` says its node went.
ArraySource with_ids_in(const Order& row_of, ArraySource array) {
  array.stream = [row_of, inner = array](const ByteSink& sink) {
    std::vector<std::int64_t> ids = read_values<std::int64_t>(inner);
    for (std::int64_t& id : ids) id = (*row_of)[static_cast<std::size_t>(id)];
    sink(ids.data(), ids.size() * sizeof(std::int64_t));
  };
  return array;
}

ArraySource* find(std::vector<ArraySource>& arrays, const char* name) {
  const auto found =
      std::find_if(arrays.begin(), arrays.end(), [&](const ArraySource& a) { return a.name == name; });
  return found == arrays.end() ? nullptr : &*found;
}

template <class T>
void replace_values(ArraySource& array, std::vector<T> values) {
  const Codec codec = array.codec;
  array = in_memory<T>(array.name, array.shape, std::move(values));
  array.codec = codec;
}

void reorder_sparse_features(const std::vector<NodeId>& order, std::vector<ArraySource>& arrays) {
  ArraySource* const offsets = find(arrays, kFeatureOffsets);
  if (offsets == nullptr) return;
  ArraySource& columns = *find(arrays, kFeatureColumns);
  ArraySource& values = *find(arrays, kFeatureValues);
  const auto old_offsets = read_values<std::int64_t>(*offsets);
  const auto old_columns = read_values<NodeId>(columns);
  const auto old_values = read_values<float>(values);
  std::vector<std::int64_t> new_offsets{0};
  std::vector<NodeId> new_columns;
  std::vector<float> new_values;
  for (const NodeId id : order) {
    const std::int64_t first = old_offsets[static_cast<std::size_t>(id)];
    const std::int64_t last = old_offsets[static_cast<std::size_t>(id) + 1];
    new_columns.insert(new_columns.end(), old_columns.begin() + first, old_columns.begin() + last);
    new_values.insert(new_values.end(), old_values.begin() + first, old_values.begin() + last);
    new_offsets.push_back(new_offsets.back() + last - first);
  }
  replace_values(*offsets, std::move(new_offsets));
  replace_values(columns, std::move(new_columns));
  replace_values(values, std::move(new_values));
}

/// The larger of two peaks, beside both of which lie the ends of the edges, 8 bytes each, and what there is
/// of each node. While the order is found: the symmetric pattern, 8 bytes per edge, with what it is made
/// from, 4, or the links of communities, which take no more than the pattern. While the cache is written: the
/// widest column, whose rows are picked from memory. (The graph itself is written in as much as CacheWriting
/// allows.)
std::uint64_t bytes_to_reorder(const RawDataset& raw) {
  constexpr std::uint64_t kEnds = 8, kPatternAndLinks = 16, kPerNode = 80;
  const RawTable& nodes = raw.tables.begin()->second;
  std::uint64_t widest = 0;
  for (const ArraySource& column : nodes.columns) widest = std::max<std::uint64_t>(widest, column.bytes());
  const auto edges = static_cast<std::uint64_t>(raw.relations.front().edges.count);
  return edges * kEnds + static_cast<std::uint64_t>(nodes.rows) * kPerNode +
         std::max(edges * kPatternAndLinks, widest);
}

}  // namespace

std::string why_not_reordered(const RawDataset& raw, const Reordering& how) {
  if (raw.facts.task != "node") {
    return detail::concat("is of task '", raw.facts.task, "'; nodes can be reordered for node prediction");
  }
  if (raw.tables.size() != 1 || raw.tables.count(kNodeType) == 0 || raw.relations.size() != 1) {
    return detail::concat("has ", raw.tables.size(), " node types and ", raw.relations.size(),
                          " relations; nodes can be reordered where there is one of each");
  }
  const std::uint64_t needed = bytes_to_reorder(raw);
  if (needed <= how.memory_bytes) return {};
  constexpr std::uint64_t kGigabyte = 1'000'000'000;
  return detail::concat("takes about ", needed / kGigabyte + 1,
                        " GB of memory to be reordered; give --memory ", needed / kGigabyte + 1);
}

NodeOrder default_order(const RawDataset& raw, const Reordering& how) {
  constexpr std::int64_t kWorthIt = 100'000;  // nodes; see bench/CPU.md
  const bool large = raw.tables.begin()->second.rows >= kWorthIt;
  return large && why_not_reordered(raw, how).empty() ? NodeOrder::kCommunity : NodeOrder::kNone;
}

RawDataset reordered(RawDataset raw, const Reordering& how) {
  const std::string problem = why_not_reordered(raw, how);
  if (!problem.empty()) {
    fail(ErrorCode::kUnsupported, raw.facts.name, ": ", problem, ", or leave --reorder ",
         node_order_name(how.order), " out");
  }
  const std::uint64_t needed = bytes_to_reorder(raw);
  RawTable& nodes = raw.tables.at(kNodeType);
  EdgeSource& edges = raw.relations.front().edges;
  EdgeEnds ends = read_edges(edges);
  edges = {};  // and whatever it holds
  std::optional<HostCsr> symmetric =
      symmetric_from_edges(ends.sources(), ends.targets(), static_cast<NodeId>(nodes.rows), how.threads);
  // Not before the pattern is made, which takes all threads; the order takes one.
  std::vector<WholeArray> columns;
  for (const ArraySource& column : nodes.columns) {
    const bool beside = column.drawn && how.threads > 1 && needed + column.bytes() <= how.memory_bytes;
    columns.push_back(beside ? from_now_on(column) : when_asked(column));
  }
  const Order order = std::make_shared<const std::vector<NodeId>>(find_order(*symmetric, how));
  symmetric.reset();
  const Order row_of = std::make_shared<const std::vector<NodeId>>(inverse_order(*order));

  for (std::vector<NodeId>* side : {&ends.source, &ends.target}) {
    parallel_ranges(static_cast<std::int64_t>(side->size()), how.threads,
                    [&](std::int64_t begin, std::int64_t end) {
                      for (NodeId* node = side->data() + begin; node != side->data() + end; ++node)
                        *node = (*row_of)[static_cast<std::size_t>(*node)];
                    });
  }
  edges = in_memory(std::move(ends));
  for (std::size_t c = 0; c < columns.size(); ++c)
    nodes.columns[c] = with_rows_in(order, nodes.columns[c], columns[c], how.threads);
  for (auto& [name, parts] : raw.splits) {
    for (std::vector<ArraySource>& part : parts) {
      for (ArraySource& ids : part) ids = with_ids_in(row_of, ids);
    }
  }
  reorder_sparse_features(*order, raw.arrays);
  raw.arrays.push_back(in_memory<NodeId>(kNodeOrder, {nodes.rows}, *order));
  raw.facts.node_order = node_order_name(how.order);
  return raw;
}

RawDataset in_order(RawDataset raw, const std::optional<NodeOrder>& asked, Reordering how) {
  how.order = asked ? *asked : default_order(raw, how);
  return how.order == NodeOrder::kNone ? std::move(raw) : reordered(std::move(raw), how);
}

}  // namespace weft::data
