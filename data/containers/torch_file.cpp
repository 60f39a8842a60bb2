#include "data/containers/torch_file.hpp"

#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "data/containers/latin1_reader.hpp"
#include "data/containers/pickle.hpp"
#include "data/containers/stored_array.hpp"
#include "data/containers/zip_directory.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

using Kind = PickleValue::Kind;

// The first pickle of the older layout: one integer of ten bytes.
constexpr std::string_view kMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13);
constexpr std::string_view kZipMagic("PK\x03\x04", 4);
constexpr std::int64_t kProtocolVersion = 1001;

/// A storage's values, in the mapped file or inflated.
struct Storage {
  StoredType type;
  std::int64_t count = 0;
  FileBytes bytes;
};
using Storages = std::map<std::string_view, Storage>;

struct Contents {
  Pickle pickle;
  FileBytes pickled;  // what the pickle's slices point into
  Storages storages;
};

template <class... Parts>
[[noreturn]] void damaged(const std::string& file, const Parts&... parts) {
  fail(ErrorCode::kBadData, file, ": ", parts..., "; use another copy");
}

std::string_view text_of(const FileBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

/// Every storage that the pickle's tensors look into, still without bytes.
Storages storages_of(const Pickle& pickle, const std::string& file) {
  Storages storages;
  for (const PickleStorage& storage : pickle.arena->storages) {
    const auto [at, is_new] = storages.try_emplace(storage.key, Storage{storage.type, storage.count, {}});
    const Storage& first = at->second;
    if (!is_new && (first.count != storage.count || first.type.kind != storage.type.kind ||
                    first.type.bytes != storage.type.bytes)) {
      damaged(file, "storage ", beginning_of(storage.key), " is described in two ways");
    }
  }
  return storages;
}

/// Whether `size` bytes are those of the storage's values.
bool fits(const Storage& storage, std::uint64_t size) {
  const auto bytes = static_cast<std::uint64_t>(storage.type.bytes);
  return size % bytes == 0 && size / bytes == static_cast<std::uint64_t>(storage.count);
}

// --- The zip layout: STEM/data.pkl, STEM/data/KEY, STEM/byteorder.

std::string find_stem(const ZipDirectory& zip) {
  constexpr std::string_view kPickle = "/data.pkl";
  std::optional<std::string> stem;
  for (const ZipMember& member : zip.members()) {
    if (!member.name.ends_with(kPickle)) continue;
    if (stem) damaged(zip.file_name(), "has two members called data.pkl");
    stem = member.name.substr(0, member.name.size() - kPickle.size());
  }
  if (!stem) {
    fail(ErrorCode::kBadData, zip.file_name(),
         ": is a zip file without data.pkl; give what torch.save wrote");
  }
  return *stem;
}

Contents read_zip(const FileBytes& file) {
  const ZipDirectory zip(file);
  const std::string stem = find_stem(zip);
  if (const ZipMember* order = zip.find(stem + "/byteorder");
      order != nullptr && text_of(zip.bytes(*order)) != "little") {
    fail(ErrorCode::kUnsupported, file.name, ": has big-endian storages; save it on a little-endian machine");
  }
  Contents contents;
  contents.pickled = zip.bytes(*zip.find(stem + "/data.pkl"));
  contents.pickle = read_pickle(contents.pickled, 0);
  if (contents.pickle.size != contents.pickled.size)
    damaged(contents.pickled.name, "bytes follow the pickle");
  contents.storages = storages_of(contents.pickle, file.name);
  for (auto& [key, storage] : contents.storages) {
    const ZipMember* member = zip.find(stem + "/data/" + std::string(key));
    if (member == nullptr) damaged(file.name, "storage ", beginning_of(key), " is missing");
    if (!fits(storage, member->raw_bytes)) {
      damaged(file.name, "storage ", beginning_of(key), " has ", member->raw_bytes, " bytes for ",
              storage.count, " values of ", storage.type.bytes);
    }
    storage.bytes = zip.bytes(*member);
  }
  return contents;
}

// --- The older layout: pickles of a magic number, a version, facts about the machine, the object and the
// storages' keys, then the storages, each behind its number of values.

class LegacyReader {
 public:
  LegacyReader(const FileBytes& file, std::size_t begin) : file_(file), at_(begin) {}

  Contents read() {
    if (!next().root.is_int(kProtocolVersion)) damaged(file_.name, "is not of protocol version 1001");
    check_machine(next());
    Contents contents;
    contents.pickled = file_;
    contents.pickle = next();
    contents.storages = storages_of(contents.pickle, file_.name);
    const Pickle keys = next();
    if (!keys.root.is(Kind::kList)) damaged(file_.name, "has no list of storages");
    for (const PickleValue& key : keys.root.items()) take(key, contents.storages);
    for (const auto& [key, storage] : contents.storages) {
      if (storage.bytes.data == nullptr) damaged(file_.name, "storage ", beginning_of(key), " is missing");
    }
    if (at_ != file_.size) damaged(file_.name, file_.size - at_, " bytes follow the last storage");
    return contents;
  }

 private:
  Pickle next() {
    Pickle pickle = read_pickle(file_, at_);
    at_ += pickle.size;
    return pickle;
  }

  void check_machine(const Pickle& facts) {
    if (!facts.root.is(Kind::kDict)) damaged(file_.name, "does not say what machine it is from");
    const PickleValue* little = facts.root.dict().find("little_endian");
    if (little == nullptr || !little->is(Kind::kBool)) damaged(file_.name, "does not say its byte order");
    if (!little->boolean()) {
      fail(ErrorCode::kUnsupported, file_.name,
           ": has big-endian storages; save it on a little-endian machine");
    }
  }

  void take(const PickleValue& key, Storages& storages) {
    const auto found = key.is(Kind::kText) ? storages.find(key.text()) : storages.end();
    if (found == storages.end())
      damaged(file_.name, "has a storage at byte ", at_, " that no tensor looks into");
    Storage& storage = found->second;
    std::int64_t count = 0;
    if (file_.size - at_ < sizeof(count))
      damaged(file_.name, "ends before storage ", beginning_of(key.text()));
    std::memcpy(&count, file_.data + at_, sizeof(count));
    at_ += sizeof(count);
    if (count != storage.count || storage.bytes.data != nullptr) {
      damaged(file_.name, "storage ", beginning_of(key.text()), " at byte ", at_, " has ", count,
              " values where its tensors have ", storage.count);
    }
    const auto value_bytes = static_cast<std::size_t>(storage.type.bytes);
    if (static_cast<std::uint64_t>(count) > (file_.size - at_) / value_bytes) {
      damaged(file_.name, "storage ", beginning_of(key.text()), " of ", count, " values is cut off");
    }
    storage.bytes = {file_.name, file_.data + at_, static_cast<std::size_t>(count) * value_bytes,
                     file_.owner};
    at_ += storage.bytes.size;
  }

  const FileBytes& file_;
  std::size_t at_;
};

/// Bytes of the first pickle of the older layout, whatever its protocol; 0 when it is something else.
std::size_t legacy_magic(std::string_view text) {
  constexpr std::size_t kProtocol = 2, kFrame = 9;
  for (const std::size_t begin : {kProtocol, kProtocol + kFrame}) {
    if (text.starts_with('\x80') && text.size() > begin && text.substr(begin).starts_with(kMagic)) {
      return begin + kMagic.size();
    }
  }
  return 0;
}

Contents read_contents(const FileBytes& file) {
  const std::string_view text = text_of(file);
  if (text.starts_with(kZipMagic)) return read_zip(file);
  const std::size_t begin = legacy_magic(text);
  if (begin == 0) {
    fail(ErrorCode::kBadData, file.name,
         ": is not what torch.save writes; save it with PyTorch 0.1.10 or later");
  }
  return LegacyReader(file, begin).read();
}

}  // namespace

struct TorchFile::Impl {
  explicit Impl(FileBytes bytes) : file(std::move(bytes)), contents(read_contents(file)) {}

  const PickleDict& dict() const {
    const PickleValue& root = contents.pickle.root;
    if (!root.is(Kind::kDict)) {
      fail(ErrorCode::kBadData, file.name, ": holds ", kind_name(root.kind()),
           " where a dictionary of arrays is wanted; save one");
    }
    return root.dict();
  }

  /// The values of a NumPy array, which the pickle itself has.
  void fill_in(StoredArray& out, const PickleArray& array) const {
    const std::string_view slice = array.bytes.slice();
    const bool latin1 = array.bytes.is(Kind::kLatin1);
    out.bytes =
        static_cast<std::size_t>(*value_count(array.shape)) * static_cast<std::size_t>(array.type.bytes);
    out.strides = array.strides;
    out.owner = contents.pickled.owner;
    if (!latin1) out.memory = reinterpret_cast<const std::byte*>(slice.data());
    out.read = [slice, latin1, where = out.where] { return slice_reader(slice, latin1, where); };
  }

  /// A tensor's, which are in a storage.
  void fill_in_tensor(StoredArray& out, const PickleArray& array) const {
    const FileBytes& bytes = contents.storages.at(array.storage->key).bytes;
    const auto value_bytes = static_cast<std::size_t>(array.type.bytes);
    out.memory = bytes.data + static_cast<std::size_t>(array.first) * value_bytes;
    out.bytes = static_cast<std::size_t>(array.span) * value_bytes;
    out.strides = array.strides;
    out.owner = bytes.owner;
    out.read = [memory = out.memory, size = out.bytes] {
      return std::make_unique<MemoryReader>(memory, size);
    };
  }

  FileBytes file;
  Contents contents;
};

TorchFile::TorchFile(const std::filesystem::path& path) : TorchFile(map_file(path)) {}
TorchFile::TorchFile(FileBytes file) : impl_(std::make_shared<const Impl>(std::move(file))) {}

const std::string& TorchFile::file_name() const { return impl_->file.name; }
const PickleValue& TorchFile::root() const { return impl_->contents.pickle.root; }

const PickleValue& TorchFile::at(const std::string& key) const {
  const PickleDict& dict = impl_->dict();
  if (const PickleValue* value = dict.find(key)) return *value;
  std::string there;
  for (const auto& [name, value] : dict.items) {
    if (!name.is(Kind::kText)) continue;
    there += (there.empty() ? "" : ", ") + beginning_of(name.text());
  }
  fail(ErrorCode::kNotFound, file_name(), ": has nothing called '", key, "'; it has ",
       there.empty() ? "nothing" : there);
}

FileArray TorchFile::array(const PickleValue& value, const std::string& name) const {
  StoredArray stored;
  stored.where = file_name() + ": " + name;
  if (!value.is(Kind::kArray)) {
    fail(ErrorCode::kBadData, stored.where, ": is ", kind_name(value.kind()),
         " where an array is wanted; save it as one");
  }
  const PickleArray& array = value.array();
  stored.type = array.type;
  stored.shape = array.shape;
  if (array.storage != nullptr) {
    impl_->fill_in_tensor(stored, array);
  } else {
    impl_->fill_in(stored, array);
  }
  return file_array(std::move(stored));
}

}  // namespace weft::data
