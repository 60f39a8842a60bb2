#pragma once
// What a dataset has stored as node features, value by value: shared by the forms in which a model gets them.
#include <algorithm>
#include <string>

#include "data/dataset.hpp"

namespace weft::engine {

/// Errors: kNotFound when the dataset has none, saying what to do.
inline const data::Array& stored_features(const data::Dataset& dataset) {
  const auto& columns = dataset.nodes().columns;
  const auto found = columns.find("node_feat");
  if (found != columns.end()) return found->second;
  fail(ErrorCode::kNotFound, dataset.facts.name, ": has no node features",
       dataset.facts.without_features ? " (it was converted with --without-features)" : "",
       "; give --features random:128 to time the graph without them");
}

/// Whose an element of dense features is, or an entry of sparse ones, for messages.
inline std::string feature_name(const data::Dataset& dataset, const data::Array& stored, std::int64_t at) {
  return detail::concat("node ", dataset.original_id(at / stored.cols()), ", column ", at % stored.cols());
}
inline std::string feature_name(const data::Dataset& dataset, const CsrView& features, EdgeId entry) {
  const EdgeId* const ends = features.offsets + 1;
  const auto row = std::upper_bound(ends, ends + features.num_rows, entry) - ends;
  return detail::concat("node ", dataset.original_id(row), ", column ", features.cols[entry]);
}

/// Calls visit(values), a Vec of the type that is stored. Errors: kUnsupported for a type without values.
template <class Visit>
auto with_stored_values(const data::Array& stored, const Visit& visit) {
  switch (stored.dtype) {
    case DType::kF32:
      return visit(stored.as<float>());
    case DType::kF64:
      return visit(stored.as<double>());
    case DType::kU8:
      return visit(stored.as<std::uint8_t>());
    case DType::kI32:
      return visit(stored.as<std::int32_t>());
    case DType::kI64:
      return visit(stored.as<std::int64_t>());
    case DType::kBf16:
      break;
  }
  fail(ErrorCode::kUnsupported, "node features are stored as ", dtype_name(stored.dtype),
       ", which cannot be read");
}

/// Nothing below zero has the logarithm that a model of counts wants.
template <class T>
[[noreturn]] void fail_negative(const std::string& name, T value) {
  fail(ErrorCode::kBadData, "node features: ", name, " is ", +value,
       ", which is no count, and the model is one of log(1 + count)");
}

/// Kipf's preprocessing, each value as a share of its row's sum: a row of zeros stays. Zeros that are not
/// stored change nothing.
inline void normalize_row(float* row, std::int64_t count) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < count; ++i) sum += row[i];
  if (sum == 0.0) return;
  for (std::int64_t i = 0; i < count; ++i) row[i] = static_cast<float>(row[i] / sum);
}

}  // namespace weft::engine
