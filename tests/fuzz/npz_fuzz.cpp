// Any bytes as NumPy's files: arrays are read or refused with an Error. Checksums would stop nearly every
// change to an archive at the door, so the first byte of an input chooses: the rest is an archive, a .npy, or
// a .npy that an archive is made around.
#include <cstdint>
#include <string>

#include "data/containers/npz.hpp"
#include "kernels/base/error.hpp"
#include "tests/fuzz/touch.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/npy_bytes.hpp"

namespace {

using namespace weft;

void read_archive(const std::string& file) {
  const data::NpzFile npz(testing::file_in_memory("input", file));
  for (const std::string& name : npz.names()) {
    try {
      if (!npz.has(name)) __builtin_trap();
      fuzz::touch(npz.array(name));
    } catch (const Error&) {
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 4) {
      case 0:
        read_archive(rest);
        break;
      case 1:
        fuzz::touch(data::open_npy(testing::file_in_memory("input", rest)));
        break;
      default:
        read_archive(testing::npz({{"a", rest}}, data[0] % 4 == 2));
    }
  } catch (const Error&) {
  }
  return 0;
}
