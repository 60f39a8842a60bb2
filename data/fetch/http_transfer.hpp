#pragma once
// One GET request over HTTP or HTTPS, by libcurl. Redirects are followed, at most five, to these two only; a
// proxy is taken from the environment as curl does.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weft::data {

struct HttpTimeouts {
  std::chrono::seconds connect{30};
  std::chrono::seconds silent{60};  // a connection that brings nothing for so long is dead
};

struct HttpRequest {
  std::string url;
  std::uint64_t from = 0;  // the body's first byte that is wanted
  std::string if_range;    // with `from`: only if the file still has this entity tag or date. May be empty
};

/// What a server says before the body.
struct HttpResponse {
  long status = 0;                     // 0: there was no response
  std::optional<std::uint64_t> bytes;  // of the body that follows
  std::optional<std::uint64_t> from;   // of a part: its first byte
  std::optional<std::uint64_t> total;  // of a part, or where the range is refused: the whole file's size
  std::string etag;
  std::string last_modified;
  std::chrono::seconds retry_after{0};
};

struct HttpEnd {
  enum class How : std::uint8_t {
    kDone,      ///< the body came as announced
    kRefused,   ///< a status of 400 or more
    kBroken,    ///< no connection, or one that broke off; `problem` says why
    kBadUrl,    ///< nothing that a second try would change; `problem` says why
    kUnwanted,  ///< accept() said no
    kStopped,   ///< stop() said yes
  };
  How how = How::kDone;
  HttpResponse response;
  std::string problem;
};

/// The receiver's side of a transfer. What these throw ends the transfer and reaches the caller.
struct HttpReceiver {
  std::function<bool(const HttpResponse&)> accept;  // once, before take(), for a status below 400
  std::function<void(const char* data, std::size_t bytes)> take;
  std::function<bool()> stop;  // asked several times a second
};

/// Keeps its connection from one request to the next.
class HttpClient {
 public:
  explicit HttpClient(const HttpTimeouts& timeouts);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;

  HttpEnd get(const HttpRequest& request, const HttpReceiver& receiver);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

/// Checks that it is an http or https address, and returns it without a password, as it may be shown.
/// Errors: kInvalidArgument.
std::string shown_url(const std::string& url);

}  // namespace weft::data
