#include "engine/config/option_values.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include "kernels/base/error.hpp"

namespace weft::engine {
namespace {

std::string number_text(double value) { return fmt::format("{}", value); }

std::string range_text(const Range& range) {
  return fmt::format("in {}{}, {}{}", range.min_open ? '(' : '[', number_text(range.min),
                     number_text(range.max), range.max_open ? ')' : ']');
}

bool inside(const Range& range, double value) {
  const bool above = range.min_open ? value > range.min : value >= range.min;
  const bool below = range.max_open ? value < range.max : value <= range.max;
  return above && below;  // false for NaN
}

/// A positive whole number that an int holds, with nothing after it.
std::optional<std::int64_t> positive(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = status == std::errc{} && end == text.data() + text.size();
  if (!whole || value < 1 || value > std::numeric_limits<int>::max()) return std::nullopt;
  return value;
}

constexpr std::string_view kRandomPrefix = "random:";

std::optional<std::int64_t> random_width(std::string_view features) {
  if (features.substr(0, kRandomPrefix.size()) != kRandomPrefix) return std::nullopt;
  return positive(features.substr(kRandomPrefix.size()));
}

bool allowed(const Option& option, const std::string& text) {
  if (option.choices.empty()) return true;
  for (const std::string_view choice : option.choices) {
    if (text == choice) return true;
    if (choice == "random:D" && random_width(text)) return true;
  }
  return false;
}

struct Assign {
  TrainConfig& config;
  const Option& option;
  const Value& value;
  const std::string& subject;

  [[noreturn]] void refuse() const {
    fail(ErrorCode::kInvalidArgument, subject, " cannot be used; give ", expectation(option));
  }
  double number() const {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value)) return *real;
    refuse();
  }
  template <class T>
  T whole() const {
    const double real = number();  // whole as well where it is written 1e3
    if (!inside(option.range, real) || real != std::floor(real)) refuse();
    const auto* whole = std::get_if<std::int64_t>(&value);
    if (whole != nullptr && static_cast<std::int64_t>(real) != *whole) refuse();  // rounded into the range
    return static_cast<T>(real);
  }
  void operator()(const Access<int>& field) const { field.write(config) = whole<int>(); }
  void operator()(const Access<std::uint64_t>& field) const { field.write(config) = whole<std::uint64_t>(); }
  void operator()(const Access<double>& field) const {
    if (!inside(option.range, number())) refuse();
    field.write(config) = number();
  }
  void operator()(const Access<bool>& field) const {
    const auto* flag = std::get_if<bool>(&value);
    if (flag == nullptr) refuse();
    field.write(config) = *flag;
  }
  void operator()(const Access<std::string>& field) const {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || !allowed(option, *text)) refuse();
    field.write(config) = *text;
  }
};

}  // namespace

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : utf8_text(text)) {  // TOML is UTF-8, and paths are bytes
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::optional<std::int64_t> random_feature_width(const FeatureOptions& options) {
  return random_width(options.source);
}

std::string expectation(const Option& option) {
  if (std::holds_alternative<Access<bool>>(option.field)) return "true or false";
  if (std::holds_alternative<Access<double>>(option.field)) {
    return "a number " + range_text(option.range);
  }
  if (!std::holds_alternative<Access<std::string>>(option.field)) {
    return "a whole number " + range_text(option.range);
  }
  if (option.choices.empty()) return "a text";
  return fmt::format("{}", fmt::join(option.choices, " or "));
}

std::string value_text(const TrainConfig& config, const Option& option) {
  return std::visit(
      [&](const auto& field) -> std::string {
        const auto& value = field.read(config);
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, bool>) return value ? "true" : "false";
        if constexpr (std::is_same_v<T, std::string>) return quoted(value);
        return fmt::format("{}", value);
      },
      option.field);
}

Value parse_text(const Option& option, const std::string& text) {
  if (std::holds_alternative<Access<std::string>>(option.field)) return text;
  if (text == "true") return true;
  if (text == "false") return false;
  std::int64_t whole = 0;
  const char* const end = text.data() + text.size();
  const auto as_whole = std::from_chars(text.data(), end, whole);
  if (as_whole.ec == std::errc{} && as_whole.ptr == end) return whole;
  double real = 0.0;
  const auto as_real = std::from_chars(text.data(), end, real);
  if (as_real.ec == std::errc{} && as_real.ptr == end) return real;
  return text;
}

void assign(TrainConfig& config, const Option& option, const Value& value, const std::string& subject) {
  std::visit(Assign{config, option, value, subject}, option.field);
}

}  // namespace weft::engine
