#include "engine/report/predictions.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string>

#include "data/base/file.hpp"
#include "kernels/base/error.hpp"

namespace weft::engine {
namespace {

/// NumPy's format version 1.0: magic, version, header length, a header that ends the first 64 * k bytes.
std::string npy_header(std::size_t rows) {
  constexpr std::size_t kAlignment = 64;
  constexpr std::size_t kBeforeText = 10;
  std::string text = fmt::format("{{'descr': '<i8', 'fortran_order': False, 'shape': ({}, 1), }}", rows);
  text.append(kAlignment - (kBeforeText + text.size() + 1) % kAlignment, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

void write_npy(data::AtomicFile& file, const std::vector<std::int32_t>& classes) {
  const std::string header = npy_header(classes.size());
  const std::vector<std::int64_t> wide(classes.begin(), classes.end());
  file.append(header.data(), header.size());
  file.append(wide.data(), wide.size() * sizeof(std::int64_t));
}

void write_csv(data::AtomicFile& file, const std::vector<std::int32_t>& classes) {
  std::string text;
  for (const std::int32_t label : classes) fmt::format_to(std::back_inserter(text), "{}\n", label);
  file.append(text.data(), text.size());
}

}  // namespace

void check_predictions_path(const std::filesystem::path& path) {
  if (path.extension() != ".npy" && path.extension() != ".csv") {
    fail(ErrorCode::kInvalidArgument, path.string(),
         ": predictions are written as .npy or .csv; name such a file");
  }
  if (std::filesystem::exists(path)) {
    fail(ErrorCode::kExists, path.string(), ": is there already; give another --out");
  }
}

void write_predictions(const std::filesystem::path& path, const std::vector<std::int32_t>& classes) {
  data::AtomicFile file(path, data::LockedFile::IfLocked::kRefuse);
  check_predictions_path(path);  // once more: another process may have written it while this one computed
  if (path.extension() == ".npy") {
    write_npy(file, classes);
  } else {
    write_csv(file, classes);
  }
  file.commit();
}

}  // namespace weft::engine
