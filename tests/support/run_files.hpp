#pragma once
// What training runs leave behind, compared.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/support/files.hpp"

namespace weft::testing {

/// metrics.jsonl of a run directory without the times.
inline std::string metrics_of(const std::filesystem::path& run) {
  std::istringstream lines(read_bytes(run / "metrics.jsonl"));
  std::string text, line;
  while (std::getline(lines, line)) {
    auto json = nlohmann::ordered_json::parse(line);
    json.erase("seconds");
    text += json.dump() + "\n";
  }
  return text;
}

/// The same evaluations, and checkpoints of the same bytes (or none in either).
inline void expect_same_run(const std::filesystem::path& a, const std::filesystem::path& b) {
  EXPECT_EQ(metrics_of(a), metrics_of(b));
  for (const char* file : {"last.safetensors", "best.safetensors"}) {
    EXPECT_EQ(read_bytes(a / file), read_bytes(b / file)) << file << " of " << a << " and " << b;
  }
}

}  // namespace weft::testing
