#pragma once
// The text of a .csv or .csv.gz file, read once from start to end.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace weft::data {

/// A name ending in .gz must hold gzip (one or several members, trailing zero bytes allowed); any other name
/// is read as it is.
/// Errors, here and in read(): kNotFound (no such file), kIo, kBadData (not gzip, damaged, cut off, bytes
/// after the end), each naming the file.
class TextFile {
 public:
  explicit TextFile(const std::filesystem::path& path);
  ~TextFile();
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  /// Fills `out`; fewer than `size` bytes only at the end of the text.
  std::size_t read(char* out, std::size_t size);
  /// Share of the file's bytes that has been read, 0 to 1.
  double fraction() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Tells whether a file's bytes, as they lie on disk, are those they were: not against forgery. Not a CRC-32,
/// which is blind here: gzip files end in their own. Errors: kNotFound, kIo.
std::uint64_t file_digest(const std::filesystem::path& path);

}  // namespace weft::data
