#pragma once
// Numbers as people type them. What cannot be used is told as it was typed.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>

namespace weft::cli {

/// Takes whole numbers from `low` to `high`, also as 1e3, and hands them on as digits.
CLI::Validator whole(std::int64_t low, std::int64_t high = std::numeric_limits<std::int64_t>::max());

/// Takes any number.
CLI::Validator number();

}  // namespace weft::cli
