#include "data/cache/spill_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

[[noreturn]] void fail_io(const std::filesystem::path& folder, const char* doing, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  fail(full ? ErrorCode::kNoSpace : ErrorCode::kIo, folder.string(), ": cannot ", doing,
       " a temporary file: ", std::strerror(error),
       full ? "; free some space, set WEFT_CACHE to a folder with more, or allow more memory"
            : "; check the folder and its rights");
}

}  // namespace

SpillFile::SpillFile(const std::filesystem::path& folder, std::size_t block_bytes)
    : name_(folder), block_bytes_(block_bytes) {
  std::string name = (folder / "spill-XXXXXX").string();
  file_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (file_ < 0) fail_io(name_, "create", errno);
  ::unlink(name.c_str());
}

SpillFile::~SpillFile() { ::close(file_); }

std::int64_t SpillFile::write(const void* data, std::size_t bytes) {
  WEFT_CHECK(bytes <= block_bytes_, "spill: ", bytes, " bytes into a block of ", block_bytes_);
  std::int64_t block = blocks_;
  if (free_.empty()) {
    ++blocks_;
  } else {
    block = free_.back();
    free_.pop_back();
  }
  const auto* from = static_cast<const char*>(data);
  off_t at = static_cast<off_t>(block) * static_cast<off_t>(block_bytes_);
  while (bytes > 0) {
    const ssize_t done = ::pwrite(file_, from, bytes, at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail_io(name_, "write", errno);
    from += done;
    at += done;
    bytes -= static_cast<std::size_t>(done);
  }
  return block;
}

void SpillFile::read(std::int64_t block, void* out, std::size_t bytes) {
  auto* to = static_cast<char*>(out);
  off_t at = static_cast<off_t>(block) * static_cast<off_t>(block_bytes_);
  while (bytes > 0) {
    const ssize_t done = ::pread(file_, to, bytes, at);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) fail_io(name_, "read", done < 0 ? errno : EIO);
    to += done;
    at += done;
    bytes -= static_cast<std::size_t>(done);
  }
}

}  // namespace weft::data
