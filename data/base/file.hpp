#pragma once
// Files that appear whole or not at all, and files read through a mapping.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::data {

/// A file that one process at a time works on: it carries an advisory lock (flock) for as long as this object
/// lives. What it held before is kept. Errors of all members: kNoSpace, kIo.
class LockedFile {
 public:
  enum class IfLocked : std::uint8_t { kWait, kRefuse };

  /// Opens the file, or creates it. Errors: kIo naming the file (folder missing or not writable, no locks on
  /// this file system); kExists when another process has it and we shall not wait.
  LockedFile(std::filesystem::path path, IfLocked if_locked);
  ~LockedFile();
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  std::uint64_t size() const;
  void write_at(std::uint64_t offset, const void* data, std::size_t bytes);
  /// Cuts the file off, or fills it with zeros, up to this size.
  void resize(std::uint64_t bytes);
  /// Returns once the disk holds what was written.
  void sync();
  /// Syncs the file, gives it this name, syncs the folder, and gives up the lock.
  void commit(const std::filesystem::path& name);
  /// Deletes the file and gives up the lock.
  void remove() noexcept;

  const std::filesystem::path& path() const { return path_; }
  /// Whether another process had the lock when we came.
  bool waited() const { return waited_; }
  /// Whether neither commit() nor remove() was called.
  bool is_open() const { return file_ >= 0; }

 private:
  bool open_and_lock(IfLocked if_locked);
  void release() noexcept;

  std::filesystem::path path_;
  int file_ = -1;
  bool waited_ = false;
};

/// What AtomicFile adds to the name of a file that is being written.
inline constexpr const char* kPartial = ".partial";

/// Writes `<path>.partial`; commit() syncs it, renames it to `path` and syncs the folder. Without commit()
/// nothing is left behind. The partial file is locked, so one writer at a time works on a path: a second one
/// waits or is refused, and what a killed process left is written over.
class AtomicFile {
 public:
  /// Errors: those of LockedFile.
  explicit AtomicFile(std::filesystem::path path,
                      LockedFile::IfLocked if_locked = LockedFile::IfLocked::kWait);
  ~AtomicFile();

  /// Bytes at the end. Errors: kNoSpace, kIo.
  void append(const void* data, std::size_t bytes);
  /// As many zero bytes, to be overwritten later.
  void reserve(std::uint64_t bytes);
  /// Zero bytes until the size is a multiple of `alignment`, at most 4096.
  void pad_to(std::size_t alignment);
  /// Bytes over what lies at `offset` already.
  void overwrite(std::uint64_t offset, const void* data, std::size_t bytes);
  /// Errors: kNoSpace, kIo; the file that was at `path` before is then untouched.
  void commit();

  std::uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }
  /// Whether another writer of the same path was at work first; its file is then at `path` if it succeeded.
  bool waited() const { return partial_.waited(); }

 private:
  std::filesystem::path path_;
  LockedFile partial_;
  std::uint64_t size_ = 0;
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

/// Bytes of a file, or of a piece of one, in memory or mapped; `owner` keeps them there.
struct FileBytes {
  std::string name;  // for messages
  const std::byte* data = nullptr;
  std::size_t size = 0;
  std::shared_ptr<const void> owner;
  bool mapped = false;  // for reading, from a file: pages can be let go and come back
};

/// Lets go of the pages of a mapped file behind somebody who reads it once, so that memory does not fill up
/// with what has been read.
class PagesBehind {
 public:
  PagesBehind(const std::byte* begin, bool mapped) : begin_(begin), mapped_(mapped) {}
  /// Everything before `now` has been read.
  void move_to(const std::byte* now);

 private:
  const std::byte* begin_;
  bool mapped_;
};

/// A whole file, mapped. Errors: as MappedFile.
FileBytes map_file(const std::filesystem::path& path);

/// Throws kNoSpace or kIo in place of what the standard library says, with the path.
[[noreturn]] void fail_as_file_error(const std::filesystem::filesystem_error& error);

/// What `call` returns; whatever the file system refuses on the way is an Error.
template <class Call>
auto with_file_errors(const Call& call) {
  try {
    return call();
  } catch (const std::filesystem::filesystem_error& error) {
    fail_as_file_error(error);
  }
}

/// ASCII letters made small, for endings of names: people have UP.NPZ.
std::string in_small_letters(std::string text);

/// As much of a name that a file has inside as a message needs.
std::string beginning_of(std::string_view name);

/// Whether there is anything, or a folder, of that name. Errors: kIo where that cannot be told, as without
/// the right to look into the folder above.
bool is_there(const std::filesystem::path& path);
bool is_folder(const std::filesystem::path& path);
/// What lies in a folder, sorted by name; nothing where it is missing. Errors: kIo.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

/// For two files of which each would do: kBadData naming both.
[[noreturn]] void refuse_both(const std::filesystem::path& one, const std::filesystem::path& other);

/// `<path><ending>`: a file beside another one.
std::filesystem::path beside(std::filesystem::path path, const char* ending);

/// Makes a folder, and those above it that are missing, and returns once the disk holds their names. False
/// where it was there already. Errors: kIo, kNoSpace.
bool make_folder(const std::filesystem::path& path);

/// Errors: kNoSpace when fewer than `bytes` are free where `path` will lie (its folder may be missing yet),
/// with both figures and `advice`.
void check_free_space(const std::filesystem::path& path, std::uint64_t bytes, const char* advice);

}  // namespace weft::data
