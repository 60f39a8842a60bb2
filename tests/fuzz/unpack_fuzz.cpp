// Any bytes as a zip: they unpack to files and folders inside the folder that was asked for, of as many bytes
// as the archive's directory says, or are refused with an Error of one line that leaves nothing. Few inputs
// would keep a right end record, so most get one of their own: the first byte chooses.
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "data/fetch/unpack.hpp"
#include "kernels/base/error.hpp"

namespace {

using namespace weft;
namespace fs = std::filesystem;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

/// The input with an end record of its own, for as many directory entries as lie in a row from the first one
/// on.
std::string with_end_record(const std::string& input) {
  const std::size_t start = input.find("PK\x01\x02");
  if (start == std::string::npos) return input;
  std::size_t end = start;
  std::uint16_t entries = 0;
  while (end + 46 <= input.size() && input.compare(end, 4, "PK\x01\x02") == 0) {
    std::uint16_t lengths[3];  // of name, extra field, comment
    std::memcpy(lengths, input.data() + end + 28, sizeof lengths);
    end += 46 + std::size_t{lengths[0]} + lengths[1] + lengths[2];
    ++entries;
  }
  if (end > input.size()) return input;
  const std::uint32_t place[2] = {static_cast<std::uint32_t>(end - start), static_cast<std::uint32_t>(start)};
  std::string record("PK\x05\x06\0\0\0\0", 8);
  for (int i = 0; i < 2; ++i) record.append(reinterpret_cast<const char*>(&entries), 2);
  return input.substr(0, end) + record.append(reinterpret_cast<const char*>(place), 8) + std::string(2, '\0');
}

std::uint64_t check_tree(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::file_status status = entry.symlink_status();
    require(fs::is_regular_file(status) || fs::is_directory(status));
    if (fs::is_regular_file(status)) bytes += entry.file_size();
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const fs::path all = fs::temp_directory_path() / ("weft-fuzz-" + std::to_string(::getpid()));
  fs::create_directory(all);
  const fs::path zip = all / "zip", out = all / "out";
  const std::string bytes = data[0] < 240 ? with_end_record(input) : input;
  std::ofstream(zip, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  data::UnpackLimits limits;
  limits.members = 100;
  limits.allowance = 100'000;
  try {
    const data::Unpacked result = data::unpack(zip, out, {}, limits);
    require(check_tree(out) == result.bytes);
    require(result.bytes <= limits.allowance + limits.ratio * bytes.size());
    fs::remove_all(out);
  } catch (const Error& error) {
    require(std::string(error.what()).find('\n') == std::string::npos);
  }
  fs::remove(zip);
  require(fs::remove(all));  // nothing else lies beside them
  return 0;
}
