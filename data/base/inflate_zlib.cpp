// Inflating with zlib, where ISA-L is not installed.
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "data/base/inflate.hpp"

namespace weft::data {
namespace {

// zlib's way to say: a gzip wrapper and nothing else; no wrapper at all.
constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr int kBare = -MAX_WBITS;

uInt as_uint(std::size_t bytes) {
  return static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max()));
}

}  // namespace

struct Inflater::Impl {
  z_stream stream{};
  ~Impl() { inflateEnd(&stream); }
};

Inflater::Inflater(Wrapper wrapper) : impl_(std::make_unique<Impl>()) {
  if (inflateInit2(&impl_->stream, wrapper == Wrapper::kGzip ? kGzipOnly : kBare) != Z_OK)
    throw std::bad_alloc();
}
Inflater::~Inflater() = default;

void Inflater::reset() { inflateReset(&impl_->stream); }

Inflater::Step Inflater::inflate(const std::uint8_t* in, std::size_t in_bytes, std::uint8_t* out,
                                 std::size_t out_bytes) {
  z_stream& stream = impl_->stream;
  const uInt given = as_uint(in_bytes), room = as_uint(out_bytes);
  stream.next_in = const_cast<Bytef*>(in);  // zlib only reads it
  stream.avail_in = given;
  stream.next_out = out;
  stream.avail_out = room;
  const int code = ::inflate(&stream, Z_NO_FLUSH);

  Step step;
  step.consumed = given - stream.avail_in;
  step.produced = room - stream.avail_out;
  if (code == Z_STREAM_END) {
    step.status = Status::kMemberEnd;
  } else if (code != Z_OK && code != Z_BUF_ERROR) {
    step.status = Status::kBroken;
    step.problem = stream.msg != nullptr ? stream.msg : "the compressed data is damaged";
  }
  return step;
}

}  // namespace weft::data
