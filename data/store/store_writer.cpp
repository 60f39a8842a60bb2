#include <zstd.h>

#include <algorithm>
#include <utility>

#include "data/base/aligned.hpp"
#include "data/base/checksum.hpp"
#include "data/base/file.hpp"
#include "data/store/store_format.hpp"

namespace weft::data {
namespace {

constexpr int kZstdLevel = 3;  // zstd's default: near memory speed, and these sections are small

/// The space has to be there before the first byte is written.
const std::filesystem::path& checked(const std::filesystem::path& path, std::uint64_t expected_bytes) {
  check_free_space(path, expected_bytes, "set WEFT_CACHE to a folder with more");
  return path;
}

}  // namespace

struct StoreWriter::Impl {
  AtomicFile file;
  std::vector<Section> sections;
  std::vector<std::size_t> reserved;
  bool open = false;        // the last section still takes bytes
  std::uint64_t taken = 0;  // its bytes so far, before compression
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> compressor{nullptr, &ZSTD_freeCCtx};
  std::vector<char> piece;  // of compressed bytes

  Impl(const std::filesystem::path& path, std::uint64_t expected_bytes)
      : file(checked(path, expected_bytes)) {
    const std::string header(kStoreHeaderBytes, '\0');  // written at last, so that no unfinished file opens
    file.append(header.data(), header.size());
  }

  void start(const std::string& name, DType dtype, std::vector<std::int64_t> shape, Codec codec) {
    finish();
    WEFT_CHECK(!name.empty() && name.size() <= kMaxNameBytes, "section name '", name, "' has ", name.size(),
               " bytes; 1 to ", kMaxNameBytes, " are possible");
    for (const Section& other : sections)
      WEFT_CHECK(other.name != name, "section '", name, "' is already there");
    Section section;
    section.name = name;
    section.dtype = dtype;
    section.codec = codec;
    section.raw_bytes = array_bytes(dtype, shape);
    section.shape = std::move(shape);
    section.offset = file.size();
    sections.push_back(std::move(section));
    open = true;
    taken = 0;
    if (codec == Codec::kZstd) start_compressing();
  }

  void start_compressing() {
    compressor.reset(ZSTD_createCCtx());
    if (compressor == nullptr) throw std::bad_alloc();
    check_zstd(ZSTD_CCtx_setParameter(compressor.get(), ZSTD_c_compressionLevel, kZstdLevel));
    check_zstd(ZSTD_CCtx_setPledgedSrcSize(compressor.get(), sections.back().raw_bytes));
    piece.resize(ZSTD_CStreamOutSize());
  }

  void append(const void* data, std::size_t bytes) {
    Section& section = sections.back();
    check_room(section, taken, bytes);
    taken += bytes;
    if (section.codec == Codec::kZstd) {
      compress(data, bytes, ZSTD_e_continue);
    } else {
      store(data, bytes);
    }
  }

  /// With ZSTD_e_end until the frame is complete, else until `data` is taken in.
  void compress(const void* data, std::size_t bytes, ZSTD_EndDirective directive) {
    ZSTD_inBuffer in{data, bytes, 0};
    std::size_t left = 1;
    while (directive == ZSTD_e_end ? left != 0 : in.pos < in.size) {
      ZSTD_outBuffer out{piece.data(), piece.size(), 0};
      left = ZSTD_compressStream2(compressor.get(), &out, &in, directive);
      check_zstd(left);
      store(piece.data(), out.pos);
    }
  }

  void store(const void* data, std::size_t bytes) {
    Section& section = sections.back();
    file.append(data, bytes);
    section.stored_bytes += bytes;
    section.checksum = crc32(section.checksum, data, bytes);
  }

  void check_zstd(std::size_t result) const {
    if (!ZSTD_isError(result)) return;
    fail(ErrorCode::kIo, file.path().string(), ": section '", sections.back().name, "': zstd says ",
         ZSTD_getErrorName(result));
  }

  std::size_t reserve(const std::string& name, DType dtype, std::vector<std::int64_t> shape) {
    start(name, dtype, std::move(shape), Codec::kRaw);
    open = false;
    file.reserve(sections.back().raw_bytes);
    file.pad_to(kAlignment);
    reserved.push_back(sections.size() - 1);
    return sections.size() - 1;
  }

  void append_to(std::size_t index, const void* data, std::size_t bytes) {
    Section& section = sections.at(index);
    check_room(section, section.stored_bytes, bytes);
    file.overwrite(section.offset + section.stored_bytes, data, bytes);
    section.stored_bytes += bytes;
    section.checksum = crc32(section.checksum, data, bytes);
  }

  static void check_room(const Section& section, std::uint64_t filled, std::size_t bytes) {
    WEFT_CHECK(bytes <= section.raw_bytes - filled, "section '", section.name, "' gets ", filled + bytes,
               " bytes where its shape needs ", section.raw_bytes);
  }

  static void check_full(const Section& section, std::uint64_t filled) {
    WEFT_CHECK(filled == section.raw_bytes, "section '", section.name, "' has ", filled,
               " bytes where its shape needs ", section.raw_bytes);
  }

  void finish() {
    if (!open) return;
    check_full(sections.back(), taken);
    if (sections.back().codec == Codec::kZstd) compress(nullptr, 0, ZSTD_e_end);
    file.pad_to(kAlignment);
    open = false;
  }
};

StoreWriter::StoreWriter(const std::filesystem::path& path, std::uint64_t expected_bytes)
    : impl_(std::make_unique<Impl>(path, expected_bytes)) {}

StoreWriter::~StoreWriter() = default;

void StoreWriter::add(const std::string& name, const Array& array, Codec codec) {
  impl_->start(name, array.dtype, array.shape, codec);
  impl_->append(array.data, array.bytes());
  impl_->finish();
}

void StoreWriter::begin(const std::string& name, DType dtype, std::vector<std::int64_t> shape, Codec codec) {
  impl_->start(name, dtype, std::move(shape), codec);
}

void StoreWriter::append(const void* data, std::size_t bytes) {
  WEFT_CHECK(impl_->open, "append: no section has been begun");
  impl_->append(data, bytes);
}

std::size_t StoreWriter::reserve(const std::string& name, DType dtype, std::vector<std::int64_t> shape) {
  return impl_->reserve(name, dtype, std::move(shape));
}

void StoreWriter::append_to(std::size_t section, const void* data, std::size_t bytes) {
  impl_->append_to(section, data, bytes);
}

void StoreWriter::add_text(const std::string& name, const std::string& text) {
  add(name, {DType::kU8, {static_cast<std::int64_t>(text.size())}, text.data()}, Codec::kRaw);
}

void StoreWriter::commit() {
  impl_->finish();
  for (const std::size_t section : impl_->reserved) {
    Impl::check_full(impl_->sections[section], impl_->sections[section].stored_bytes);
  }
  const std::string table = encode_table(impl_->sections);
  const std::string header = encode_header(impl_->sections.size(), impl_->file.size(), table);
  impl_->file.append(table.data(), table.size());
  impl_->file.overwrite(0, header.data(), header.size());
  impl_->file.commit();
}

bool StoreWriter::waited() const { return impl_->file.waited(); }

}  // namespace weft::data
