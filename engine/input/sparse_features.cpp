#include "engine/input/sparse_features.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "data/base/parallel.hpp"
#include "engine/input/counts.hpp"
#include "engine/input/stored_features.hpp"

namespace weft::engine {
namespace {

/// Rows, spread over all, that decide whether it is worth counting.
constexpr std::int64_t kSampledRows = 1024;

std::int64_t count_in_row(auto values, std::int64_t row, std::int64_t cols) {
  const auto* const begin = values.data + row * cols;
  return cols - std::count(begin, begin + cols, std::remove_cvref_t<decltype(*begin)>{});
}

template <class Rows>
std::int64_t count_in_rows(const data::Array& stored, std::int64_t rows, int threads, const Rows& row_at) {
  return with_stored_values(stored, [&](auto values) {
    std::atomic<std::int64_t> entries{0};
    data::parallel_ranges(rows, threads, [&](std::int64_t begin, std::int64_t end) {
      std::int64_t mine = 0;
      for (std::int64_t i = begin; i < end; ++i) mine += count_in_row(values, row_at(i), stored.cols());
      entries += mine;
    });
    return entries.load();
  });
}

template <class T>
Buffer<T> uploaded(Backend& backend, Stream& stream, const T* host, std::int64_t size) {
  Buffer<T> buffer(backend, size, "sparse features");
  buffer.upload(stream, host);
  return buffer;
}

}  // namespace

std::optional<EdgeId> sparse_entries(const data::Dataset& dataset, const FeatureOptions& options, EdgeId most,
                                     int threads) {
  if (random_feature_width(options) || most <= 0) return std::nullopt;
  EdgeId entries = 0;
  if (const std::optional<CsrView> sparse = dataset.sparse_features()) {
    entries = sparse->num_edges;
  } else {
    const data::Array& stored = stored_features(dataset);
    const std::int64_t rows = dataset.nodes().rows, sampled = std::min(rows, kSampledRows);
    const auto spread = [&](std::int64_t i) { return i * rows / sampled; };
    const EdgeId in_sample = count_in_rows(stored, sampled, threads, spread);
    if (static_cast<double>(in_sample) * static_cast<double>(rows) >
        1.25 * static_cast<double>(most) * static_cast<double>(sampled)) {
      return std::nullopt;
    }
    entries = count_in_rows(stored, rows, threads, [](std::int64_t i) { return i; });
  }
  if (entries > most) return std::nullopt;
  return entries;
}

SparseFeatures::SparseFeatures(const data::Dataset& dataset, const FeatureOptions& options, EdgeId entries,
                               const Backend& backend, bool gradient)
    : dataset_(dataset),
      options_(options),
      on_host_(backend.reads_host_memory()),
      transposed_(gradient && backend.takes_transposed()) {
  const auto stored = dataset.sparse_features();
  const auto rows = static_cast<NodeId>(dataset.nodes().rows);
  const auto cols = static_cast<NodeId>(stored ? stored->num_cols : stored_features(dataset).cols());
  view_ = {{rows, cols, entries}, {cols, rows, entries}};
}

std::size_t SparseFeatures::bytes() const {
  const auto csr_bytes = [](const CsrView& a, std::size_t entry) {
    return (static_cast<std::size_t>(a.num_rows) + 1) * sizeof(EdgeId) +
           static_cast<std::size_t>(a.num_edges) * entry;
  };
  if (on_host_ && dataset_.sparse_features()) {
    return options_.log1p || options_.row_normalize
               ? static_cast<std::size_t>(view_.matrix.num_edges) * sizeof(float)
               : 0;
  }
  const std::size_t transposed =
      transposed_ ? csr_bytes(view_.transposed, sizeof(NodeId) + sizeof(EdgeId)) : 0;
  return csr_bytes(view_.matrix, sizeof(NodeId) + sizeof(float)) + transposed;
}

void SparseFeatures::place(Backend& backend, Stream& stream, int threads) {
  CsrView& matrix = view_.matrix;
  if (const std::optional<CsrView> stored = dataset_.sparse_features()) {
    matrix = *stored;
    if (options_.log1p) {
      values_ = logarithms(dataset_, *stored);
    } else if (options_.row_normalize) {
      values_.assign(matrix.weights, matrix.weights + matrix.num_edges);
    }
  } else {
    read_stored(threads);
    matrix.offsets = offsets_.data();
    matrix.cols = cols_.data();
  }
  if (!values_.empty()) matrix.weights = values_.data();
  if (options_.row_normalize) {
    data::parallel_ranges(matrix.num_rows, threads, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r)
        normalize_row(values_.data() + matrix.offsets[r], matrix.offsets[r + 1] - matrix.offsets[r]);
    });
  }
  if (!on_host_) upload(backend, stream, threads);
}

void SparseFeatures::read_stored(int threads) {
  const data::Array& stored = stored_features(dataset_);
  const bool log1p = options_.log1p;
  const std::int64_t rows = view_.matrix.num_rows, cols = view_.matrix.num_cols;
  offsets_.resize(static_cast<std::size_t>(rows) + 1);
  cols_.resize(static_cast<std::size_t>(view_.matrix.num_edges));
  values_.resize(cols_.size());
  with_stored_values(stored, [&](auto in) {
    data::parallel_ranges(rows, threads, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r)
        offsets_[static_cast<std::size_t>(r) + 1] = count_in_row(in, r, cols);
    });
    std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
    data::parallel_ranges(rows, threads, [&](std::int64_t begin, std::int64_t end) {
      auto to = static_cast<std::size_t>(offsets_[static_cast<std::size_t>(begin)]);
      for (std::int64_t at = begin * cols; at < end * cols; ++at) {
        const auto stored_value = in[at];
        if (stored_value == 0) continue;
        const double value = static_cast<double>(stored_value);
        if (log1p && value < 0.0) fail_negative(feature_name(dataset_, stored, at), stored_value);
        cols_[to] = static_cast<NodeId>(at % cols);
        values_[to++] = static_cast<float>(log1p ? std::log1p(value) : value);
      }
    });
  });
}

void SparseFeatures::upload(Backend& backend, Stream& stream, int threads) {
  CsrView& matrix = view_.matrix;
  if (transposed_) {
    std::vector<EdgeId> ids(static_cast<std::size_t>(matrix.num_edges));
    std::iota(ids.begin(), ids.end(), EdgeId{0});
    CsrView numbered = matrix;
    numbered.weights = nullptr;  // the numbers lead to them
    numbered.edge_ids = ids.data();
    const data::HostCsr turned = data::transpose(numbered, threads);
    const std::int64_t rows = std::int64_t{turned.num_rows} + 1;
    device_transposed_offsets_ = uploaded(backend, stream, turned.offsets.data(), rows);
    device_transposed_cols_ = uploaded(backend, stream, turned.cols.data(), matrix.num_edges);
    device_entries_ = uploaded(backend, stream, turned.edge_ids.data(), matrix.num_edges);
    view_.transposed.offsets = device_transposed_offsets_.data();
    view_.transposed.cols = device_transposed_cols_.data();
    view_.transposed.edge_ids = device_entries_.data();
  }
  device_offsets_ = uploaded(backend, stream, matrix.offsets, std::int64_t{matrix.num_rows} + 1);
  device_cols_ = uploaded(backend, stream, matrix.cols, matrix.num_edges);
  device_values_ = uploaded(backend, stream, matrix.weights, matrix.num_edges);
  matrix.offsets = device_offsets_.data();
  matrix.cols = device_cols_.data();
  matrix.weights = device_values_.data();
  offsets_ = {};
  cols_ = {};
  values_ = {};
}

}  // namespace weft::engine
