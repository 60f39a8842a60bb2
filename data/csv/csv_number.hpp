#pragma once
// One csv field as a number, by the rules pandas reads OGB's files with.
#include <cstdint>
#include <string_view>

namespace weft::data {

struct CsvNumber {
  enum class Kind : std::uint8_t {
    kInteger,   // written without point and exponent, and within 64 bits
    kReal,      // any other finite number
    kMissing,   // empty, "" or one of pandas' tokens: NaN, nan, NA, NULL, ...
    kInfinite,  // inf, or too large for a double
    kText,      // not a number
  };
  Kind kind = Kind::kText;
  std::int64_t integer = 0;  // of kInteger
  double real = 0.0;  // of kInteger and kReal: the decimal, rounded correctly; of kInfinite with its sign
  bool huge = false;  // of kReal: written as an integer, beyond 64 bits

  /// False for what is written as an integer and is another number as `real`.
  bool real_is_exact() const {
    if (kind != Kind::kInteger) return !huge;
    return real < 0x1p63 && static_cast<std::int64_t>(real) == integer;
  }
};

/// Any field, without its separators. Blanks around it and a pair of quotes are ignored.
CsvNumber read_csv_field(std::string_view field);

/// Whether pandas takes a field's text, without quotes, for a missing value.
bool is_missing_text(std::string_view text);

namespace detail {

inline constexpr double kExactPowersOf10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
inline constexpr int kSafeDigits = 18;  // as many always fit an int64

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

}  // namespace detail

/// Reads a number written as digits with at most one point, directly followed by ',' or '\n'; this is nearly
/// every field there is. Returns where it stopped, at the separator, or null to leave the field to
/// read_csv_field. The text must end in '\n'.
/// Correctly rounded: the digits are below 2^53 and the power of ten is exact, so one division rounds once
/// (Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990).
inline const char* read_plain_number(const char* p, CsvNumber& number) {
  const bool negative = *p == '-';
  p += negative;
  const char* const begin = p;
  std::uint64_t digits = 0;
  while (detail::is_digit(*p)) digits = digits * 10 + static_cast<std::uint64_t>(*p++ - '0');
  std::int64_t count = p - begin, fraction = 0;
  const bool point = *p == '.';
  if (point) {
    const char* const after = ++p;
    while (detail::is_digit(*p)) digits = digits * 10 + static_cast<std::uint64_t>(*p++ - '0');
    fraction = p - after;
    count += fraction;
  }
  if ((*p != ',' && *p != '\n') || count == 0 || count > detail::kSafeDigits) return nullptr;
  if (point && digits >= (std::uint64_t{1} << 53)) return nullptr;
  const double magnitude =
      point ? static_cast<double>(digits) / detail::kExactPowersOf10[fraction] : static_cast<double>(digits);
  number.kind = point ? CsvNumber::Kind::kReal : CsvNumber::Kind::kInteger;
  number.integer = negative ? -static_cast<std::int64_t>(digits) : static_cast<std::int64_t>(digits);
  number.real = negative ? -magnitude : magnitude;
  return p;
}

}  // namespace weft::data
