#pragma once
// Bytes that come one after the other, whatever has to be undone to get them.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weft::data {

class ByteReader {
 public:
  virtual ~ByteReader() = default;
  /// Fills `out`; fewer than `most` bytes only at the end, 0 from then on. Errors: kBadData naming the file.
  virtual std::size_t read(void* out, std::size_t most) = 0;
  /// Moves on by as many bytes, or to the end.
  virtual void skip(std::uint64_t bytes) {
    std::array<std::byte, 4096> unused;
    while (bytes > 0) {
      const std::size_t got =
          read(unused.data(), static_cast<std::size_t>(std::min<std::uint64_t>(bytes, unused.size())));
      if (got == 0) return;
      bytes -= got;
    }
  }
};

/// What lies in memory as it is.
class MemoryReader : public ByteReader {
 public:
  MemoryReader(const std::byte* data, std::size_t size) : data_(data), left_(size) {}

  std::size_t read(void* out, std::size_t most) override {
    const std::size_t size = std::min(most, left_);
    if (size > 0) std::memcpy(out, data_, size);
    skip(size);
    return size;
  }
  void skip(std::uint64_t bytes) override {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, left_));
    data_ += size;
    left_ -= size;
  }

 private:
  const std::byte* data_;
  std::size_t left_;
};

}  // namespace weft::data
