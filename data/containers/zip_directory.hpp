#pragma once
// The members of a zip file, where they lie and what is in them: what .npz and .pt files are made of. Not a
// general unzipper: members stored or deflated, in one file, without encryption, and every length checked.
// Layout: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", version 6.3.
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "data/base/file.hpp"
#include "data/containers/byte_reader.hpp"

namespace weft::data {

struct ZipMember {
  std::string name;
  bool deflated = false;
  std::uint64_t offset = 0;        // of its bytes in the file
  std::uint64_t stored_bytes = 0;  // in the file
  std::uint64_t raw_bytes = 0;     // inflated
  std::uint32_t checksum = 0;      // CRC-32 of the raw bytes
};

/// Cheap to copy: the members and the file are shared.
class ZipDirectory {
 public:
  /// Reads the central directory and the members' local headers.
  /// Errors: kBadData (no zip, cut off, members outside the file or over each other, sizes that no deflate
  /// stream reaches, names twice or leading out of the folder, links); kUnsupported (encryption, other
  /// methods, several disks).
  explicit ZipDirectory(FileBytes file);

  const std::string& file_name() const;
  /// In the directory's order.
  const std::vector<ZipMember>& members() const;
  /// Null when there is none.
  const ZipMember* find(const std::string& name) const;

  /// The member's bytes, inflated. Its checksum and length are compared when its end is read, unless stored
  /// bytes were skipped. Errors of the reader: kBadData.
  std::unique_ptr<ByteReader> read(const ZipMember& member) const;
  /// Where the bytes of a stored member lie; null for a deflated one.
  const std::byte* in_place(const ZipMember& member) const;
  /// All bytes, checksum compared: in place when stored, else inflated into memory. Errors: kBadData.
  FileBytes bytes(const ZipMember& member) const;
  /// Keeps what in_place() points to there.
  std::shared_ptr<const void> owner() const;
  /// Compares the checksum of a stored member. Errors: kBadData.
  void check_in_place(const ZipMember& member) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace weft::data
