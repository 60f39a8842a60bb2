#include "data/containers/zip_directory.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "data/base/aligned.hpp"
#include "data/base/checksum.hpp"
#include "data/base/inflate.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

constexpr std::uint32_t kEndSignature = 0x06054b50, kEnd64Signature = 0x06064b50,
                        kLocatorSignature = 0x07064b50, kEntrySignature = 0x02014b50,
                        kLocalSignature = 0x04034b50;
constexpr std::size_t kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20, kEntryBytes = 46,
                      kLocalBytes = 30;
constexpr std::size_t kMaxComment = 0xffff;
constexpr std::uint16_t kIn64 = 0xffff;  // "see the zip64 field", in 16 and in 32 bits
constexpr std::uint32_t kIn64Long = 0xffffffff;
constexpr std::uint16_t kExtra64 = 0x0001;
constexpr std::uint16_t kStored = 0, kDeflated = 8;
constexpr std::uint16_t kEncryptionFlags = 1 << 0 | 1 << 6 | 1 << 13;
// Deflate's longest match, 258 bytes, takes 2 bits at the least.
constexpr std::uint64_t kMaxGrowth = 1032;

/// Numbers at offsets of the file; the caller knows that they are inside.
class Fields {
 public:
  explicit Fields(const std::byte* at) : at_(at) {}
  template <class T>
  T get(std::size_t offset) const {
    T value;
    std::memcpy(&value, at_ + offset, sizeof(value));
    return value;
  }
  std::string_view text(std::size_t offset, std::size_t size) const {
    return {reinterpret_cast<const char*>(at_) + offset, size};
  }

 private:
  const std::byte* at_;
};

/// Whether a name would stay inside the folder that it is unpacked to.
bool stays_inside(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != name.npos || name.find('\0') != name.npos ||
      (name.size() > 1 && name[1] == ':')) {
    return false;
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return false;
    begin = end + 1;
  }
  return true;
}

/// Reads the directory of one file.
class Parser {
 public:
  explicit Parser(const FileBytes& file) : file_(file) {}

  std::vector<ZipMember> members() {
    const Extent extent = directory();
    std::vector<ZipMember> members;
    std::uint64_t at = extent.begin;
    for (std::uint64_t i = 0; i < extent.entries; ++i) {
      if (extent.end - at < kEntryBytes) damaged("its directory ends inside entry ", i);
      members.push_back(entry(at, extent));
    }
    if (at != extent.end) damaged("its directory has ", extent.end - at, " bytes after its last entry");
    check_apart(members);
    return members;
  }

 private:
  struct Extent {
    std::uint64_t begin, end, entries;
  };
  /// A member's sizes and place, as directory and zip64 field give them.
  struct Place {
    std::uint64_t raw, stored, header;
  };

  template <class... Parts>
  [[noreturn]] void damaged(const Parts&... parts) const {
    fail(ErrorCode::kBadData, file_.name, ": damaged, or no zip file: ", parts..., "; use another copy");
  }
  template <class... Parts>
  [[noreturn]] void unsupported(const Parts&... parts) const {
    fail(ErrorCode::kUnsupported, file_.name, ": ", parts...,
         "; pack it again with members stored or deflated");
  }

  Fields at(std::uint64_t offset) const { return Fields(file_.data + offset); }
  bool holds(std::uint64_t offset, std::size_t bytes, std::uint32_t signature) const {
    return offset <= file_.size && file_.size - offset >= bytes &&
           at(offset).get<std::uint32_t>(0) == signature;
  }

  /// The end record is the last one whose comment ends the file.
  std::uint64_t end_record() const {
    if (file_.size < kEndBytes) damaged("it has ", file_.size, " bytes");
    const std::uint64_t last = file_.size - kEndBytes;
    for (std::uint64_t comment = 0; comment <= std::min<std::uint64_t>(last, kMaxComment); ++comment) {
      const std::uint64_t offset = last - comment;
      if (holds(offset, kEndBytes, kEndSignature) && at(offset).get<std::uint16_t>(20) == comment) {
        return offset;
      }
    }
    damaged("it has no end record, so it is cut off or something else");
  }

  Extent directory() const {
    const std::uint64_t record = end_record();
    const Fields end = at(record);
    const auto entries = end.get<std::uint16_t>(10);
    const auto bytes = end.get<std::uint32_t>(12), begin = end.get<std::uint32_t>(16);
    const bool saturated = entries == kIn64 || bytes == kIn64Long || begin == kIn64Long;
    if (saturated && record >= kLocatorBytes &&
        holds(record - kLocatorBytes, kLocatorBytes, kLocatorSignature)) {
      return directory64(record - kLocatorBytes);
    }
    if (end.get<std::uint16_t>(4) != 0 || end.get<std::uint16_t>(6) != 0)
      unsupported("is one of several disks");
    return checked(begin, bytes, entries, record);
  }

  Extent directory64(std::uint64_t locator) const {
    const auto record = at(locator).get<std::uint64_t>(8);
    if (record > locator || !holds(record, kEnd64Bytes, kEnd64Signature)) {
      damaged("its zip64 end record is not at byte ", record);
    }
    const Fields end = at(record);
    if (end.get<std::uint32_t>(16) != 0 || end.get<std::uint32_t>(20) != 0) {
      unsupported("is one of several disks");
    }
    return checked(end.get<std::uint64_t>(48), end.get<std::uint64_t>(40), end.get<std::uint64_t>(32),
                   record);
  }

  Extent checked(std::uint64_t begin, std::uint64_t bytes, std::uint64_t entries, std::uint64_t limit) const {
    if (begin > limit || bytes > limit - begin) {
      damaged("its directory, bytes ", begin, " + ", bytes, ", reaches beyond byte ", limit);
    }
    if (entries > bytes / kEntryBytes)
      damaged("its directory of ", bytes, " bytes has ", entries, " entries");
    return {begin, begin + bytes, entries};
  }

  /// The entry at `offset`, which is moved behind it.
  ZipMember entry(std::uint64_t& offset, const Extent& directory) const {
    const Fields fields = at(offset);
    if (fields.get<std::uint32_t>(0) != kEntrySignature) damaged("no directory entry at byte ", offset);
    const auto name_bytes = fields.get<std::uint16_t>(28), extra_bytes = fields.get<std::uint16_t>(30),
               comment_bytes = fields.get<std::uint16_t>(32);
    const std::uint64_t bytes = kEntryBytes + name_bytes + extra_bytes + comment_bytes;
    if (bytes > directory.end - offset) damaged("its directory ends inside the entry at byte ", offset);

    ZipMember member;
    member.name = fields.text(kEntryBytes, name_bytes);
    if (!stays_inside(member.name))
      damaged("member name '", beginning_of(member.name), "' is not a path below it");
    check_kind(member.name, fields);
    member.deflated = fields.get<std::uint16_t>(10) == kDeflated;
    member.checksum = fields.get<std::uint32_t>(16);
    Place place{fields.get<std::uint32_t>(24), fields.get<std::uint32_t>(20), fields.get<std::uint32_t>(42)};
    widen(place, member.name, fields.text(kEntryBytes + name_bytes, extra_bytes));
    locate(member, place, fields.get<std::uint16_t>(10), directory.begin);
    offset += bytes;
    return member;
  }

  void check_kind(const std::string& name, const Fields& entry) const {
    constexpr std::uint8_t kUnix = 3;
    constexpr std::uint32_t kKindMask = 0170000, kLink = 0120000;
    const auto method = entry.get<std::uint16_t>(10);
    if ((entry.get<std::uint16_t>(8) & kEncryptionFlags) != 0) {
      unsupported("member '", beginning_of(name), "' is encrypted");
    }
    if (method != kStored && method != kDeflated) {
      unsupported("member '", beginning_of(name), "' has compression method ", method);
    }
    if (entry.get<std::uint8_t>(5) == kUnix && (entry.get<std::uint32_t>(38) >> 16 & kKindMask) == kLink) {
      damaged("member '", beginning_of(name), "' is a symbolic link");
    }
  }

  /// Takes from the zip64 field what does not fit 32 bits; it holds that and nothing else, in this order.
  void widen(Place& place, const std::string& name, std::string_view extra) const {
    std::string_view wide = extra64(extra);
    for (std::uint64_t* value : {&place.raw, &place.stored, &place.header}) {
      if (*value != kIn64Long) continue;
      if (wide.size() < sizeof(*value)) damaged("member '", beginning_of(name), "' lacks its zip64 sizes");
      std::memcpy(value, wide.data(), sizeof(*value));
      wide.remove_prefix(sizeof(*value));
    }
  }

  static std::string_view extra64(std::string_view extra) {
    constexpr std::size_t kHead = 4;
    while (extra.size() >= kHead) {
      const Fields head(reinterpret_cast<const std::byte*>(extra.data()));
      const std::size_t bytes = head.get<std::uint16_t>(2);
      if (bytes > extra.size() - kHead) break;
      if (head.get<std::uint16_t>(0) == kExtra64) return extra.substr(kHead, bytes);
      extra.remove_prefix(kHead + bytes);
    }
    return {};
  }

  /// Sizes and offset, checked against the local header and the file's part before the directory. The local
  /// header's own sizes are not looked at: a writer that streams leaves them 0.
  void locate(ZipMember& member, const Place& place, std::uint16_t method, std::uint64_t limit) const {
    const auto refuse = [&](const auto&... parts) {
      damaged("member '", beginning_of(member.name), "' ", parts...);
    };
    if (place.header > limit || !holds(place.header, kLocalBytes, kLocalSignature)) {
      refuse("has no header at byte ", place.header);
    }
    const Fields local = at(place.header);
    const auto name_bytes = local.get<std::uint16_t>(26), extra_bytes = local.get<std::uint16_t>(28);
    member.offset = place.header + kLocalBytes + name_bytes + extra_bytes;
    member.stored_bytes = place.stored;
    member.raw_bytes = place.raw;
    if (member.offset > limit || place.stored > limit - member.offset) {
      refuse("ends beyond byte ", limit, ", where the directory begins");
    }
    if (local.text(kLocalBytes, name_bytes) != member.name || local.get<std::uint16_t>(8) != method) {
      refuse("differs from its header at byte ", place.header);
    }
    if (!member.deflated && place.raw != place.stored) {
      refuse("is stored as it is, yet has ", place.stored, " bytes for ", place.raw);
    }
    if (member.deflated && place.raw / kMaxGrowth > place.stored) {
      refuse("cannot inflate from ", place.stored, " to ", place.raw, " bytes");
    }
  }

  void check_apart(const std::vector<ZipMember>& members) const {
    std::vector<const ZipMember*> sorted;
    for (const ZipMember& member : members) sorted.push_back(&member);
    std::sort(sorted.begin(), sorted.end(),
              [](const ZipMember* a, const ZipMember* b) { return a->offset < b->offset; });
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      const ZipMember &before = *sorted[i - 1], &after = *sorted[i];
      if (after.offset - before.offset < before.stored_bytes + kLocalBytes + after.name.size()) {
        damaged("members '", beginning_of(before.name), "' and '", beginning_of(after.name),
                "' lie over each other");
      }
    }
  }

  const FileBytes& file_;
};

/// What the readers of one member say when it turns out to be damaged.
[[noreturn]] void broken(const std::string& where, const char* problem) {
  fail(ErrorCode::kBadData, where, ": ", problem, "; use another copy");
}

constexpr const char* kWrongChecksum = "the bytes miss their checksum";

class StoredReader : public ByteReader {
 public:
  StoredReader(std::string where, FileBytes file, const ZipMember& member)
      : where_(std::move(where)),
        owner_(std::move(file.owner)),
        data_(file.data + member.offset),
        behind_(data_, file.mapped),
        left_(member.stored_bytes),
        expected_(member.checksum) {}

  std::size_t read(void* out, std::size_t most) override {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, left_));
    if (size > 0) std::memcpy(out, data_, size);
    if (!skipped_) checksum_ = crc32(checksum_, data_, size);
    move(size);
    if (left_ == 0 && !skipped_ && checksum_ != expected_) broken(where_, kWrongChecksum);
    return size;
  }
  void skip(std::uint64_t bytes) override {
    skipped_ = skipped_ || bytes > 0;
    move(std::min(bytes, left_));
  }

 private:
  void move(std::uint64_t bytes) {
    data_ += bytes;
    left_ -= bytes;
    behind_.move_to(data_);
  }

  std::string where_;
  std::shared_ptr<const void> owner_;
  const std::byte* data_;
  PagesBehind behind_;
  std::uint64_t left_;
  std::uint32_t expected_, checksum_ = 0;
  bool skipped_ = false;
};

class DeflatedReader : public ByteReader {
 public:
  DeflatedReader(std::string where, FileBytes file, const ZipMember& member)
      : where_(std::move(where)),
        owner_(std::move(file.owner)),
        in_(reinterpret_cast<const std::uint8_t*>(file.data) + member.offset),
        behind_(file.data + member.offset, file.mapped),
        in_left_(static_cast<std::size_t>(member.stored_bytes)),
        left_(member.raw_bytes),
        expected_(member.checksum) {}

  std::size_t read(void* out, std::size_t most) override {
    auto* to = static_cast<std::uint8_t*>(out);
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(most, left_));
    for (std::size_t filled = 0; filled < size;) filled += step(to + filled, size - filled);
    checksum_ = crc32(checksum_, out, size);
    left_ -= size;
    if (left_ == 0) finish();
    return size;
  }

 private:
  /// Some more bytes, or an error.
  std::size_t step(std::uint8_t* out, std::size_t room) {
    if (ended_) broken(where_, "its compressed data ends too early");
    const Inflater::Step step = inflater_.inflate(in_, in_left_, out, room);
    in_ += step.consumed;
    in_left_ -= step.consumed;
    behind_.move_to(reinterpret_cast<const std::byte*>(in_));
    ended_ = step.status == Inflater::Status::kMemberEnd;
    if (step.status == Inflater::Status::kBroken) broken(where_, step.problem);
    if (!ended_ && step.produced == 0 && step.consumed == 0) {
      broken(where_, "its compressed data is cut off");
    }
    return step.produced;
  }
  void finish() {
    std::uint8_t more;
    while (!ended_) {
      if (step(&more, 1) != 0) broken(where_, "it inflates to more bytes than the directory says");
    }
    if (in_left_ != 0) broken(where_, "bytes follow its compressed data");
    if (checksum_ != expected_) broken(where_, kWrongChecksum);
  }

  std::string where_;
  std::shared_ptr<const void> owner_;
  Inflater inflater_{Inflater::Wrapper::kNone};
  const std::uint8_t* in_;
  PagesBehind behind_;
  std::size_t in_left_;
  std::uint64_t left_;
  std::uint32_t expected_, checksum_ = 0;
  bool ended_ = false;
};

}  // namespace

struct ZipDirectory::Impl {
  explicit Impl(FileBytes bytes) : file(std::move(bytes)), members(Parser(file).members()) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!by_name.emplace(members[i].name, i).second) {
        fail(ErrorCode::kBadData, file.name, ": member '", beginning_of(members[i].name),
             "' is there twice; use another copy");
      }
    }
  }

  std::string where(const ZipMember& member) const { return file.name + ": " + beginning_of(member.name); }

  FileBytes file;
  std::vector<ZipMember> members;
  std::map<std::string_view, std::size_t> by_name;
};

ZipDirectory::ZipDirectory(FileBytes file) : impl_(std::make_shared<const Impl>(std::move(file))) {}

const std::string& ZipDirectory::file_name() const { return impl_->file.name; }
const std::vector<ZipMember>& ZipDirectory::members() const { return impl_->members; }

const ZipMember* ZipDirectory::find(const std::string& name) const {
  const auto found = impl_->by_name.find(name);
  return found == impl_->by_name.end() ? nullptr : &impl_->members[found->second];
}

std::unique_ptr<ByteReader> ZipDirectory::read(const ZipMember& member) const {
  if (member.deflated) return std::make_unique<DeflatedReader>(impl_->where(member), impl_->file, member);
  return std::make_unique<StoredReader>(impl_->where(member), impl_->file, member);
}

const std::byte* ZipDirectory::in_place(const ZipMember& member) const {
  return member.deflated ? nullptr : impl_->file.data + member.offset;
}

FileBytes ZipDirectory::bytes(const ZipMember& member) const {
  const auto size = static_cast<std::size_t>(member.raw_bytes);
  if (!member.deflated) {
    check_in_place(member);
    return {impl_->where(member), in_place(member), size, impl_};
  }
  const std::shared_ptr<std::byte> memory = aligned_bytes(size);
  read(member)->read(memory.get(), size);
  return {impl_->where(member), memory.get(), size, memory};
}

std::shared_ptr<const void> ZipDirectory::owner() const { return impl_; }

void ZipDirectory::check_in_place(const ZipMember& member) const {
  const auto size = static_cast<std::size_t>(member.raw_bytes);
  if (crc32(0, in_place(member), size) != member.checksum) broken(impl_->where(member), kWrongChecksum);
}

}  // namespace weft::data
