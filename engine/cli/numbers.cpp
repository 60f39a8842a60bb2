#include "numbers.hpp"

#include <charconv>
#include <cmath>
#include <optional>

namespace weft::cli {
namespace {

template <class T>
std::optional<T> read(const std::string& text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<std::int64_t> read_whole(const std::string& text) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (const auto digits = read<std::int64_t>(text)) return digits;
  const auto real = read<double>(text);
  if (!real || *real != std::floor(*real) || std::abs(*real) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

}  // namespace

CLI::Validator whole(std::int64_t low, std::int64_t high) {
  const auto to_digits = [low, high](std::string& text) -> std::string {
    const std::optional<std::int64_t> value = read_whole(text);
    if (!value || *value < low || *value > high) {
      const bool open = high == std::numeric_limits<std::int64_t>::max();
      return text + " cannot be used; give a whole number from " + std::to_string(low) +
             (open ? " on" : " to " + std::to_string(high));
    }
    text = std::to_string(*value);
    return {};
  };
  return {to_digits, ""};
}

CLI::Validator not_zero() {
  const auto check = [](std::string& digits) {
    return digits == "0" ? "0 cannot be used; give another whole number" : std::string();
  };
  return {check, ""};
}

CLI::Validator number() {
  const auto check = [](std::string& text) {
    return read<double>(text) ? std::string() : text + " cannot be used; give a number";
  };
  return {check, ""};
}

}  // namespace weft::cli
