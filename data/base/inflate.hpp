#pragma once
// Inflating gzip and bare deflate streams, behind one small interface: inflate_isal.cpp where ISA-L is
// installed, inflate_zlib.cpp elsewhere.
#include <cstddef>
#include <cstdint>
#include <memory>

namespace weft::data {

/// Decodes one gzip member (RFC 1952): header, deflate stream, and the trailer's CRC-32 and length, which are
/// compared with the output. Or a deflate stream (RFC 1951) alone, as zip files hold it, whose end is the
/// member's end and whose checksum lies elsewhere.
class Inflater {
 public:
  enum class Wrapper { kGzip, kNone };
  enum class Status {
    kMore,       // wants more input, more room, or both
    kMemberEnd,  // the member is complete and its trailer, if it has one, matches
    kBroken,     // `problem` says what is wrong
  };
  struct Step {
    Status status = Status::kMore;
    std::size_t consumed = 0;  // bytes of `in`
    std::size_t produced = 0;  // bytes of `out`
    const char* problem = "";
  };

  explicit Inflater(Wrapper wrapper = Wrapper::kGzip);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Forgets everything, ready for the next member.
  void reset();
  Step inflate(const std::uint8_t* in, std::size_t in_bytes, std::uint8_t* out, std::size_t out_bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weft::data
