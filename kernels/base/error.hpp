#pragma once
// The one exception type, and the check that throws it.
#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace weft {

/// What kind of thing went wrong; callers branch on this, people read the message.
enum class ErrorCode {
  kInvalidArgument,  ///< a value the caller passed cannot be used
  kNotFound,         ///< a file, dataset, split or option does not exist
  kBadData,          ///< a file's contents are wrong: names file, place and value
  kStale,            ///< a cache no longer matches its raw files or this version
  kIo,               ///< the operating system refused to read or write
  kNoSpace,          ///< the disk is full
  kOutOfMemory,      ///< more memory is needed than there is
  kExists,           ///< the output is already there
  kNumeric,          ///< a loss became NaN or infinite
  kUnsupported,      ///< this build or machine cannot do it
  kInterrupted,      ///< stopped on request; what was asked to be kept is kept
};

namespace detail {

/// Bytes of the UTF-8 sequence (RFC 3629) that begins at `p`, of which `left` follow; 0 where none does.
inline std::size_t utf8_length(const char* p, std::size_t left) {
  const auto byte = [p](std::size_t i) { return static_cast<unsigned char>(p[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || length > left) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool outside = (lead == 0xed && byte(1) > 0x9f) || (lead == 0xf4 && byte(1) > 0x8f);
  return overlong || outside ? 0 : length;
}

/// A byte as C writes it in a text: \t, \n, \r and \0 by name, others as \xHH.
inline void append_escape(std::string& text, unsigned char byte) {
  constexpr std::string_view kNamed("\t\n\r\0", 4), kNames = "tnr0", kDigits = "0123456789abcdef";
  text += '\\';
  if (const std::size_t at = kNamed.find(static_cast<char>(byte)); at != std::string_view::npos) {
    text += kNames[at];
  } else {
    text += {'x', kDigits[byte >> 4], kDigits[byte & 15]};
  }
}

}  // namespace detail

/// Text as UTF-8: a byte that is part of no UTF-8 sequence becomes "\xe9". Names of files are bytes, while
/// JSON and terminals take UTF-8 alone.
inline std::string utf8_text(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = detail::utf8_length(bytes.data() + i, bytes.size() - i);
    if (length == 0) {
      detail::append_escape(text, static_cast<unsigned char>(bytes[i++]));
    } else {
      text += bytes.substr(i, length);
      i += length;
    }
  }
  return text;
}

/// Messages quote what files hold: line ends, escapes and bytes that are no text must not reach a terminal or
/// a log as such. They become "\n", "\t", "\r", "\0", "\x1b".
inline std::string one_line(std::string_view bytes) {
  std::string text;
  for (const char c : utf8_text(bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      detail::append_escape(text, byte);
    } else {
      text += c;
    }
  }
  return text;
}

/// One line: what was got, where, what was wanted, what to do next. Control characters in it, and bytes that
/// are no UTF-8, are escaped.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(one_line(message)), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

namespace detail {

template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

}  // namespace detail

/// Throws Error{code} with the parts written one after the other.
template <class... Parts>
[[noreturn]] void fail(ErrorCode code, const Parts&... parts) {
  throw Error(code, detail::concat(parts...));
}

}  // namespace weft

/// Throws Error{kInvalidArgument} with the remaining arguments as its message unless the condition holds.
#define WEFT_CHECK(condition, ...)                                                    \
  do {                                                                                \
    if (!(condition)) ::weft::fail(::weft::ErrorCode::kInvalidArgument, __VA_ARGS__); \
  } while (false)
