// Prints what the readers see in .npy, .npz and .pt files, for check_containers.py to compare:
//   dump_arrays FILE...
// Every array in row-major order as "path type (shape) CRC-32", everything else by its value; an error as "!"
// and its message.
#include <cstdio>
#include <iostream>
#include <string>

#include "data/base/checksum.hpp"
#include "data/containers/npz.hpp"
#include "data/containers/torch_file.hpp"

namespace {

using namespace weft;
using Kind = data::PickleValue::Kind;

/// In pieces of an odd size, so that every cursor is resumed.
std::uint32_t checksum(const data::FileArray& array) {
  constexpr std::int64_t kPiece = 100003;
  std::vector<std::byte> piece(static_cast<std::size_t>(kPiece) * dtype_bytes(array.dtype));
  const auto cursor = array.open(0);
  std::uint32_t sum = 0;
  for (std::int64_t left = array.count();;) {
    const std::int64_t got = cursor->read(piece.data(), kPiece);
    sum = data::crc32(sum, piece.data(), static_cast<std::size_t>(got) * dtype_bytes(array.dtype));
    left -= got;
    if (left == 0) return sum;
  }
}

void print(const std::string& name, const data::FileArray& array) {
  const std::uint32_t sum = checksum(array);
  const data::LoadedArray loaded = array.load();
  if (data::crc32(0, loaded.array.data, loaded.array.bytes()) != sum) std::cout << "! load() differs: ";
  std::cout << name << ' ' << dtype_name(array.dtype) << " (";
  for (const std::int64_t length : array.shape) std::cout << length << ',';
  std::printf(") %08x\n", sum);
}

void print(const data::TorchFile& file, const std::string& name, const data::PickleValue& value) {
  switch (value.kind()) {
    case Kind::kNone:
      std::cout << name << " None\n";
      break;
    case Kind::kBool:
      std::cout << name << (value.boolean() ? " True\n" : " False\n");
      break;
    case Kind::kInt:
      std::cout << name << ' ' << value.integer() << '\n';
      break;
    case Kind::kDouble:
      std::printf("%s %.17g\n", name.c_str(), value.real());
      break;
    case Kind::kText:
      std::cout << name << " '" << value.text() << "'\n";
      break;
    case Kind::kList:
    case Kind::kTuple: {
      std::cout << name << ' ' << value.items().size() << '\n';
      std::size_t i = 0;
      for (const data::PickleValue& item : value.items()) print(file, name + "/" + std::to_string(i++), item);
      break;
    }
    case Kind::kDict:
      for (const auto& [key, item] : value.dict().items) {
        print(file,
              name + "/" + (key.is(Kind::kInt) ? std::to_string(key.integer()) : std::string(key.text())),
              item);
      }
      break;
    case Kind::kArray:
      print(name, file.array(value, name));
      break;
    default:
      std::cout << name << ' ' << kind_name(value.kind()) << '\n';
  }
}

void dump(const std::string& path) {
  if (path.ends_with(".npy")) return print("", data::open_npy(path));
  if (path.ends_with(".npz")) {
    const data::NpzFile file{std::filesystem::path(path)};
    for (const std::string& name : file.names()) print("/" + name, file.array(name));
    return;
  }
  const data::TorchFile file{std::filesystem::path(path)};
  print(file, "", file.root());
}

}  // namespace

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOFBF, 1 << 16);
  for (int i = 1; i < argc; ++i) {
    std::cout << "== " << argv[i] << '\n';
    try {
      dump(argv[i]);
    } catch (const Error& error) {
      std::cout << "! " << error.what() << '\n';
    }
  }
}
