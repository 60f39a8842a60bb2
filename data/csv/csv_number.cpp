#include "data/csv/csv_number.hpp"

#include <fast_float/fast_float.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace weft::data {
namespace {

using Kind = CsvNumber::Kind;

// What pandas reads as NaN (pandas 2's list), besides the empty field.
constexpr std::array<std::string_view, 18> kMissingTokens = {
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A",      "NA",  "NULL",    "NaN",      "None", "n/a",  "nan",    "null"};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_infinity(std::string_view text) {
  if (text.front() == '+' || text.front() == '-') text.remove_prefix(1);
  constexpr std::string_view kShort = "inf", kLong = "infinity";
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  return std::equal(text.begin(), text.end(), kShort.begin(), kShort.end(), same) ||
         std::equal(text.begin(), text.end(), kLong.begin(), kLong.end(), same);
}

/// Text that begins, after a sign, with a digit or a point.
CsvNumber read_decimal(std::string_view text) {
  CsvNumber number;
  const char* const end = text.data() + text.size();
  const char* const begin = text.data() + (text.front() == '+' ? 1 : 0);  // neither reader takes a plus
  const auto whole = std::from_chars(begin, end, number.integer);
  const auto real = fast_float::from_chars(begin, end, number.real);
  if (real.ptr != end) return number;  // text
  if (whole.ec == std::errc() && whole.ptr == end) {
    number.kind = Kind::kInteger;
  } else {
    number.kind = std::isfinite(number.real) ? Kind::kReal : Kind::kInfinite;
    number.huge = whole.ptr == end;
  }
  return number;
}

}  // namespace

bool is_missing_text(std::string_view text) {
  const auto is_token = [&](std::string_view token) { return text == token; };
  return text.empty() || std::any_of(kMissingTokens.begin(), kMissingTokens.end(), is_token);
}

CsvNumber read_csv_field(std::string_view field) {
  std::string_view text = trimmed(field);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = trimmed(text.substr(1, text.size() - 2));
  }
  CsvNumber number;
  if (is_missing_text(text)) {
    number.kind = Kind::kMissing;
    return number;
  }
  if (is_infinity(text)) {
    number.kind = Kind::kInfinite;
    number.real = text.front() == '-' ? -HUGE_VAL : HUGE_VAL;
    return number;
  }
  const std::size_t sign = text.front() == '+' || text.front() == '-' ? 1 : 0;
  const bool decimal = text.size() > sign && (detail::is_digit(text[sign]) || text[sign] == '.');
  return decimal ? read_decimal(text) : number;
}

}  // namespace weft::data
