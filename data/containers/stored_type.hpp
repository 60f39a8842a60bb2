#pragma once
// How a value lies in a file that others wrote, and what it becomes here.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/types.hpp"

namespace weft::data {

struct StoredType {
  char kind = 'f';  // 'b' bool, 'i' signed, 'u' unsigned, 'f' float, 'B' bf16
  int bytes = 4;
  bool swapped = false;  // big-endian

  /// The type its values are handed on as, see npz.hpp.
  DType dtype() const;
  /// Whether values in memory are the same bytes.
  bool as_it_is() const;
};

/// From NumPy's letters: kind and size ("i8"), and the order's mark, '<', '>', '=' or '|'. Nothing for types
/// that are not read: texts, objects, records, dates, complex and extended numbers.
std::optional<StoredType> stored_type(std::string_view code, char order);

/// Values `in`, not aligned, as type.dtype() to `out`, aligned.
/// Errors: kBadData for an unsigned value above 2^63 - 1; `where` is for messages.
void convert_values(StoredType type, const std::byte* in, std::int64_t count, void* out,
                    const std::string& where);

/// Number of values of a shape; nothing when a dimension is negative, when the product of those other than 0
/// is beyond 2^59 (their bytes then fit 63 bits), or when there are more dimensions than NumPy has.
std::optional<std::int64_t> value_count(const std::vector<std::int64_t>& shape);

}  // namespace weft::data
