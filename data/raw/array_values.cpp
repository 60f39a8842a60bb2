#include "data/raw/array_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr std::int64_t kPiece = 1 << 16;  // values
constexpr const char* kAdvice = "; correct the array";

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

/// A number as somebody would write it, with all its digits.
template <class Value>
std::string value_text(Value value) {
  char digits[32];
  return {digits, std::to_chars(digits, std::end(digits), value).ptr};
}

template <class Value>
[[noreturn]] void refuse_value(const FileArray& array, std::int64_t index, Value value,
                               const std::string& wanted) {
  fail(ErrorCode::kBadData, array.where, ": position ", position_text(array, index), ": ", value_text(value),
       " where ", wanted, " is wanted", kAdvice);
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

/// "y: position 7: 2.5".
std::string place_of(const FileArray& array, std::int64_t index) {
  std::string value;
  for_typed_pieces(array, [&](const auto* values, std::int64_t count, std::int64_t at) {
    if (index >= at && index < at + count) value = value_text(values[index - at]);
  });
  return detail::concat(array.where, ": position ", position_text(array, index), ": ", value);
}

std::string id_text(const char* thing, std::int64_t count) {
  return detail::concat("a ", thing, " id from 0 to ", count - 1);
}

std::vector<std::int64_t> ones_of(const std::vector<std::int64_t>& mask) {
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] == 1) ids.push_back(static_cast<std::int64_t>(i));
  }
  return ids;
}

/// Several splits in one array: which is meant, only its owner knows.
[[noreturn]] void refuse_masks(const FileArray& array, std::int64_t count) {
  const bool columns = array.shape[0] == count;
  const std::string name = array.where.substr(array.where.rfind(' ') + 1);
  fail(ErrorCode::kUnsupported, array.where, ": has the shape ", shape_text(array.shape), ", ",
       array.shape[columns ? 1 : 0], " splits, where one is read; save one alone, ", name,
       columns ? "[:, 0]" : "[0]", " in numpy for the first, and the other parts likewise");
}

void check_rows(const FileArray& array, const RowCount& count) {
  if (array.shape.empty() || array.shape.size() > 2) refuse_shape(array, "[rows] or [rows, columns]");
  if (array.shape[0] == count.rows) return;
  fail(ErrorCode::kBadData, array.where, ": has ", array.shape[0], " rows where ", count.said_by, " says ",
       count.rows, " ", count.what, "; the arrays do not belong together");
}

std::int64_t columns_of(const FileArray& array) { return array.shape.size() == 2 ? array.shape[1] : 1; }

/// Floats of any width as float32, which is what the cache holds.
void stream_reals(const FileArray& array, bool allow_missing, const ByteSink& sink) {
  std::vector<float> out;
  for_typed_pieces(array, [&](const auto* values, std::int64_t count, std::int64_t at) {
    out.resize(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) {
      const auto value = static_cast<float>(values[i]);
      const bool large = std::isinf(value) && std::isfinite(static_cast<double>(values[i]));
      if (large) refuse_value(array, at + i, values[i], "a number within float32's range, 3.4e38,");
      if (!allow_missing && !std::isfinite(value)) refuse_value(array, at + i, value, "a finite number");
      out[static_cast<std::size_t>(i)] = value;
    }
    sink(out.data(), out.size() * sizeof(float));
  });
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

Labels labels_of(const FileArray& array, const std::string& name, const RowCount& count,
                 std::optional<std::int64_t> num_classes, const ConvertOptions& options) {
  check_rows(array, count);
  RawLabels labels{name, array.where, count.rows, columns_of(array), {}, {}};
  labels.values.reserve(static_cast<std::size_t>(array.count()));
  for_typed_pieces(array, [&](const auto* values, std::int64_t piece, std::int64_t at) {
    for (std::int64_t i = 0; i < piece; ++i) {
      const auto value = static_cast<double>(values[i]);
      if (std::isinf(value)) refuse_value(array, at + i, values[i], "a finite number");
      labels.values.push_back(value);
    }
  });
  labels.place = [&array](std::int64_t index) { return place_of(array, index); };
  return classify(std::move(labels), num_classes, options);
}

Ids read_ids(const FileArray& array, std::int64_t count, const char* thing) {
  const bool matrix = array.shape.size() == 2 && array.shape[0] > 1 && array.shape[1] > 1;
  if (matrix && (array.shape[0] == count || array.shape[1] == count)) refuse_masks(array, count);
  if (array.shape.size() != 1) refuse_shape(array, detail::concat("[ids] or [", thing, "s]"));
  const bool said = array.boolean || array.where.ends_with("_mask");
  if (said && array.count() != count) refuse_shape(array, detail::concat("[", count, "]"));
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  std::vector<std::int64_t> values =
      said ? read_integers(array, 0, 1, "0 or 1") : read_integers(array, -kMost, kMost, "an id");
  // More than two zeros and ones are no ids, which do not repeat.
  const auto is_bit = [](std::int64_t value) { return value == 0 || value == 1; };
  const bool mask =
      said || (count > 2 && array.count() == count && std::all_of(values.begin(), values.end(), is_bit));
  if (mask) return {ones_of(values), true};
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] < 0 || values[i] >= count)
      refuse_value(array, static_cast<std::int64_t>(i), values[i], id_text(thing, count));
  }
  return {std::move(values), false};
}

IdCursor::IdCursor(const FileArray& array, std::int64_t first, std::int64_t num_nodes)
    : array_(array), cursor_(array.open(first)), position_(first), num_nodes_(num_nodes) {
  if (is_integer(array.dtype) && !array.boolean) return;
  fail(ErrorCode::kBadData, array.where, ": holds ", array.boolean ? "bool" : dtype_name(array.dtype),
       " where node ids are wanted", kAdvice);
}

void IdCursor::read(std::int64_t count, std::vector<NodeId>& out) {
  switch (array_.dtype) {
    case DType::kI64:
      return read_as(count, wide_, out);
    case DType::kU8:
      return read_as(count, narrow_, out);
    default:
      return read_as(count, as_they_are_, out);
  }
}

template <class T>
void IdCursor::read_as(std::int64_t count, std::vector<T>& raw, std::vector<NodeId>& out) {
  raw.resize(static_cast<std::size_t>(count));
  out.resize(raw.size());
  cursor_->read(raw.data(), count);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t id = raw[i];
    if (id < 0 || id >= num_nodes_)
      refuse_value(array_, position_ + static_cast<std::int64_t>(i), id, id_text("node", num_nodes_));
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
