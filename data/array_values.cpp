#include "data/array_values.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr std::int64_t kPiece = 1 << 16;  // values
constexpr const char* kAdvice = "; correct the array or fetch the file again";

bool is_integer(DType dtype) { return dtype == DType::kI64 || dtype == DType::kI32 || dtype == DType::kU8; }

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t length : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(length);
  return text + "]";
}

/// "position 7", "position [1, 3]".
std::string position_text(const FileArray& array, std::int64_t index) {
  if (array.shape.size() < 2) return std::to_string(index);
  std::vector<std::int64_t> position(array.shape.size());
  for (std::size_t d = position.size(); d-- > 0;) {
    position[d] = index % array.shape[d];
    index /= array.shape[d];
  }
  return shape_text(position);
}

template <class Value>
[[noreturn]] void refuse_value(const FileArray& array, std::int64_t index, Value value,
                               const std::string& wanted) {
  fail(ErrorCode::kBadData, array.where, ": position ", position_text(array, index), ": ", value, " where ",
       wanted, " is wanted", kAdvice);
}

/// Calls fn(values of T, count, index of the first) for pieces of the array, which holds values of T.
template <class T, class Fn>
void for_pieces(const FileArray& array, const Fn& fn) {
  std::vector<T> piece(static_cast<std::size_t>(std::min(kPiece, array.count())));
  const auto cursor = array.open(0);
  std::int64_t at = 0;
  while (const std::int64_t got = cursor->read(piece.data(), static_cast<std::int64_t>(piece.size()))) {
    fn(piece.data(), got, at);
    at += got;
  }
}

/// fn is called with the array's own type of value.
template <class Fn>
void for_typed_pieces(const FileArray& array, const Fn& fn) {
  switch (array.dtype) {
    case DType::kU8:
      return for_pieces<std::uint8_t>(array, fn);
    case DType::kI32:
      return for_pieces<std::int32_t>(array, fn);
    case DType::kI64:
      return for_pieces<std::int64_t>(array, fn);
    case DType::kF32:
      return for_pieces<float>(array, fn);
    case DType::kF64:
      return for_pieces<double>(array, fn);
    case DType::kBf16:
      break;
  }
  fail(ErrorCode::kUnsupported, array.where, ": holds ", dtype_name(array.dtype),
       ", which cannot be read here");
}

void check_rows(const FileArray& array, const RowCount& count) {
  if (array.shape.empty() || array.shape.size() > 2) refuse_shape(array, "[rows] or [rows, columns]");
  if (array.shape[0] == count.rows) return;
  fail(ErrorCode::kBadData, array.where, ": has ", array.shape[0], " rows where ", count.said_by, " says ",
       count.rows, " ", count.what, "; the arrays do not belong together: fetch the file again");
}

std::int64_t columns_of(const FileArray& array) { return array.shape.size() == 2 ? array.shape[1] : 1; }

/// Floats of any width as float32, which is what the cache holds.
void stream_reals(const FileArray& array, bool allow_missing, const ByteSink& sink) {
  std::vector<float> out;
  for_typed_pieces(array, [&](const auto* values, std::int64_t count, std::int64_t at) {
    out.resize(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<float>(values[i]);
      if (!allow_missing && !std::isfinite(value)) refuse_value(array, at + i, value, "a finite number");
      out[static_cast<std::size_t>(i)] = value;
    }
    sink(out.data(), out.size() * sizeof(float));
  });
}

/// Looks at labels in whatever type they are: are they whole, are some missing, which is the largest?
struct LabelSummary {
  bool whole = true;
  bool missing = false;
  std::int64_t high = 0;
};

LabelSummary summarize(const FileArray& array) {
  constexpr double kMost = std::numeric_limits<std::int32_t>::max();
  LabelSummary summary;
  for_typed_pieces(array, [&](const auto* values, std::int64_t count, std::int64_t) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<double>(values[i]);
      if (std::isnan(value)) {
        summary.missing = true;
      } else {
        summary.whole = summary.whole && value == std::floor(value);
        summary.high = std::max(summary.high, static_cast<std::int64_t>(std::clamp(value, 0.0, kMost)));
      }
    }
  });
  return summary;
}

}  // namespace

void refuse_shape(const FileArray& array, const std::string& wanted) {
  fail(ErrorCode::kBadData, array.where, ": has the shape ", shape_text(array.shape), " where ", wanted,
       " is wanted", kAdvice);
}

std::vector<std::int64_t> read_integers(const FileArray& array, std::int64_t low, std::int64_t high,
                                        const std::string& wanted) {
  if (!is_integer(array.dtype)) {
    fail(ErrorCode::kBadData, array.where, ": holds ", dtype_name(array.dtype),
         " where whole numbers are wanted", kAdvice);
  }
  std::vector<std::int64_t> all;
  for_typed_pieces(array, [&](const auto* values, std::int64_t count, std::int64_t at) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<std::int64_t>(values[i]);
      if (value < low || value > high) refuse_value(array, at + i, value, wanted);
      all.push_back(value);
    }
  });
  return all;
}

ArraySource matrix(std::string name, const FileArray& array, const RowCount& count, bool allow_missing,
                   Codec codec) {
  check_rows(array, count);
  ArraySource source = from_file(std::move(name), array, codec);
  source.shape = {count.rows, columns_of(array)};
  if (is_integer(array.dtype)) return source;
  source.dtype = DType::kF32;
  source.stream = [array, allow_missing](const ByteSink& sink) { stream_reals(array, allow_missing, sink); };
  return source;
}

Labels labels_of(const FileArray& array, const RowCount& count, std::optional<std::int64_t> num_classes) {
  check_rows(array, count);
  const LabelSummary summary = summarize(array);
  Labels labels;
  labels.num_tasks = columns_of(array);
  labels.num_classes = num_classes.value_or(summary.high + 1);
  labels.column = {"node_label", count.rows, labels.num_tasks, {}, {}};
  const bool classes = labels.num_classes >= 0;
  const bool as_integers = classes && !summary.missing;
  const auto size = static_cast<std::size_t>(count.rows * labels.num_tasks);
  as_integers ? labels.column.integers.reserve(size) : labels.column.reals.reserve(size);
  const std::string wanted =
      classes ? detail::concat("a class from 0 to ", labels.num_classes - 1) : std::string("a finite number");
  for_typed_pieces(array, [&](const auto* values, std::int64_t piece, std::int64_t at) {
    for (std::int64_t i = 0; i < piece; ++i) {
      const auto value = static_cast<double>(values[i]);
      const bool is_class =
          value == std::floor(value) && value >= 0 && value < static_cast<double>(labels.num_classes);
      const bool fits = std::isnan(value) || (classes ? is_class : std::isfinite(value));
      if (!fits) refuse_value(array, at + i, value, wanted);
      if (as_integers) {
        labels.column.integers.push_back(static_cast<std::int64_t>(values[i]));
      } else {
        labels.column.reals.push_back(static_cast<float>(values[i]));
      }
    }
  });
  return labels;
}

IdCursor::IdCursor(const FileArray& array, std::int64_t first, std::int64_t num_nodes)
    : array_(array), cursor_(array.open(first)), position_(first), num_nodes_(num_nodes) {
  if (array.dtype != DType::kI64 && array.dtype != DType::kI32) {
    fail(ErrorCode::kBadData, array.where, ": holds ", dtype_name(array.dtype), " where node ids are wanted",
         kAdvice);
  }
}

void IdCursor::read(std::int64_t count, std::vector<NodeId>& out) {
  out.resize(static_cast<std::size_t>(count));
  const bool wide = array_.dtype == DType::kI64;
  if (wide) wide_.resize(out.size());
  cursor_->read(wide ? static_cast<void*>(wide_.data()) : out.data(), count);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t id = wide ? wide_[i] : out[i];
    if (id < 0 || id >= num_nodes_) {
      refuse_value(array_, position_ + static_cast<std::int64_t>(i), id,
                   detail::concat("a node id from 0 to ", num_nodes_ - 1));
    }
    out[i] = static_cast<NodeId>(id);
  }
  position_ += count;
}

namespace {

/// [edges, 2]: the ends of an edge beside each other.
EdgeSource interleaved_pairs(const FileArray& pairs, std::int64_t num_nodes) {
  const EdgeId edges = pairs.shape[0];
  return {edges, [pairs, edges, num_nodes](const EdgeSink& sink) {
            IdCursor ends(pairs, 0, num_nodes);
            std::vector<NodeId> both, source, target;
            for (EdgeId at = 0; at < edges; at += kPiece) {
              const EdgeId count = std::min<EdgeId>(kPiece, edges - at);
              ends.read(2 * count, both);
              source.resize(static_cast<std::size_t>(count));
              target.resize(source.size());
              for (std::size_t k = 0; k < source.size(); ++k) {
                source[k] = both[2 * k];
                target[k] = both[2 * k + 1];
              }
              sink(source.data(), target.data(), count);
            }
          }};
}

}  // namespace

EdgeSource edge_pairs(const FileArray& pairs, std::int64_t num_nodes) {
  if (pairs.shape.size() != 2 || pairs.shape[0] != 2) refuse_shape(pairs, "[2, edges]");
  const EdgeId edges = pairs.shape[1];
  if (pairs.turned) return interleaved_pairs(*pairs.turned, num_nodes);
  return {edges, [pairs, edges, num_nodes](const EdgeSink& sink) {
            IdCursor sources(pairs, 0, num_nodes), targets(pairs, edges, num_nodes);
            std::vector<NodeId> source, target;
            for (EdgeId at = 0; at < edges; at += kPiece) {
              const EdgeId count = std::min<EdgeId>(kPiece, edges - at);
              sources.read(count, source);
              targets.read(count, target);
              sink(source.data(), target.data(), count);
            }
          }};
}

}  // namespace weft::data
