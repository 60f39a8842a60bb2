// Any bytes as a .pt file: its tree is walked and its arrays are read, or it is refused with an Error. The
// first byte of an input chooses what the rest is: a whole file, the pickle of a zip file that has storages,
// or the pickles and storages of the older layout behind its magic number.
#include <cstdint>
#include <string>

#include "data/containers/torch_file.hpp"
#include "kernels/base/error.hpp"
#include "tests/fuzz/touch.hpp"
#include "tests/support/file_bytes.hpp"
#include "tests/support/pickle_bytes.hpp"

namespace {

using namespace weft;
using Kind = data::PickleValue::Kind;

void walk(const data::TorchFile& file, const data::PickleValue& value) {
  switch (value.kind()) {
    case Kind::kText:
    case Kind::kBytes:
    case Kind::kLatin1: {
      unsigned sum = 0;
      for (const char c : value.slice()) sum += static_cast<unsigned char>(c);
      static_cast<void>(static_cast<volatile unsigned>(sum));
      break;
    }
    case Kind::kList:
    case Kind::kTuple:
      for (const data::PickleValue& item : value.items()) walk(file, item);
      break;
    case Kind::kDict:
      for (const auto& [key, item] : value.dict().items) walk(file, item);
      break;
    case Kind::kArray:
      try {
        fuzz::touch(file.array(value, "array"));
      } catch (const Error&) {
      }
      break;
    default:
      break;
  }
}

std::string forge(std::uint8_t choice, const std::string& rest) {
  const std::string bytes("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16);
  switch (choice % 3) {
    case 0:
      return rest;
    case 1:
      return testing::zip_bytes({{"a/data.pkl", rest}, {"a/data/0", bytes}, {"a/data/1", bytes + bytes}});
    default:
      return testing::pt_legacy({}).substr(0, 15) + rest;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    const data::TorchFile file(testing::file_in_memory("input", forge(data[0], rest)));
    walk(file, file.root());
  } catch (const Error&) {
  }
  return 0;
}
