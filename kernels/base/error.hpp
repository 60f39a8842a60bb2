#pragma once
// The one exception type, and the check that throws it.
#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <string>

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

}  // namespace detail

/// Messages quote what files hold: line ends, escapes and bytes that are no text must not reach a terminal or
/// a log as such.
inline std::string one_line(std::string text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = detail::utf8_length(text.data() + i, text.size() - i);
    const auto byte = static_cast<unsigned char>(text[i]);
    if (length == 0 || byte < 0x20 || byte == 0x7f) text[i] = '?';
    i += length == 0 ? 1 : length;
  }
  return text;
}

/// One line: what was got, where, what was wanted, what to do next. Control characters in it, and bytes that
/// are no UTF-8, become '?'.
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
