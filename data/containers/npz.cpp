#include "data/containers/npz.hpp"

#include <string_view>
#include <utility>

#include "data/containers/npy.hpp"
#include "data/containers/stored_array.hpp"

namespace weft::data {
namespace {

constexpr std::string_view kExtension = ".npy";

/// A .npy file in memory, or as somebody reads it.
struct NpySource {
  std::string where;
  std::uint64_t bytes = 0;
  std::function<std::unique_ptr<ByteReader>()> read;
  const std::byte* memory = nullptr;
  std::shared_ptr<const void> owner;
  std::function<void()> check;
};

FileArray npy_array(NpySource source) {
  StoredArray stored;
  NpyHeader header = read_npy_header(*source.read(), source.bytes, source.where);
  stored.where = std::move(source.where);
  stored.type = header.type;
  if (header.column_major) stored.strides = column_major(header.shape);
  stored.shape = std::move(header.shape);
  stored.bytes = static_cast<std::size_t>(source.bytes) - header.bytes;
  if (source.memory != nullptr) stored.memory = source.memory + header.bytes;
  stored.owner = std::move(source.owner);
  stored.check = std::move(source.check);
  stored.read = [read = std::move(source.read), header_bytes = header.bytes] {
    std::unique_ptr<ByteReader> reader = read();
    std::vector<std::byte> front(header_bytes);  // read, not skipped: the checksum is over it too
    reader->read(front.data(), header_bytes);
    return reader;
  };
  return file_array(std::move(stored));
}

}  // namespace

FileArray open_npy(const std::filesystem::path& path) { return open_npy(map_file(path)); }

FileArray open_npy(FileBytes file) {
  const auto read = [file] { return std::make_unique<MemoryReader>(file.data, file.size); };
  return npy_array({file.name, file.size, read, file.data, file.owner, nullptr});
}

NpzFile::NpzFile(const std::filesystem::path& path) : NpzFile(map_file(path)) {}
NpzFile::NpzFile(FileBytes file) : zip_(std::move(file)) {}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> names;
  for (const ZipMember& member : zip_.members()) {
    if (!member.name.ends_with(kExtension)) continue;
    names.push_back(member.name.substr(0, member.name.size() - kExtension.size()));
  }
  return names;
}

bool NpzFile::has(const std::string& name) const {
  return zip_.find(name + std::string(kExtension)) != nullptr;
}

FileArray NpzFile::array(const std::string& name) const {
  const ZipMember* member = zip_.find(name + std::string(kExtension));
  if (member == nullptr) {
    std::string there;
    for (const std::string& other : names()) there += (there.empty() ? "" : ", ") + other;
    fail(ErrorCode::kNotFound, zip_.file_name(), ": has no array '", name, "'; it has ",
         there.empty() ? "none" : there);
  }
  NpySource source;
  source.where = zip_.file_name() + ": " + name;
  source.bytes = member->raw_bytes;
  source.read = [zip = zip_, member] { return zip.read(*member); };
  source.memory = zip_.in_place(*member);
  source.owner = zip_.owner();
  if (source.memory != nullptr) {
    source.check = [zip = zip_, member] { zip.check_in_place(*member); };
  }
  return npy_array(std::move(source));
}

}  // namespace weft::data
