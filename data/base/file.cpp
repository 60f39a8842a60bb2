#include "data/base/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr mode_t kMode = 0666;  // what the user's umask leaves of it

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

bool is_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

[[noreturn]] void fail_io(const std::filesystem::path& path, const char* doing, int error) {
  if (is_full(error)) {
    fail(ErrorCode::kNoSpace, path.native(), ": cannot ", doing, ": ", std::strerror(error),
         "; free some space or write somewhere else");
  }
  fail(ErrorCode::kIo, path.native(), ": cannot ", doing, ": ", std::strerror(error),
       error == EACCES ? "; give yourself the right to it" : "");
}

/// Calls a system function again for as long as a signal interrupts it.
template <class Call>
auto uninterrupted(const Call& call) {
  auto result = call();
  while (result == -1 && errno == EINTR) result = call();
  return result;
}

std::filesystem::file_type type_of(const std::filesystem::path& path) {
  std::error_code failed;
  const std::filesystem::file_status status = std::filesystem::status(path, failed);
  if (status.type() == std::filesystem::file_type::none) fail_io(path, "look at it", failed.value());
  return status.type();
}

void sync_folder(const std::filesystem::path& folder) {
  const int file = uninterrupted([&] { return open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (file < 0) fail_io(folder, "open the folder", errno);
  const int result = uninterrupted([&] { return fsync(file); });
  const int error = errno;
  close(file);
  // Some network file systems cannot sync folders and say EINVAL; the rename stands all the same.
  if (result != 0 && error != EINVAL) fail_io(folder, "sync the folder", error);
}

}  // namespace

LockedFile::LockedFile(std::filesystem::path path, IfLocked if_locked) : path_(std::move(path)) {
  while (!open_and_lock(if_locked)) {
  }
}

// True once this object holds the lock on the file that now has the name. The previous holder may have
// renamed or removed the file while we waited for its lock; then there is a new one to open.
bool LockedFile::open_and_lock(IfLocked if_locked) {
  file_ = uninterrupted([&] { return open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode); });
  if (file_ < 0) fail_io(path_, "create the file", errno);
  struct stat ours {};
  struct stat named {};
  bool locked = flock(file_, LOCK_EX | LOCK_NB) == 0;
  if (!locked && errno == EWOULDBLOCK) {
    waited_ = true;
    if (if_locked == IfLocked::kRefuse) {
      close(std::exchange(file_, -1));
      fail(ErrorCode::kExists, path_.native(), ": another process is writing it; wait until it has ended");
    }
    locked = uninterrupted([&] { return flock(file_, LOCK_EX); }) == 0;
  }
  const int error = errno;
  if (locked && fstat(file_, &ours) == 0 && stat(path_.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
      ours.st_dev == named.st_dev) {
    return true;
  }
  close(std::exchange(file_, -1));
  if (!locked) fail_io(path_, "lock the file", error);
  return false;
}

LockedFile::~LockedFile() { release(); }

// Unlocks by name: closing alone would leave the lock to a child that was forked meanwhile.
void LockedFile::release() noexcept {
  if (file_ < 0) return;
  flock(file_, LOCK_UN);
  close(std::exchange(file_, -1));
}

std::uint64_t LockedFile::size() const {
  struct stat facts {};
  if (fstat(file_, &facts) != 0) fail_io(path_, "ask for the size", errno);
  return static_cast<std::uint64_t>(facts.st_size);
}

void LockedFile::write_at(std::uint64_t offset, const void* data, std::size_t bytes) {
  const auto* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written =
        uninterrupted([&] { return pwrite(file_, from, bytes, static_cast<off_t>(offset)); });
    if (written < 0) fail_io(path_, "write", errno);
    from += written;
    offset += static_cast<std::uint64_t>(written);
    bytes -= static_cast<std::size_t>(written);
  }
}

void LockedFile::resize(std::uint64_t bytes) {
  if (uninterrupted([&] { return ftruncate(file_, static_cast<off_t>(bytes)); }) != 0) {
    fail_io(path_, "set the size", errno);
  }
}

void LockedFile::sync() {
  if (uninterrupted([&] { return fsync(file_); }) != 0) fail_io(path_, "sync", errno);
}

void LockedFile::commit(const std::filesystem::path& name) {
  sync();
  if (rename(path_.c_str(), name.c_str()) != 0) fail_io(name, "rename the finished file", errno);
  release();
  sync_folder(folder_of(name));
}

void LockedFile::remove() noexcept {
  if (file_ < 0) return;
  unlink(path_.c_str());  // before the lock goes, so that it is ours
  release();
}

AtomicFile::AtomicFile(std::filesystem::path path, LockedFile::IfLocked if_locked)
    : path_(std::move(path)), partial_(beside(path_, kPartial), if_locked) {
  partial_.resize(0);
}

AtomicFile::~AtomicFile() { partial_.remove(); }

void AtomicFile::append(const void* data, std::size_t bytes) {
  partial_.write_at(size_, data, bytes);
  size_ += bytes;
}

void AtomicFile::reserve(std::uint64_t bytes) {
  size_ += bytes;
  partial_.resize(size_);
}

void AtomicFile::pad_to(std::size_t alignment) {
  constexpr std::array<char, 4096> kZeros{};
  WEFT_CHECK(alignment > 0 && alignment <= kZeros.size(), "pad_to: alignment ", alignment);
  append(kZeros.data(), (alignment - size_ % alignment) % alignment);
}

void AtomicFile::overwrite(std::uint64_t offset, const void* data, std::size_t bytes) {
  WEFT_CHECK(offset + bytes <= size_, "overwrite: [", offset, ", +", bytes, ") of ", size_, " bytes");
  partial_.write_at(offset, data, bytes);
}

void AtomicFile::commit() { partial_.commit(path_); }

MappedFile::MappedFile(const std::filesystem::path& path) {
  const int file = uninterrupted([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (file < 0 && errno == ENOENT) fail(ErrorCode::kNotFound, path.native(), ": no such file");
  if (file < 0) fail_io(path, "open", errno);
  struct stat facts {};
  int error = fstat(file, &facts) == 0 ? 0 : errno;
  if (error == 0 && !S_ISREG(facts.st_mode)) error = S_ISDIR(facts.st_mode) ? EISDIR : EINVAL;
  if (error == 0 && facts.st_size > 0) {
    size_ = static_cast<std::size_t>(facts.st_size);
    void* data = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED) {
      error = errno;
    } else {
      data_ = static_cast<const std::byte*>(data);
    }
  }
  close(file);
  if (error != 0) fail_io(path, "read", error);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(const_cast<std::byte*>(data_), size_);
}

void PagesBehind::move_to(const std::byte* now) {
  constexpr std::ptrdiff_t kWorthACall = 4 << 20;
  if (!mapped_ || now - begin_ < kWorthACall) return;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t first = (reinterpret_cast<std::uintptr_t>(begin_) + page - 1) / page * page;
  const std::uintptr_t last = reinterpret_cast<std::uintptr_t>(now) / page * page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  begin_ = now;
}

void fail_as_file_error(const std::filesystem::filesystem_error& error) {
  fail(is_full(error.code().value()) ? ErrorCode::kNoSpace : ErrorCode::kIo, error.path1().native(), ": ",
       error.code().message(), "; check the file and its rights");
}

FileBytes map_file(const std::filesystem::path& path) {
  auto file = std::make_shared<const MappedFile>(path);
  return {path.string(), file->data(), file->size(), file, true};
}

bool is_there(const std::filesystem::path& path) {
  return type_of(path) != std::filesystem::file_type::not_found;
}

bool is_folder(const std::filesystem::path& path) {
  return type_of(path) == std::filesystem::file_type::directory;
}

std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> entries;
  if (!is_folder(folder)) return entries;
  std::error_code failed;
  std::filesystem::directory_iterator entry(folder, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed))
    entries.push_back(entry->path());
  if (failed) fail_io(folder, "list the folder", failed.value());
  std::sort(entries.begin(), entries.end());
  return entries;
}

void refuse_both(const std::filesystem::path& one, const std::filesystem::path& other) {
  fail(ErrorCode::kBadData, one.native(), ": is there beside ", other.filename().native(),
       ", which stands for the same; keep one");
}

std::filesystem::path beside(std::filesystem::path path, const char* ending) {
  path += ending;
  return path;
}

std::string in_small_letters(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string beginning_of(std::string_view name) {
  constexpr std::size_t kMost = 80;
  return std::string(name.substr(0, kMost));
}

bool make_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_filename() ? path : path.parent_path();
  const std::filesystem::path above = folder_of(folder);
  std::error_code failed;
  if (!std::filesystem::exists(above, failed)) make_folder(above);
  const bool made = std::filesystem::create_directory(folder, failed);
  if (failed) fail_io(folder, "make the folder", failed.value());
  if (made) sync_folder(above);
  return made;
}

void check_free_space(const std::filesystem::path& path, std::uint64_t bytes, const char* advice) {
  constexpr double kMegabyte = 1e6;
  struct statvfs facts {};
  std::filesystem::path folder = folder_of(path);
  for (std::error_code ignored; folder.has_relative_path() && !std::filesystem::exists(folder, ignored);) {
    folder = folder_of(folder.has_filename() ? folder : folder.parent_path());
  }
  if (uninterrupted([&] { return statvfs(folder.c_str(), &facts); }) != 0) {
    fail_io(folder, "ask for the free space", errno);
  }
  const double free = static_cast<double>(facts.f_bavail) * static_cast<double>(facts.f_frsize);
  if (static_cast<double>(bytes) <= free) return;
  fail(ErrorCode::kNoSpace, path.native(), ": needs ", static_cast<double>(bytes) / kMegabyte,
       " MB but only ", free / kMegabyte, " MB are free; free some space or ", advice);
}

}  // namespace weft::data
