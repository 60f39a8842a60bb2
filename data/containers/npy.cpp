#include "data/containers/npy.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kVersionBytes = 2;
constexpr std::uint32_t kMaxLiteral = 65535;  // what version 1.0 can have; longer ones describe records

/// The dict literal, character by character.
class Literal {
 public:
  Literal(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  NpyHeader header() {
    NpyHeader header;
    bool has_type = false, has_order = false, has_shape = false;
    expect('{');
    while (!take('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !has_type) {
        header.type = type();
        has_type = true;
      } else if (key == "fortran_order" && !has_order) {
        header.column_major = boolean();
        has_order = true;
      } else if (key == "shape" && !has_shape) {
        header.shape = shape();
        has_shape = true;
      } else {
        damaged("its header has the key '", std::string(key), "' where it is not expected");
      }
      if (!take(',') && peek() != '}') damaged("its header has no ',' at character ", at_);
    }
    skip_space();
    if (at_ != text_.size()) damaged("its header goes on after the '}' at character ", at_);
    if (!has_type || !has_order || !has_shape) {
      damaged("its header lacks one of descr, fortran_order and shape");
    }
    return header;
  }

 private:
  template <class... Parts>
  [[noreturn]] void damaged(const Parts&... parts) const {
    fail(ErrorCode::kBadData, where_, ": damaged, or no .npy array: ", parts..., "; save it again");
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) damaged("its header has no '", c, "' at character ", at_);
  }
  bool take(std::string_view word) {
    skip_space();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  /// Printable text between two quotes of one kind, without escapes.
  std::string_view quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') damaged("its header has no text at character ", at_);
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] < ' ' || text_[at_] > '~' || text_[at_] == '\\') {
        damaged("its header has a strange text at character ", begin);
      }
      ++at_;
    }
    if (at_ == text_.size()) damaged("its header has a text without an end at character ", begin);
    return text_.substr(begin, at_++ - begin);
  }

  StoredType type() {
    if (peek() == '[') unsupported("a record");
    const std::string_view name = quoted();
    std::optional<StoredType> type;
    if (name.size() > 1) type = stored_type(name.substr(1), name[0]);
    if (!type) unsupported(std::string(name));
    return *type;
  }
  [[noreturn]] void unsupported(const std::string& type) const {
    fail(ErrorCode::kUnsupported, where_, ": has values of type '", type,
         "'; save whole numbers, bools or floats of up to 64 bits");
  }

  bool boolean() {
    if (take("True")) return true;
    if (take("False")) return false;
    damaged("its header's fortran_order is neither True nor False");
  }

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> shape;
    expect('(');
    while (!take(')')) {
      shape.push_back(number());
      if (!take(',') && peek() != ')') damaged("its header has no ',' at character ", at_);
    }
    return shape;
  }
  std::int64_t number() {
    skip_space();
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (problem != std::errc() || value < 0) damaged("its header has no length at character ", at_);
    at_ = static_cast<std::size_t>(end - text_.data());
    take('L');  // as Python 2 wrote long numbers
    return value;
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
};

}  // namespace

NpyHeader read_npy_header(ByteReader& reader, std::uint64_t total, const std::string& where) {
  const auto refuse = [&](const auto&... parts) {
    fail(ErrorCode::kBadData, where, ": damaged, or no .npy array: ", parts..., "; save it again");
  };
  std::array<unsigned char, kMagic.size() + kVersionBytes + sizeof(std::uint32_t)> front{};
  std::size_t front_bytes = kMagic.size() + kVersionBytes;
  if (reader.read(front.data(), front_bytes) != front_bytes) refuse("it has ", total, " bytes");
  if (!std::equal(kMagic.begin(), kMagic.end(), front.begin(),
                  [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; })) {
    refuse("it does not begin as one");
  }
  const unsigned major = front[kMagic.size()], minor = front[kMagic.size() + 1];
  if (major < 1 || major > 3 || minor != 0) {
    fail(ErrorCode::kUnsupported, where, ": .npy format ", major, ".", minor,
         " where 1.0, 2.0 and 3.0 are read; save it again");
  }
  const std::size_t length_bytes = major == 1 ? sizeof(std::uint16_t) : sizeof(std::uint32_t);
  unsigned char* at = front.data() + front_bytes;
  front_bytes += length_bytes;
  if (reader.read(at, length_bytes) != length_bytes) refuse("it has ", total, " bytes");
  std::uint32_t length = 0;
  for (std::size_t i = length_bytes; i-- > 0;) length = length << 8 | at[i];
  if (length > kMaxLiteral || length > total) refuse("its header of ", length, " bytes is too long");
  std::string literal(length, '\0');
  if (reader.read(literal.data(), length) != length) refuse("it ends inside its header");

  NpyHeader header = Literal(literal, where).header();
  header.bytes = front_bytes + length;
  const std::optional<std::int64_t> count = value_count(header.shape);
  const std::uint64_t left = total - header.bytes;
  const auto value_bytes = static_cast<std::uint64_t>(header.type.bytes);
  if (!count || left % value_bytes != 0 || left / value_bytes != static_cast<std::uint64_t>(*count)) {
    refuse("has ", left, " bytes of values, not those of its shape");
  }
  return header;
}

}  // namespace weft::data
