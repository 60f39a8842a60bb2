// Any bytes as a .csv or .csv.gz file: they are read or refused with an Error, and three threads see what one
// sees. The first byte of an input chooses how the rest is read.
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "data/csv/csv_reader.hpp"
#include "kernels/base/error.hpp"

namespace {

using namespace weft;

/// The values, or the message of the error.
template <class T>
std::variant<std::vector<T>, std::string> read(const std::filesystem::path& path,
                                               const data::CsvRules& rules) {
  try {
    return data::read_csv<T>(path, rules);
  } catch (const Error& error) {
    return std::string(error.what());
  }
}

void require(bool holds) {
  if (!holds) __builtin_trap();
}

template <class T>
void check(const std::filesystem::path& path, data::CsvRules rules) {
  const auto one = read<T>(path, rules);
  rules.threads = 3;
  const auto three = read<T>(path, rules);
  require(one.index() == three.index());
  if (one.index() == 1) {
    require(std::get<1>(one) == std::get<1>(three));
    return;
  }
  const std::vector<T>&a = std::get<0>(one), &b = std::get<0>(three);
  require(a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);  // NaNs too
  const data::CsvSummary summary = data::scan_csv(path, rules, false);
  require(summary.rows == data::csv_row_count(path));
  require(summary.rows * summary.columns == static_cast<std::int64_t>(a.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint8_t choice = data[0];
  const bool zipped = choice & 1;
  const auto path = std::filesystem::temp_directory_path() /
                    ("weft-fuzz-" + std::to_string(::getpid()) + (zipped ? ".csv.gz" : ".csv"));
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data) + 1, static_cast<std::streamsize>(size - 1));
  data::CsvRules rules;
  rules.allow_missing = choice & 2;
  rules.columns = (choice >> 2) & 3;
  if (choice & 16) {
    rules.low = 0;
    rules.high = 255;
    rules.wanted = "a byte";
  }
  if (choice & 32) {
    check<std::int64_t>(path, rules);
  } else {
    check<float>(path, rules);
  }
  std::filesystem::remove(path);
  return 0;
}
