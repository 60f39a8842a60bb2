#pragma once
// An option's value: as text, from text, and whether it is allowed.
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "engine/config/options.hpp"

namespace weft::engine {

/// A value before it is known to fit its option.
using Value = std::variant<bool, std::int64_t, double, std::string>;

/// A text as TOML writes it.
std::string quoted(const std::string& text);
/// What a value must be, for people: "a number in [0, 1)".
std::string expectation(const Option& option);
/// The option's value in `config`, as TOML writes it.
std::string value_text(const TrainConfig& config, const Option& option);

/// The text of a flag as the kind of value its option holds; what does not parse stays text, which assign()
/// refuses.
Value parse_text(const Option& option, const std::string& text);
/// Puts a value where its option lives. A message starts with `subject`: option and value, as somebody wrote
/// them. Errors: kInvalidArgument.
void assign(TrainConfig& config, const Option& option, const Value& value, const std::string& subject);

}  // namespace weft::engine
