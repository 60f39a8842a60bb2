#pragma once
// Files that appear whole or not at all, and files read through a mapping.
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace weft::data {

/// Writes `<path>.partial`; commit() syncs it, renames it to `path` and syncs the folder. Without commit()
/// nothing is left behind. The partial file carries an advisory lock (flock), so one writer at a time works
/// on a path: a second one waits, and what a killed process left is written over.
class AtomicFile {
 public:
  /// Errors: kIo naming the file (folder missing or not writable, no locks on this file system).
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Bytes at the end. Errors: kNoSpace, kIo.
  void append(const void* data, std::size_t bytes);
  /// Zero bytes until the size is a multiple of `alignment`, at most 4096.
  void pad_to(std::size_t alignment);
  /// Bytes over what lies at `offset` already.
  void overwrite(std::uint64_t offset, const void* data, std::size_t bytes);
  /// Errors: kNoSpace, kIo; the file that was at `path` before is then untouched.
  void commit();

  std::uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }
  /// Whether another writer of the same path was at work first; its file is then at `path` if it succeeded.
  bool waited() const { return waited_; }

 private:
  bool open_and_lock();
  void release();
  void write_at(std::uint64_t offset, const void* data, std::size_t bytes);

  std::filesystem::path path_;
  std::filesystem::path partial_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  bool waited_ = false;
};

/// A whole file, read-only. A file that another process replaces by renaming stays as it was; one that is cut
/// short in place ends the process with SIGBUS, as any mapping does.
class MappedFile {
 public:
  /// Errors: kNotFound, kIo.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// Page-aligned; null for an empty file.
  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Errors: kNoSpace when fewer than `bytes` are free where `path` will lie, with both figures.
void check_free_space(const std::filesystem::path& path, std::uint64_t bytes);

}  // namespace weft::data
