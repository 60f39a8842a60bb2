#pragma once
// Numbers as people type them. What cannot be used is told as it was typed.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>

namespace weft::cli {

/// Takes whole numbers from `low` to `high`, also as 1e3, and hands them on as digits.
CLI::Validator whole(std::int64_t low, std::int64_t high = std::numeric_limits<std::int64_t>::max());

/// Refuses "0", as whole() hands it on.
CLI::Validator not_zero();

/// Takes any number.
CLI::Validator number();

}  // namespace weft::cli
