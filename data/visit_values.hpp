#pragma once
// The values of an array whose type is known at run time.
#include "data/dataset.hpp"

namespace weft::data {

/// Calls visit(values) with a Vec of the type that is stored. `what`: the array, for messages. Errors:
/// kUnsupported for bfloat16.
template <class Visit>
auto visit_values(const Array& array, const char* what, const Visit& visit) {
  switch (array.dtype) {
    case DType::kF32:
      return visit(array.as<float>());
    case DType::kF64:
      return visit(array.as<double>());
    case DType::kU8:
      return visit(array.as<std::uint8_t>());
    case DType::kI32:
      return visit(array.as<std::int32_t>());
    case DType::kI64:
      return visit(array.as<std::int64_t>());
    case DType::kBf16:
      break;
  }
  fail(ErrorCode::kUnsupported, what, " are stored as ", dtype_name(array.dtype), ", which cannot be read");
}

}  // namespace weft::data
