#include "data/csv/text_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "data/base/inflate.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr std::size_t kInputBytes = 256 * 1024;

/// A file descriptor that closes itself and names its file in errors.
class File {
 public:
  explicit File(const std::filesystem::path& path) : name_(path.string()), fd_(open(path)) {
    const off_t end = ::lseek(fd_, 0, SEEK_END);
    if (end < 0 || ::lseek(fd_, 0, SEEK_SET) < 0) refuse("read");
    size_ = static_cast<std::uint64_t>(end);
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::size_t read(void* out, std::size_t size) {
    for (;;) {
      const ssize_t got = ::read(fd_, out, size);
      if (got >= 0) {
        position_ += static_cast<std::uint64_t>(got);
        return static_cast<std::size_t>(got);
      }
      if (errno != EINTR) refuse("read");
    }
  }

  /// Fewer bytes than `size` only at the end of the file.
  std::size_t read_all(void* out, std::size_t size) {
    std::size_t filled = 0;
    while (filled < size) {
      const std::size_t got = read(static_cast<char*>(out) + filled, size - filled);
      if (got == 0) break;
      filled += got;
    }
    return filled;
  }

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }
  std::uint64_t position() const { return position_; }

 private:
  int open(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
      fail(ErrorCode::kNotFound, name_, ": no such file");
    }
    if (fd < 0) refuse("open");
    return fd;
  }
  [[noreturn]] void refuse(const char* verb) {
    fail(ErrorCode::kIo, name_, ": cannot ", verb, ": ", std::strerror(errno),
         "; check the file and its rights");
  }

  std::string name_;
  int fd_;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
};

}  // namespace

struct TextFile::Impl {
  explicit Impl(const std::filesystem::path& path) : file(path), zipped(path.extension() == ".gz") {
    if (!zipped) return;
    input.resize(kInputBytes);
    refill();
    check_magic();
  }

  void refill() {
    begin = 0;
    end = file.read(input.data(), input.size());
  }

  [[noreturn]] void broken(const std::string& problem) const {
    fail(ErrorCode::kBadData, file.name(), ": ", problem, "; use another copy");
  }

  void check_magic() const {
    if (end == 0) broken("is empty where gzip data is wanted");
    if (input[0] != 0x1f || (end > 1 && input[1] != 0x8b)) {
      broken("is not a gzip file (its name ends in .gz, its bytes do not begin with 1f 8b)");
    }
  }

  /// Between members: true when another one follows.
  bool next_member() {
    for (;;) {
      while (begin < end && input[begin] == 0) ++begin;  // padding, which gzip allows
      if (begin < end) break;
      refill();
      if (end == 0) return false;
    }
    if (input[begin] != 0x1f) {
      broken(detail::concat("bytes after the end of the gzip data, from byte ",
                            file.position() - (end - begin)));
    }
    inflater.reset();
    return true;
  }

  std::size_t read_zipped(char* out, std::size_t size) {
    std::size_t filled = 0;
    while (filled < size && !finished) {
      const Inflater::Step step = inflater.inflate(
          input.data() + begin, end - begin, reinterpret_cast<std::uint8_t*>(out) + filled, size - filled);
      begin += step.consumed;
      filled += step.produced;
      if (step.status == Inflater::Status::kBroken) broken(step.problem);
      if (step.status == Inflater::Status::kMemberEnd) {
        finished = !next_member();
      } else if (begin == end && filled < size) {
        refill();
        if (end == 0) broken(detail::concat("is cut off after ", file.position(), " bytes"));
      }
    }
    return filled;
  }

  File file;
  bool zipped;
  bool finished = false;  // every member is decoded
  Inflater inflater;
  std::vector<std::uint8_t> input;
  std::size_t begin = 0, end = 0;  // what is left of `input`
};

TextFile::TextFile(const std::filesystem::path& path) : impl_(std::make_unique<Impl>(path)) {}
TextFile::~TextFile() = default;

std::size_t TextFile::read(char* out, std::size_t size) {
  return impl_->zipped ? impl_->read_zipped(out, size) : impl_->file.read_all(out, size);
}

double TextFile::fraction() const {
  const std::uint64_t size = impl_->file.size();
  return size == 0 ? 1.0 : static_cast<double>(impl_->file.position()) / static_cast<double>(size);
}

std::uint64_t file_digest(const std::filesystem::path& path) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio
  File file(path);
  std::vector<char> buffer(kInputBytes);
  std::uint64_t digest = file.size() * kOdd;
  while (const std::size_t got = file.read_all(buffer.data(), buffer.size())) {
    std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(got), buffer.end(), '\0');
    for (std::size_t at = 0; at < got; at += sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, buffer.data() + at, sizeof word);
      digest = (digest ^ word) * kOdd;
      digest ^= digest >> 32;
    }
  }
  return digest;
}

}  // namespace weft::data
