#pragma once
// Memory of a backend between guard zones that must not change. What an op should write starts as NaN, so
// that an element it forgets is seen; the gap between a matrix's columns and its ld is a guard too.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "kernels/buffer.hpp"

namespace weft::testing {

inline constexpr unsigned char kGuardByte = 0xA5;
inline constexpr unsigned char kNanByte = 0xFF;  // all bits set is a NaN in float and double
inline constexpr std::size_t kGuardBytes = 256;

/// `bytes` bytes between guards; a failure is reported when it is destroyed with a guard changed.
class GuardedBytes {
 public:
  GuardedBytes(Backend& backend, std::size_t bytes)
      : backend_(backend),
        memory_(backend, static_cast<std::int64_t>(bytes + 2 * kGuardBytes), "test memory"),
        bytes_(bytes),
        protected_(bytes, false) {
    std::vector<unsigned char> host(memory_.bytes(), kGuardByte);
    std::memset(host.data() + kGuardBytes, kNanByte, bytes);
    memory_.upload(stream_, host.data());
  }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  ~GuardedBytes() { check(); }

  void* data() const { return memory_.data() + kGuardBytes; }
  std::size_t size() const { return bytes_; }

  void write(std::size_t offset, const void* host, std::size_t bytes) {
    if (bytes > 0) backend_.upload(stream_, memory_.data() + kGuardBytes + offset, host, bytes);
  }
  std::vector<unsigned char> read() const {
    std::vector<unsigned char> host(memory_.bytes());
    memory_.download(stream_, host.data());
    return {host.begin() + kGuardBytes, host.end() - kGuardBytes};
  }
  /// Makes bytes inside the memory a guard too: they must stay as they are (NaN bytes).
  void protect(std::size_t offset, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) protected_[offset + i] = true;
  }

 private:
  void check() const {
    backend_.synchronize(stream_);
    std::vector<unsigned char> host(memory_.bytes());
    memory_.download(stream_, host.data());
    for (std::size_t i = 0; i < host.size(); ++i) {
      const bool inside = i >= kGuardBytes && i < kGuardBytes + bytes_;
      if (inside && !protected_[i - kGuardBytes]) continue;
      if (host[i] == (inside ? kNanByte : kGuardByte)) continue;
      ADD_FAILURE() << "guard byte " << static_cast<std::int64_t>(i) - static_cast<std::int64_t>(kGuardBytes)
                    << " of memory of " << bytes_ << " bytes was overwritten";
      return;
    }
  }

  Backend& backend_;
  mutable Stream stream_;
  Buffer<unsigned char> memory_;
  std::size_t bytes_;
  std::vector<bool> protected_;
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

/// A guarded float32 matrix whose rows lie `gap` elements apart, all NaN or copied from dense host values.
class GuardedMatrix {
 public:
  GuardedMatrix(Backend& backend, std::int64_t rows, std::int64_t cols, std::int64_t gap = 3)
      : rows_(rows),
        cols_(cols),
        ld_(cols + gap),
        memory_(backend, static_cast<std::size_t>(rows * ld_) * sizeof(float)) {
    for (std::int64_t r = 0; r < rows; ++r) memory_.protect(bytes(r * ld_ + cols), bytes(gap));
  }
  GuardedMatrix(Backend& backend, std::int64_t rows, std::int64_t cols, const std::vector<float>& host,
                std::int64_t gap = 3)
      : GuardedMatrix(backend, rows, cols, gap) {
    for (std::int64_t r = 0; r < rows; ++r)
      memory_.write(bytes(r * ld_), host.data() + r * cols, bytes(cols));
  }

  Mat view() const { return {memory_.data(), rows_, cols_, ld_, DType::kF32}; }
  /// The elements without the gaps, row after row.
  std::vector<float> values() const {
    const auto raw = memory_.read();
    std::vector<float> host(static_cast<std::size_t>(rows_ * cols_));
    for (std::int64_t r = 0; r < rows_ && cols_ > 0; ++r) {
      std::memcpy(host.data() + r * cols_, raw.data() + bytes(r * ld_), bytes(cols_));
    }
    return host;
  }

 private:
  static std::size_t bytes(std::int64_t floats) { return static_cast<std::size_t>(floats) * sizeof(float); }

  std::int64_t rows_;
  std::int64_t cols_;
  std::int64_t ld_;
  GuardedBytes memory_;
};

/// A stream with exactly the scratch an op asked for, guarded and full of NaN.
class ScratchStream {
 public:
  ScratchStream(Backend& backend, std::size_t bytes)
      : scratch_(backend, bytes), stream_{nullptr, scratch_.data(), bytes} {}
  operator Stream&() { return stream_; }

 private:
  GuardedBytes scratch_;
  Stream stream_;
};

}  // namespace weft::testing
