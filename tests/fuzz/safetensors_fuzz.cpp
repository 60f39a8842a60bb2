// Any bytes as a safetensors file: read or refused with an Error. The header's length, which inputs would
// seldom get right, is put in front: up to the last brace and a few bytes more, as the first byte says.
#include <cstdint>
#include <cstring>
#include <string>

#include "data/base/aligned.hpp"
#include "data/containers/safetensors.hpp"
#include "kernels/base/error.hpp"
#include "tests/fuzz/touch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weft;
  if (size == 0) return 0;
  const std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t brace = input.rfind('}');
  std::uint64_t length = brace == std::string::npos ? data[0] : brace + 1 + data[0] % 8;
  if (data[0] == 255) length = ~std::uint64_t{0} - 7;
  std::string file(reinterpret_cast<const char*>(&length), sizeof(length));
  file += input;
  const auto memory = data::aligned_bytes(file.size());
  std::memcpy(memory.get(), file.data(), file.size());
  try {
    const data::Safetensors contents = data::parse_safetensors(memory.get(), file.size(), "input");
    for (const auto& [name, array] : contents.arrays) fuzz::touch(array);
  } catch (const Error&) {
  }
  return 0;
}
