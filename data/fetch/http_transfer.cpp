#include "data/fetch/http_transfer.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <new>
#include <string_view>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr long kMostRedirects = 5;

void start_curl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) fail(ErrorCode::kUnsupported, "libcurl: ", curl_easy_strerror(started));
}

template <class T>
void set(CURL* curl, CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(curl, option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK) fail(ErrorCode::kUnsupported, "this system's libcurl: ", curl_easy_strerror(code));
}

std::string header(CURL* curl, const char* name) {
  curl_header* found = nullptr;
  if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return "";
  return found->value;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// "bytes 100-199/1000", or "bytes */1000" where a range was refused.
void read_content_range(std::string_view text, HttpResponse& response) {
  constexpr std::string_view kUnit = "bytes ";
  if (text.substr(0, kUnit.size()) != kUnit) return;
  text.remove_prefix(kUnit.size());
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return;
  response.total = whole_number(text.substr(slash + 1));
  response.from = whole_number(text.substr(0, std::min(slash, text.find('-'))));
}

HttpResponse read_response(CURL* curl) {
  HttpResponse response;
  curl_off_t bytes = -1, retry_after = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response.status);
  curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &bytes);
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
  if (bytes >= 0) response.bytes = static_cast<std::uint64_t>(bytes);
  response.retry_after = std::chrono::seconds(retry_after);
  read_content_range(header(curl, "Content-Range"), response);
  response.etag = header(curl, "ETag");
  response.last_modified = header(curl, "Last-Modified");
  return response;
}

/// One request at work: libcurl calls back into it, and no exception passes through C.
struct Transfer {
  CURL* curl;
  const HttpReceiver& receiver;
  std::exception_ptr thrown = nullptr;
  HttpResponse response{};
  bool asked = false;     // accept() was called
  bool accepted = false;  // and said yes
  bool stopped = false;

  template <class Call>
  bool guarded(const Call& call) {
    try {
      return call();
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  }

  bool accept() {
    if (asked) return accepted;
    asked = true;
    response = read_response(curl);
    accepted = guarded([&] { return receiver.accept(response); });
    return accepted;
  }

  static std::size_t on_body(char* data, std::size_t, std::size_t bytes, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    const bool taken = transfer.accept() && transfer.guarded([&] {
      transfer.receiver.take(data, bytes);
      return true;
    });
    return taken ? bytes : 0;
  }

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& transfer = *static_cast<Transfer*>(self);
    const bool go_on = transfer.guarded([&] {
      transfer.stopped = transfer.receiver.stop && transfer.receiver.stop();
      return !transfer.stopped;
    });
    return go_on ? 0 : 1;
  }

  HttpEnd::How how(CURLcode code) const {
    using How = HttpEnd::How;
    if (stopped) return How::kStopped;
    if (asked && !accepted) return How::kUnwanted;
    switch (code) {
      case CURLE_OK:
        return How::kDone;
      case CURLE_HTTP_RETURNED_ERROR:
        return How::kRefused;
      case CURLE_UNSUPPORTED_PROTOCOL:  // a redirect to a file or a mail address
      case CURLE_URL_MALFORMAT:
      case CURLE_TOO_MANY_REDIRECTS:
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
        return How::kBadUrl;
      default:
        return How::kBroken;
    }
  }
};

}  // namespace

struct HttpClient::Handle {
  CURL* curl = nullptr;
  char problem[CURL_ERROR_SIZE] = "";

  explicit Handle(const HttpTimeouts& timeouts) {
    start_curl();
    curl = curl_easy_init();
    if (curl == nullptr) throw std::bad_alloc();
    set(curl, CURLOPT_ERRORBUFFER, problem);
    set(curl, CURLOPT_NOSIGNAL, 1L);
    set(curl, CURLOPT_USERAGENT, "weft");
    set(curl, CURLOPT_PROTOCOLS_STR, "http,https");  // redirects too
    set(curl, CURLOPT_FOLLOWLOCATION, 1L);
    set(curl, CURLOPT_MAXREDIRS, kMostRedirects);
    set(curl, CURLOPT_FAILONERROR, 1L);
    set(curl, CURLOPT_NOPROGRESS, 0L);
    set(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(timeouts.connect.count()));
    set(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(timeouts.silent.count()));
    set(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  }
  ~Handle() { curl_easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

HttpClient::HttpClient(const HttpTimeouts& timeouts) : handle_(std::make_unique<Handle>(timeouts)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

HttpEnd HttpClient::get(const HttpRequest& request, const HttpReceiver& receiver) {
  CURL* curl = handle_->curl;
  Transfer transfer{curl, receiver};
  const std::string range = std::to_string(request.from) + "-";
  const std::string condition = "If-Range: " + request.if_range;
  using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;
  const bool conditional = request.from > 0 && !request.if_range.empty();
  const Headers headers(conditional ? curl_slist_append(nullptr, condition.c_str()) : nullptr,
                        curl_slist_free_all);
  set(curl, CURLOPT_URL, request.url.c_str());
  set(curl, CURLOPT_RANGE, request.from > 0 ? range.c_str() : nullptr);
  set(curl, CURLOPT_HTTPHEADER, headers.get());
  set(curl, CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  set(curl, CURLOPT_XFERINFODATA, static_cast<void*>(&transfer));
  handle_->problem[0] = '\0';

  const CURLcode code = curl_easy_perform(curl);
  if (code == CURLE_OK) transfer.accept();  // a body without bytes
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (!transfer.asked) transfer.response = read_response(curl);
  const std::string said = handle_->problem;
  return {transfer.how(code), transfer.response, said.empty() ? curl_easy_strerror(code) : said};
}

std::string shown_url(const std::string& url) {
  using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;
  const Url parts(curl_url(), curl_url_cleanup);
  if (!parts) throw std::bad_alloc();
  const bool web = url.rfind("http://", 0) == 0 || url.rfind("https://", 0) == 0;
  if (!web || curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    fail(ErrorCode::kInvalidArgument, "'", url,
         "' is no address of the web; give one that starts with http:// or https://");
  }
  curl_url_set(parts.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(parts.get(), CURLUPART_PASSWORD, nullptr, 0);
  char* text = nullptr;
  if (curl_url_get(parts.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) throw std::bad_alloc();
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, curl_free);
  return text;
}

}  // namespace weft::data
