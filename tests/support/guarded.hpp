#pragma once
// Memory of a backend between guard zones that must not change. What an op should write starts as NaN, so
// that an element it forgets is seen; the gap between a matrix's columns and its ld is a guard too.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "kernels/buffer.hpp"
#include "tests/support/storage.hpp"

namespace weft::testing {

inline constexpr unsigned char kGuardByte = 0xA5;
inline constexpr unsigned char kNanByte = 0xFF;  // all bits set is a NaN in float and double
inline constexpr std::size_t kGuardBytes = 256;

/// `bytes` bytes between guards; a failure is reported when it is destroyed with a guard changed.
class GuardedBytes {
 public:
  /// What lies between the guards at first: NaN, or what the allocator left there.
  enum class Contents { kNan, kFresh };

  GuardedBytes(Backend& backend, std::size_t bytes, Contents contents = Contents::kNan)
      : backend_(backend),
        memory_(backend, static_cast<std::int64_t>(bytes + 2 * kGuardBytes), "test memory"),
        bytes_(bytes) {
    const std::vector<unsigned char> guard(kGuardBytes, kGuardByte);
    backend.upload(stream_, memory_.data(), guard.data(), guard.size());
    backend.upload(stream_, memory_.data() + kGuardBytes + bytes, guard.data(), guard.size());
    const std::vector<unsigned char> nan(contents == Contents::kNan ? bytes : 0, kNanByte);
    write(0, nan.data(), nan.size());
  }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  ~GuardedBytes() {
    try {
      check();
    } catch (const Error& error) {  // a device that has failed answers nothing any more
      ADD_FAILURE() << error.what();
    }
  }

  void* data() const { return memory_.data() + kGuardBytes; }
  std::size_t size() const { return bytes_; }

  void write(std::size_t offset, const void* host, std::size_t bytes) {
    if (bytes > 0) backend_.upload(stream_, memory_.data() + kGuardBytes + offset, host, bytes);
  }
  std::vector<unsigned char> read() const { return download(kGuardBytes, bytes_); }
  /// Makes bytes inside the memory a guard too: they must stay as they are (NaN bytes).
  void protect(std::size_t offset, std::size_t bytes) {
    if (bytes > 0) protected_.push_back({offset, bytes});
  }

 private:
  struct Piece {
    std::size_t offset;
    std::size_t bytes;
  };

  std::vector<unsigned char> download(std::size_t offset, std::size_t bytes) const {
    std::vector<unsigned char> host(bytes);
    backend_.download(stream_, host.data(), memory_.data() + offset, bytes);
    return host;
  }
  void check() const {
    const std::size_t behind = kGuardBytes + bytes_;
    check_bytes(download(0, kGuardBytes), {0, kGuardBytes}, kGuardByte, "before");
    check_bytes(download(behind, kGuardBytes), {0, kGuardBytes}, kGuardByte, "behind");
    if (protected_.empty()) return;
    const auto inside = read();
    for (const Piece& piece : protected_) check_bytes(inside, piece, kNanByte, "inside");
  }
  void check_bytes(const std::vector<unsigned char>& host, const Piece& piece, unsigned char wanted,
                   const char* where) const {
    for (std::size_t i = piece.offset; i < piece.offset + piece.bytes; ++i) {
      if (host[i] == wanted) continue;
      ADD_FAILURE() << "guard byte " << i << " " << where << " memory of " << bytes_
                    << " bytes was overwritten";
      return;
    }
  }

  Backend& backend_;
  mutable Stream stream_;
  Buffer<unsigned char> memory_;
  std::size_t bytes_;
  std::vector<Piece> protected_;
};

/// A guarded vector of T, all NaN bytes or copied from the host.
template <class T>
class GuardedVec {
 public:
  GuardedVec(Backend& backend, std::int64_t size)
      : size_(size), memory_(backend, static_cast<std::size_t>(size) * sizeof(T)) {}
  GuardedVec(Backend& backend, const std::vector<T>& host)
      : GuardedVec(backend, static_cast<std::int64_t>(host.size())) {
    memory_.write(0, host.data(), host.size() * sizeof(T));
  }

  T* data() const { return static_cast<T*>(memory_.data()); }
  Vec<T> view() const { return {data(), size_}; }
  std::vector<T> values() const {
    const auto bytes = memory_.read();
    std::vector<T> host(static_cast<std::size_t>(size_));
    if (!bytes.empty()) std::memcpy(host.data(), bytes.data(), bytes.size());
    return host;
  }

 private:
  std::int64_t size_;
  GuardedBytes memory_;
};

/// A guarded matrix, all NaN or copied from dense host values, which are rounded where it is bfloat16.
class GuardedMatrix {
 public:
  GuardedMatrix(Backend& backend, std::int64_t rows, std::int64_t cols, const Storage& storage = {})
      : rows_(rows),
        cols_(cols),
        ld_(storage.ld(cols)),
        dtype_(storage.dtype),
        memory_(backend, bytes(rows * ld_)) {
    for (std::int64_t r = 0; r < rows; ++r) memory_.protect(bytes(r * ld_ + cols), bytes(ld_ - cols));
  }
  GuardedMatrix(Backend& backend, std::int64_t rows, std::int64_t cols, const std::vector<float>& host,
                const Storage& storage = {})
      : GuardedMatrix(backend, rows, cols, storage) {
    std::vector<unsigned char> row(bytes(cols));
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < cols; ++c)
        encode(host[static_cast<std::size_t>(r * cols + c)], &row[bytes(c)]);
      memory_.write(bytes(r * ld_), row.data(), row.size());
    }
  }

  Mat view() const { return {memory_.data(), rows_, cols_, ld_, dtype_}; }
  /// The elements without the gaps, row after row.
  std::vector<float> values() const {
    const auto raw = memory_.read();
    std::vector<float> host;
    for (std::int64_t r = 0; r < rows_; ++r) {
      for (std::int64_t c = 0; c < cols_; ++c) host.push_back(decode(raw.data() + bytes(r * ld_ + c)));
    }
    return host;
  }

 private:
  std::size_t bytes(std::int64_t elements) const {
    return static_cast<std::size_t>(elements) * dtype_bytes(dtype_);
  }
  void encode(float value, unsigned char* to) const {
    const Bf16 narrow = to_bf16(value);
    if (dtype_ == DType::kBf16) {
      std::memcpy(to, &narrow, sizeof(narrow));
    } else {
      std::memcpy(to, &value, sizeof(value));
    }
  }
  float decode(const unsigned char* from) const {
    Bf16 narrow;
    float value;
    if (dtype_ == DType::kBf16) {
      std::memcpy(&narrow, from, sizeof(narrow));
      return to_float(narrow);
    }
    std::memcpy(&value, from, sizeof(value));
    return value;
  }

  std::int64_t rows_;
  std::int64_t cols_;
  std::int64_t ld_;
  DType dtype_;
  GuardedBytes memory_;
};

/// A stream with exactly the scratch an op asked for, guarded and full of NaN.
class ScratchStream {
 public:
  ScratchStream(Backend& backend, std::size_t bytes)
      : scratch_(backend, bytes, contents(backend)), stream_{nullptr, scratch_.data(), bytes} {}
  operator Stream&() { return stream_; }

 private:
  /// The host execution of kernels leaves NaN by itself, and its checking form knows that nobody wrote it.
  static GuardedBytes::Contents contents(const Backend& backend) {
    const bool host_execution = std::strcmp(backend.name(), "simt") == 0;
    return host_execution ? GuardedBytes::Contents::kFresh : GuardedBytes::Contents::kNan;
  }

  GuardedBytes scratch_;
  Stream stream_;
};

/// Runs an op with such a stream.
template <class Op>
void run_guarded(Backend& backend, const Op& op) {
  ScratchStream stream(backend, backend.scratch(op));
  backend.run(stream, op);
}

}  // namespace weft::testing
