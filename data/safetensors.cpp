#include "data/safetensors.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>

#include "data/file.hpp"

namespace weft::data {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kAlignment = 64;  // of the first array, counted from the start of the file
constexpr const char* kMetadata = "__metadata__";

struct TypeName {
  DType dtype;
  std::string_view name;
};
constexpr std::array<TypeName, 6> kTypes{{{DType::kF64, "F64"},
                                          {DType::kI64, "I64"},
                                          {DType::kF32, "F32"},
                                          {DType::kI32, "I32"},
                                          {DType::kBf16, "BF16"},
                                          {DType::kU8, "U8"}}};

std::string_view type_name(DType dtype) {
  return std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName& t) { return t.dtype == dtype; })
      ->name;
}

void check_order(const Safetensors& contents) {
  for (std::size_t i = 1; i < contents.arrays.size(); ++i) {
    const auto& [name, array] = contents.arrays[i];
    WEFT_CHECK(dtype_bytes(array.dtype) <= dtype_bytes(contents.arrays[i - 1].second.dtype),
               "safetensors: array '", name, "' has larger elements than the one before it");
  }
}

std::string encode_header(const Safetensors& contents) {
  Json header = Json::object();
  if (!contents.metadata.empty()) header[kMetadata] = contents.metadata;
  std::size_t offset = 0;
  for (const auto& [name, array] : contents.arrays) {
    WEFT_CHECK(!header.contains(name), "safetensors: two arrays are called '", name, "'");
    header[name] = {{"dtype", type_name(array.dtype)},
                    {"shape", array.shape},
                    {"data_offsets", {offset, offset + array.bytes()}}};
    offset += array.bytes();
  }
  std::string text = header.dump();
  const std::size_t unfilled = (kLengthBytes + text.size()) % kAlignment;
  if (unfilled != 0) text.append(kAlignment - unfilled, ' ');
  return text;
}

/// A file being read: what it is called, and the complaint about it.
struct Reader {
  const std::string& file;
  const std::byte* bytes;  // of the arrays
  std::size_t size;

  template <class... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(ErrorCode::kBadData, file, ": damaged, or no safetensors file: ", parts..., "; use another copy");
  }

  DType dtype(const std::string& name, const Json& entry) const {
    const std::string& wanted = entry.at("dtype").get_ref<const std::string&>();
    for (const TypeName& type : kTypes) {
      if (type.name == wanted) return type.dtype;
    }
    refuse("array '", name, "' has type ", wanted);
  }

  Array array(const std::string& name, const Json& entry) const {
    Array array;
    array.dtype = dtype(name, entry);
    const auto begin = entry.at("data_offsets").at(0).get<std::uint64_t>();
    const auto end = entry.at("data_offsets").at(1).get<std::uint64_t>();
    if (begin > end || end > size) refuse("array '", name, "' ends at byte ", end, " of ", size);
    // A count that the file cannot hold is stopped before it can overflow.
    std::uint64_t count = 1;
    for (const Json& dimension : entry.at("shape")) {
      if (!dimension.is_number_unsigned()) refuse("array '", name, "' has a dimension of ", dimension.dump());
      array.shape.push_back(dimension.get<std::int64_t>());
      const auto length = dimension.get<std::uint64_t>();
      if (length != 0 && count > size / length) refuse("array '", name, "' is larger than the file");
      count *= length;
    }
    if (count * dtype_bytes(array.dtype) != end - begin) {
      refuse("array '", name, "' has ", end - begin, " bytes for ", count, " values");
    }
    if (begin % dtype_bytes(array.dtype) != 0) refuse("array '", name, "' is not aligned");
    array.data = bytes + begin;
    return array;
  }

  Safetensors contents(const Json& header) const {
    Safetensors out;
    for (const auto& [name, entry] : header.items()) {
      if (name == kMetadata) {
        out.metadata = entry.get<std::map<std::string, std::string>>();
      } else {
        out.arrays.emplace_back(name, array(name, entry));
      }
    }
    std::stable_sort(out.arrays.begin(), out.arrays.end(),
                     [](const auto& a, const auto& b) { return a.second.data < b.second.data; });
    check_no_holes(out);
    return out;
  }

  void check_no_holes(const Safetensors& out) const {
    const std::byte* next = bytes;
    for (const auto& [name, array] : out.arrays) {
      if (array.data != next) refuse("there are bytes missing or shared in front of array '", name, "'");
      next += array.bytes();
    }
    if (next != bytes + size)
      refuse(size - static_cast<std::size_t>(next - bytes), " bytes belong to no array");
  }
};

Json parse_header(const Reader& reader, std::string_view text) {
  Json header = Json::parse(text, nullptr, false);
  if (!header.is_object()) reader.refuse("its header is not JSON");
  return header;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const Safetensors& contents) {
  check_order(contents);
  const std::string header = encode_header(contents);
  const std::uint64_t length = header.size();  // both architectures are little-endian
  AtomicFile file(path);
  file.append(&length, kLengthBytes);
  file.append(header.data(), header.size());
  for (const auto& [name, array] : contents.arrays) file.append(array.data, array.bytes());
  file.commit();
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  auto file = std::make_shared<MappedFile>(path);
  const std::string name = path.string();
  std::uint64_t length = 0;
  if (file->size() >= kLengthBytes) std::memcpy(&length, file->data(), kLengthBytes);
  if (file->size() < kLengthBytes || length > file->size() - kLengthBytes) {
    Reader{name, nullptr, 0}.refuse("it is cut off at ", file->size(), " bytes");
  }
  const std::byte* arrays = file->data() + kLengthBytes + length;
  const Reader reader{name, arrays, file->size() - kLengthBytes - length};
  const auto* text = reinterpret_cast<const char*>(file->data() + kLengthBytes);
  try {
    Safetensors contents = reader.contents(parse_header(reader, {text, length}));
    contents.owner = file;
    return contents;
  } catch (const nlohmann::json::exception&) {
    reader.refuse("its header lacks a field, or has one of another kind");
  }
}

}  // namespace weft::data
