#include "data/containers/stored_type.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr std::size_t kMaxDimensions = 32;  // NumPy's and PyTorch's own bounds are not larger

template <class T>
T take(const std::byte* from, bool swapped) {
  std::array<std::byte, sizeof(T)> bytes;
  std::memcpy(bytes.data(), from, sizeof(T));
  if (swapped) std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<T>(bytes);
}

template <class From, class To>
void convert(const std::byte* in, std::int64_t count, bool swapped, To* out) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = static_cast<To>(take<From>(in + static_cast<std::size_t>(i) * sizeof(From), swapped));
  }
}

/// IEEE 754 binary16. The exponent's bias is moved by a multiplication, which also makes subnormal numbers
/// normal.
float from_half(std::uint16_t half) {
  constexpr std::uint32_t kSign = 0x8000, kRest = 0x7fff, kInfinite = 0x7c00;
  constexpr int kMantissaShift = 23 - 10;
  const std::uint32_t sign = (half & kSign) << 16;
  const std::uint32_t rest = (half & kRest) << kMantissaShift;
  if ((half & kInfinite) == kInfinite) return std::bit_cast<float>(sign | 0x7f800000U | rest);
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(std::bit_cast<float>(rest) * 0x1p112f));
}

void convert_half(const std::byte* in, std::int64_t count, bool swapped, float* out) {
  for (std::int64_t i = 0; i < count; ++i) out[i] = from_half(take<std::uint16_t>(in + 2 * i, swapped));
}

void convert_u64(const std::byte* in, std::int64_t count, bool swapped, std::int64_t* out,
                 const std::string& where) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  for (std::int64_t i = 0; i < count; ++i) {
    const auto value = take<std::uint64_t>(in + 8 * i, swapped);
    if (value > kMost) {
      fail(ErrorCode::kBadData, where, ": value ", value, " is above 2^63 - 1; store it as int64");
    }
    out[i] = static_cast<std::int64_t>(value);
  }
}

void convert_signed(StoredType type, const std::byte* in, std::int64_t count, void* out) {
  auto* i32 = static_cast<std::int32_t*>(out);
  if (type.bytes == 1) return convert<std::int8_t>(in, count, false, i32);
  if (type.bytes == 2) return convert<std::int16_t>(in, count, type.swapped, i32);
  if (type.bytes == 4) return convert<std::int32_t>(in, count, type.swapped, i32);
  convert<std::int64_t>(in, count, type.swapped, static_cast<std::int64_t*>(out));
}

void convert_unsigned(StoredType type, const std::byte* in, std::int64_t count, void* out,
                      const std::string& where) {
  auto* i64 = static_cast<std::int64_t*>(out);
  if (type.bytes == 2) {
    return convert<std::uint16_t>(in, count, type.swapped, static_cast<std::int32_t*>(out));
  }
  if (type.bytes == 4) return convert<std::uint32_t>(in, count, type.swapped, i64);
  convert_u64(in, count, type.swapped, i64, where);
}

void convert_float(StoredType type, const std::byte* in, std::int64_t count, void* out) {
  auto* f32 = static_cast<float*>(out);
  if (type.bytes == 2) return convert_half(in, count, type.swapped, f32);
  if (type.bytes == 4) return convert<float>(in, count, type.swapped, f32);
  convert<double>(in, count, type.swapped, static_cast<double*>(out));
}

}  // namespace

DType StoredType::dtype() const {
  switch (kind) {
    case 'b':
      return DType::kU8;
    case 'B':
      return DType::kBf16;
    case 'i':
      return bytes == 8 ? DType::kI64 : DType::kI32;
    case 'u':
      return bytes == 1 ? DType::kU8 : bytes == 2 ? DType::kI32 : DType::kI64;
    default:
      return bytes == 8 ? DType::kF64 : DType::kF32;
  }
}

bool StoredType::as_it_is() const {
  const bool renamed = kind == 'u' && bytes > 1;  // as wide as its type, yet read as another one
  return !swapped && !renamed && static_cast<std::size_t>(bytes) == dtype_bytes(dtype());
}

std::optional<StoredType> stored_type(std::string_view code, char order) {
  constexpr std::array<std::string_view, 12> kCodes{"b1", "i1", "i2", "i4", "i8", "u1",
                                                    "u2", "u4", "u8", "f2", "f4", "f8"};
  if (std::find(kCodes.begin(), kCodes.end(), code) == kCodes.end()) return std::nullopt;
  if (std::string_view("<>=|").find(order) == std::string_view::npos) return std::nullopt;
  const int bytes = code[1] - '0';
  return StoredType{code[0], bytes, order == '>' && bytes > 1};
}

void convert_values(StoredType type, const std::byte* in, std::int64_t count, void* out,
                    const std::string& where) {
  if (count == 0) return;
  if (type.as_it_is()) {
    std::memcpy(out, in, static_cast<std::size_t>(count) * static_cast<std::size_t>(type.bytes));
  } else if (type.kind == 'i') {
    convert_signed(type, in, count, out);
  } else if (type.kind == 'u') {
    convert_unsigned(type, in, count, out, where);
  } else {
    convert_float(type, in, count, out);
  }
}

std::optional<std::int64_t> value_count(const std::vector<std::int64_t>& shape) {
  if (shape.size() > kMaxDimensions) return std::nullopt;
  std::int64_t most = std::int64_t{1} << 59;
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t length : shape) {
    if (length < 0) return std::nullopt;
    if (length == 0) {
      empty = true;
    } else if (length > most) {
      return std::nullopt;
    } else {
      most /= length;
      count *= length;
    }
  }
  return empty ? 0 : count;
}

}  // namespace weft::data
