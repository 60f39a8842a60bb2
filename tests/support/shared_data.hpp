#pragma once
// Real datasets, which lie beside the source tree and not in it.
#include <cstdlib>
#include <filesystem>
#include <string>

namespace weft::testing {

inline constexpr const char* kNoSharedData =
    "the real datasets are not here; set WEFT_TEST_DATA to the folder with datasets/";

/// Folder `name` of datasets/ below WEFT_TEST_DATA, or below ../shared; empty where it is missing.
inline std::filesystem::path shared_data(const std::string& name) {
  const char* set = std::getenv("WEFT_TEST_DATA");
  const std::filesystem::path root =
      set != nullptr ? std::filesystem::path(set) : std::filesystem::path(WEFT_SOURCE_DIR) / "../shared";
  const std::filesystem::path folder = root / "datasets" / name;
  return std::filesystem::is_directory(folder) ? folder : std::filesystem::path();
}

}  // namespace weft::testing
