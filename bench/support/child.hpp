#pragma once
// This program run once more, so that the memory and the threads of one piece of work are its own.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace weft::bench {

/// Runs this program with these arguments and returns the JSON that it writes; its stderr is this one's.
/// Errors: kIo when there is no process to be had, or when it fails.
nlohmann::ordered_json ask_child(const std::vector<std::string>& arguments);

}  // namespace weft::bench
