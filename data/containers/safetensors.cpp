#include "data/containers/safetensors.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "data/base/checksum.hpp"
#include "data/base/file.hpp"
#include "data/base/json_text.hpp"

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
  std::string text = json_text(std::move(header));
  const std::size_t unfilled = (kLengthBytes + text.size()) % kAlignment;
  if (unfilled != 0) text.append(kAlignment - unfilled, ' ');
  return text;
}

/// A file being read: what it is called, and the complaint about it.
struct Reader {
  const std::string& file;
  const std::byte* bytes;  // of the arrays
  std::size_t size;
  std::size_t begins = 0;  // where they begin in the file

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
    const std::vector<std::uint64_t> offsets = numbers(name, entry.at("data_offsets"));
    if (offsets.size() != 2) refuse("array '", name, "' has ", offsets.size(), " data_offsets instead of 2");
    const std::uint64_t begin = offsets[0];
    const std::uint64_t end = offsets[1];
    if (begin > end || end > size) refuse("array '", name, "' ends at byte ", end, " of ", size);
    array.shape = shape(name, entry.at("shape"));
    if (array.bytes() != end - begin) {
      refuse("array '", name, "' has ", end - begin, " bytes for ", array.count(), " values");
    }
    if ((begins + begin) % dtype_bytes(array.dtype) != 0) refuse("array '", name, "' is not aligned");
    array.data = bytes + begin;
    return array;
  }

  std::vector<std::uint64_t> numbers(const std::string& name, const Json& list) const {
    std::vector<std::uint64_t> out;
    for (const Json& number : list) {
      if (!number.is_number_unsigned()) refuse("array '", name, "' has a length that is no whole number");
      out.push_back(number.get<std::uint64_t>());
    }
    return out;
  }

  /// Dimensions whose product, even without those of length 0, the file could hold: it cannot overflow.
  std::vector<std::int64_t> shape(const std::string& name, const Json& list) const {
    std::vector<std::int64_t> out;
    std::uint64_t count = 1;
    for (const std::uint64_t length : numbers(name, list)) {
      if (length != 0 && count > size / length) refuse("array '", name, "' is larger than the file");
      if (length != 0) count *= length;
      out.push_back(static_cast<std::int64_t>(length));
    }
    return out;
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
                     [](const auto& a, const auto& b) { return span(a.second) < span(b.second); });
    check_no_holes(out);
    return out;
  }

  /// Orders arrays as they lie; an empty one comes before what begins at the same byte.
  static std::pair<const void*, std::size_t> span(const Array& array) { return {array.data, array.bytes()}; }

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

/// The header's object. JSON lets a name come twice, and this parser keeps the last: both are refused.
Json parse_header(const Reader& reader, std::string_view text) {
  std::set<std::string> names;
  const auto once = [&](int depth, Json::parse_event_t event, const Json& value) {
    constexpr int kTop = 1;
    if (depth == kTop && event == Json::parse_event_t::key &&
        !names.insert(value.get<std::string>()).second) {
      reader.refuse("its header has '", value.get<std::string>(), "' twice");
    }
    return true;
  };
  Json header = Json::parse(text, once, false);
  if (!header.is_object()) reader.refuse("its header is not JSON");
  return header;
}

}  // namespace

std::uint32_t checksum(const Safetensors& contents) {
  const std::string header = encode_header(contents);
  std::uint32_t sum = crc32(0, header.data(), header.size());
  for (const auto& [name, array] : contents.arrays) sum = crc32(sum, array.data, array.bytes());
  return sum;
}

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

Safetensors parse_safetensors(const std::byte* data, std::size_t size, const std::string& name) {
  std::uint64_t length = 0;
  if (size >= kLengthBytes) std::memcpy(&length, data, kLengthBytes);
  if (size < kLengthBytes || length > size - kLengthBytes) {
    Reader{name, nullptr, 0}.refuse("it is cut off at ", size, " bytes");
  }
  const std::size_t begins = kLengthBytes + length;
  const Reader reader{name, data + begins, size - begins, begins};
  try {
    return reader.contents(
        parse_header(reader, {reinterpret_cast<const char*>(data) + kLengthBytes, length}));
  } catch (const nlohmann::json::exception&) {
    reader.refuse("its header lacks a field, or has one of another kind");
  }
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  auto file = std::make_shared<MappedFile>(path);
  Safetensors contents = parse_safetensors(file->data(), file->size(), path.string());
  contents.owner = file;
  return contents;
}

}  // namespace weft::data
