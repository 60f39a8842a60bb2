#pragma once
// A small HTTP/1.1 server on loopback, with a thread of its own: it serves files from memory, and misbehaves
// as a test asks. One connection at a time, one request each.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace weft::testing {

struct HttpFile {
  std::string bytes;
  std::string etag;
  std::string last_modified;
  bool ranges = true;        // whether parts are sent when they are asked for
  bool honest_range = true;  // whether If-Range is heeded
};

/// How one response differs from what is due.
struct Misbehaviour {
  int status = 0;                             // this one, without the file. 0: as is due
  std::string header;                         // a line more: "Location: /elsewhere"
  std::size_t cut_after = std::string::npos;  // bytes of the body, then the connection ends
  std::optional<std::uint64_t> length;        // what Content-Length claims
  bool no_length = false;                     // the end of the connection is the end of the body
  std::string tail;                           // bytes behind the body, counted in Content-Length
  std::optional<std::string> content_range;   // what a part claims to be
  bool silent = false;                        // after the headers nothing comes until the server goes away
};

struct SeenRequest {
  std::string path;
  std::map<std::string, std::string> headers;  // names in small letters
};

class HttpServer {
 public:
  HttpServer() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0) {
      throw std::runtime_error("no socket on loopback");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpServer() {
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    end_.notify_all();
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "http://127.0.0.1:40123".
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  void put(const std::string& path, HttpFile file) {
    const std::lock_guard lock(mutex_);
    files_[path] = std::move(file);
  }
  /// The next response that has none of its own yet; without, all is well.
  void misbehave(Misbehaviour how) {
    const std::lock_guard lock(mutex_);
    script_.push_back(std::move(how));
  }
  /// Calls this before the request with this index (from 0) is answered.
  void before(std::size_t request, std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    calls_[request] = std::move(call);
  }
  std::vector<SeenRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (;;) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      answer(connection);
      ::close(connection);
    }
  }

  static std::string read_head(int connection) {
    std::string head;
    char piece[4096];
    while (head.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(connection, piece, sizeof piece, 0);
      if (got <= 0) return "";
      head.append(piece, static_cast<std::size_t>(got));
    }
    return head;
  }

  static SeenRequest parse(const std::string& head) {
    SeenRequest request;
    const std::size_t from = head.find(' ') + 1;
    request.path = head.substr(from, head.find(' ', from) - from);
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
      const std::size_t end = head.find("\r\n", at), colon = head.find(": ", at);
      if (end == at || end == std::string::npos) break;
      std::string name = head.substr(at, colon - at);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      request.headers[name] = head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    return request;
  }

  static void send_all(int connection, const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t now = ::send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (now <= 0) return;
      sent += static_cast<std::size_t>(now);
    }
  }

  void answer(int connection) {
    const std::string head = read_head(connection);
    if (head.empty()) return;
    const SeenRequest request = parse(head);
    std::function<void()> call;
    {
      const std::lock_guard lock(mutex_);
      call = calls_[requests_.size()];
      requests_.push_back(request);
    }
    if (call) call();
    std::unique_lock lock(mutex_);
    Misbehaviour how;
    if (!script_.empty()) {
      how = script_.front();
      script_.pop_front();
    }
    const auto file = files_.find(request.path);
    const std::string response = file == files_.end() || how.status != 0
                                     ? bare(how.status != 0 ? how.status : 404, how.header)
                                     : with_file(file->second, request, how);
    lock.unlock();
    send_all(connection, response);
    lock.lock();
    if (how.silent) end_.wait(lock, [this] { return ended_; });
  }

  static std::string bare(int status, const std::string& header) {
    return "HTTP/1.1 " + std::to_string(status) + " x\r\nConnection: close\r\nContent-Length: 0\r\n" +
           header + (header.empty() ? "" : "\r\n") + "\r\n";
  }

  static bool same(const HttpFile& file, const SeenRequest& request) {
    const auto condition = request.headers.find("if-range");
    if (condition == request.headers.end() || !file.honest_range) return true;
    return condition->second == file.etag || condition->second == file.last_modified;
  }

  static std::string with_file(const HttpFile& file, const SeenRequest& request, const Misbehaviour& how) {
    const auto range = request.headers.find("range");  // "bytes=100-"
    std::size_t from = 0;
    if (range != request.headers.end() && file.ranges && same(file, request))
      from = std::stoul(range->second.substr(6));
    const std::string total = std::to_string(file.bytes.size());
    if (from > 0 && from >= file.bytes.size()) return bare(416, "Content-Range: bytes */" + total);
    std::string body = file.bytes.substr(from) + how.tail;
    std::string text = std::string("HTTP/1.1 ") + (from > 0 ? "206" : "200") + " x\r\nConnection: close\r\n";
    if (!how.no_length)
      text += "Content-Length: " + std::to_string(how.length.value_or(body.size())) + "\r\n";
    const std::string part = std::to_string(from) + "-" + std::to_string(file.bytes.size() - 1) + "/" + total;
    if (from > 0) text += "Content-Range: bytes " + how.content_range.value_or(part) + "\r\n";
    if (!file.etag.empty()) text += "ETag: " + file.etag + "\r\n";
    if (!file.last_modified.empty()) text += "Last-Modified: " + file.last_modified + "\r\n";
    if (!how.header.empty()) text += how.header + "\r\n";
    body.resize(std::min(body.size(), how.silent ? 0 : how.cut_after));
    return text + "\r\n" + body;
  }

  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable end_;
  bool ended_ = false;
  std::map<std::string, HttpFile> files_;
  std::deque<Misbehaviour> script_;
  std::map<std::size_t, std::function<void()>> calls_;
  std::vector<SeenRequest> requests_;
  std::thread thread_;
};

}  // namespace weft::testing
