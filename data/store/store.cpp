#include "data/store/store.hpp"

#include <zstd.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "data/base/aligned.hpp"
#include "data/base/checksum.hpp"
#include "data/base/file.hpp"
#include "data/base/parallel.hpp"
#include "data/store/store_format.hpp"

namespace weft::data {

struct Store::Impl {
  explicit Impl(const std::filesystem::path& path)
      : name(path.string()), file(path), sections(decode_sections(file.data(), file.size(), name)) {}

  const Section& find(const std::string& wanted) const {
    for (const Section& section : sections) {
      if (section.name == wanted) return section;
    }
    fail(ErrorCode::kNotFound, name, ": no section '", wanted, "'; run 'weft convert' again");
  }

  const std::byte* stored(const Section& section) const { return file.data() + section.offset; }

  void check(const Section& section, bool once = false) const {
    constexpr std::uint64_t kPiece = 1 << 20;
    const std::byte* data = stored(section);
    PagesBehind behind(data, once);
    std::uint32_t checksum = 0;
    for (std::uint64_t at = 0; at < section.stored_bytes; at += kPiece) {
      checksum = crc32(checksum, data + at, std::min(kPiece, section.stored_bytes - at));
      behind.move_to(data + at);
    }
    if (checksum != section.checksum) {
      fail_damaged(name, "section '" + section.name + "' misses its checksum");
    }
  }

  std::shared_ptr<std::byte> inflate(const Section& section) const {
    check(section);
    std::shared_ptr<std::byte> out = aligned_bytes(section.raw_bytes);
    const std::size_t bytes =
        ZSTD_decompress(out.get(), section.raw_bytes, stored(section), section.stored_bytes);
    if (ZSTD_isError(bytes) || bytes != section.raw_bytes) {
      fail_damaged(name, "section '" + section.name + "' does not inflate to its length");
    }
    return out;
  }

  const std::byte* data(const Section& section) {
    if (section.codec == Codec::kRaw) return stored(section);
    const std::lock_guard lock(mutex);
    std::shared_ptr<std::byte>& memory = inflated[section.name];
    if (memory == nullptr) memory = inflate(section);
    return memory.get();
  }

  // The padding before `next` is zero: no byte of the file may change unnoticed.
  void check_padding(const Section& section) const {
    const std::uint64_t end = section.offset + section.stored_bytes;
    const auto zero = [](std::byte value) { return value == std::byte{0}; };
    if (!std::all_of(file.data() + end, file.data() + align_up(end), zero)) {
      fail_damaged(name, "bytes behind section '" + section.name + "' are not zero");
    }
  }

  std::string name;
  MappedFile file;
  std::vector<Section> sections;
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<std::byte>> inflated;
};

Store::Store() = default;
Store::~Store() = default;

std::shared_ptr<Store> Store::open(const std::filesystem::path& path) {
  std::shared_ptr<Store> store(new Store);
  store->impl_ = std::make_unique<Impl>(path);
  return store;
}

bool Store::has(const std::string& name) const {
  return std::any_of(impl_->sections.begin(), impl_->sections.end(),
                     [&](const Section& section) { return section.name == name; });
}

std::vector<std::string> Store::names() const {
  std::vector<std::string> names;
  for (const Section& section : impl_->sections) names.push_back(section.name);
  return names;
}

Array Store::array(const std::string& name) const {
  const Section& section = impl_->find(name);
  return {section.dtype, section.shape, impl_->data(section)};
}

std::string Store::text(const std::string& name) const {
  if (impl_->find(name).codec != Codec::kRaw) fail_damaged(impl_->name, "text '" + name + "' is compressed");
  const Array array = this->array(name);
  const Vec<const std::uint8_t> bytes = array.as<std::uint8_t>();
  return {bytes.begin(), bytes.end()};
}

void Store::verify(int threads, bool once) const {
  const auto count = static_cast<std::int64_t>(impl_->sections.size());
  parallel_for(count, threads, [&](std::int64_t i) {
    const Section& section = impl_->sections[static_cast<std::size_t>(i)];
    impl_->check(section, once);
    impl_->check_padding(section);
  });
}

std::uint64_t Store::file_bytes() const { return impl_->file.size(); }

}  // namespace weft::data
