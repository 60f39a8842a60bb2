#include "data/containers/latin1_reader.hpp"

#include <bit>
#include <utility>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

class Latin1Reader : public ByteReader {
 public:
  Latin1Reader(std::string_view text, std::string where) : text_(text), where_(std::move(where)) {}

  std::size_t read(void* out, std::size_t most) override {
    auto* to = static_cast<unsigned char*>(out);
    auto* const end = to + most;
    while (to < end && at_ < text_.size()) {
      copy_plain(to, end);
      if (to < end && at_ < text_.size()) *to++ = decode_one();
    }
    return static_cast<std::size_t>(to - static_cast<unsigned char*>(out));
  }

 private:
  /// Code points below 128, eight at a time: most bytes of ids are 0.
  void copy_plain(unsigned char*& to, const unsigned char* end) {
    constexpr std::uint64_t kHighBits = 0x8080808080808080;
    std::uint64_t word;
    while (end - to >= static_cast<std::ptrdiff_t>(sizeof(word)) && text_.size() - at_ >= sizeof(word)) {
      std::memcpy(&word, text_.data() + at_, sizeof(word));
      std::memcpy(to, &word, sizeof(word));  // what is not plain is written over
      const auto plain = static_cast<std::size_t>(std::countr_zero(word & kHighBits)) / 8;
      to += plain;
      at_ += plain;
      if (plain < sizeof(word)) return;
    }
  }

  unsigned char decode_one() {
    const auto lead = static_cast<unsigned char>(text_[at_]);
    if (lead < 0x80) {
      ++at_;
      return lead;
    }
    constexpr unsigned char kLead = 0xc2, kLeadMask = 0xfe, kNext = 0x80, kNextMask = 0xc0;
    const auto next = static_cast<unsigned char>(at_ + 1 < text_.size() ? text_[at_ + 1] : 0);
    if ((lead & kLeadMask) != kLead || (next & kNextMask) != kNext) {
      fail(ErrorCode::kBadData, where_, ": damaged pickle: byte ", at_,
           " of the values' text is not Latin-1 in UTF-8; use another copy");
    }
    at_ += 2;
    return static_cast<unsigned char>(lead << 6 | (next & ~kNextMask));
  }

  std::string_view text_;
  std::string where_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<ByteReader> slice_reader(std::string_view slice, bool latin1, const std::string& where) {
  if (latin1) return std::make_unique<Latin1Reader>(slice, where);
  return std::make_unique<MemoryReader>(reinterpret_cast<const std::byte*>(slice.data()), slice.size());
}

}  // namespace weft::data
