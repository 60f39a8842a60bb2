#pragma once
// The one exception type, and the check that throws it.
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

/// Messages quote what files hold, and what holds line ends or escapes must not reach a terminal or a log as
/// such.
inline std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

}  // namespace detail

/// One line: what was got, where, what was wanted, what to do next. Control characters in it become '?'.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message)
      : std::runtime_error(detail::one_line(message)), code_(code) {}
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
