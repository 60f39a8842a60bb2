#include "data/fetch/download.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "data/fetch/sha256.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr milliseconds kLongestPause{30'000};

void write_facts(const fs::path& path, const RemoteFile& remote) {
  Json facts;
  facts["url"] = remote.url;
  facts["bytes"] = remote.bytes;
  facts["etag"] = remote.etag;
  facts["last_modified"] = remote.last_modified;
  const std::string text = facts.dump(2, ' ', true, Json::error_handler_t::replace);
  AtomicFile file(path);
  file.append(text.data(), text.size());
  file.commit();
}

/// Nothing known where the file is missing or no longer makes sense.
RemoteFile read_facts(const fs::path& path) {
  try {
    std::ifstream in(path, std::ios::binary);
    const Json facts = Json::parse(in);
    return {facts.at("url"), facts.at("bytes"), facts.at("etag"), facts.at("last_modified")};
  } catch (const Json::exception&) {
    return {};
  }
}

bool differ(const std::string& a, const std::string& b) { return !a.empty() && !b.empty() && a != b; }

/// What makes a server send the whole file if it is another one now. Weak tags do not promise equal bytes.
std::string condition(const RemoteFile& remote) {
  const bool strong = !remote.etag.empty() && remote.etag.rfind("W/", 0) != 0;
  return strong ? remote.etag : remote.last_modified;
}

/// Whether there is anything to tell a changed file by.
bool recognizable(const RemoteFile& remote) { return remote.bytes > 0 || !condition(remote).empty(); }

bool worth_another_try(long status) { return status >= 500 || status == 408 || status == 429; }

class Downloader {
 public:
  Downloader(const std::string& url, LockedFile& file, const DownloadOptions& options)
      : url_(url), shown_(shown_url(url)), file_(file), options_(options), http_(options.patience.timeouts) {}

  Downloaded run() {
    recall();
    if (!complete()) transfer();
    remote_.bytes = size_;
    return {remote_, hash_.finish()};
  }

 private:
  /// Finds out what an earlier call left.
  void recall() {
    remote_ = read_facts(facts_path(file_));
    size_ = most_ = file_.size();
    const bool same = remote_.url == shown_ && recognizable(remote_);
    if (size_ == 0 || !same || (remote_.bytes > 0 && size_ > remote_.bytes)) return start_over();
    options_.watch.say(detail::concat(shown_, ": going on after ", size_, " bytes that are here"));
    hash_ = sha256_of_file(file_.path());
  }

  void start_over() {
    file_.resize(0);
    remote_ = {};
    hash_ = {};
    size_ = 0;
  }

  bool complete() const { return remote_.bytes > 0 && size_ == remote_.bytes; }

  void transfer() {
    int fruitless = 0;
    milliseconds pause = options_.patience.pause;
    for (;;) {
      progressed_ = false;
      const HttpEnd end = try_once();
      if (complete() || (end.how == HttpEnd::How::kDone && remote_.bytes == 0)) return;
      const std::string problem = explain(end);
      if (progressed_) {
        fruitless = 0;
        pause = options_.patience.pause;
      } else if (++fruitless >= options_.patience.tries) {
        give_up(ErrorCode::kIo, problem);
      }
      const milliseconds wait = std::max<milliseconds>(pause, end.response.retry_after);
      options_.watch.say(detail::concat(shown_, ": ", problem, "; trying again"));
      sleep(std::min(wait, kLongestPause));
      pause = std::min(2 * pause, kLongestPause);
    }
  }

  HttpEnd try_once() {
    HttpReceiver receiver;
    receiver.accept = [this](const HttpResponse& response) { return accept(response); };
    receiver.take = [this](const char* data, std::size_t bytes) { take(data, bytes); };
    receiver.stop = options_.watch.stop;
    return http_.get({url_, size_, condition(remote_)}, receiver);
  }

  /// False: this is not what is missing; start over with the next try.
  bool accept(const HttpResponse& response) {
    constexpr long kWhole = 200, kPart = 206;
    if (response.status == kPart) {
      if (!continues(response)) return changed(), start_over(), false;
      announce(remote_.bytes);
      return true;
    }
    if (response.status != kWhole) {
      fail(ErrorCode::kIo, shown_, ": the server answers with status ", response.status,
           " where 200 is due; try another --mirror");
    }
    const RemoteFile whole{shown_, response.bytes.value_or(0), response.etag, response.last_modified};
    announce(whole.bytes);
    if (size_ > 0) {
      if (differs(response)) changed();
      options_.watch.say(shown_ + ": starting over");
    }
    start_over();
    remote_ = whole;
    write_facts(facts_path(file_), remote_);
    return true;
  }

  /// Whether it is another file than the one that is half here.
  bool differs(const HttpResponse& response) const {
    const std::optional<std::uint64_t> total = response.status == 206 ? response.total : response.bytes;
    return differ(response.etag, remote_.etag) || differ(response.last_modified, remote_.last_modified) ||
           (total && remote_.bytes > 0 && *total != remote_.bytes);
  }

  bool continues(const HttpResponse& part) const { return size_ > 0 && part.from == size_ && !differs(part); }

  /// A file that changes under our hands may do so a few times, not for ever.
  void changed() {
    most_ = 0;
    if (++changes_ > options_.patience.tries) {
      give_up(ErrorCode::kIo, "the file on the server changes again and again");
    }
  }

  void announce(std::uint64_t bytes) {
    if (announced_ || !options_.before) return;
    options_.before(bytes);
    announced_ = true;
  }

  void take(const char* data, std::size_t bytes) {
    if (remote_.bytes > 0 && bytes > remote_.bytes - size_) {
      start_over();
      fail(ErrorCode::kIo, shown_,
           ": the server sends more than it announced; try again, or another --mirror");
    }
    file_.write_at(size_, data, bytes);
    hash_.update(data, bytes);
    size_ += bytes;
    progressed_ = progressed_ || size_ > most_;
    most_ = std::max(most_, size_);
    options_.watch.show("download", size_, remote_.bytes);
  }

  /// What went wrong, where another try may help; throws where it cannot.
  std::string explain(const HttpEnd& end) {
    using How = HttpEnd::How;
    const long status = end.response.status;
    switch (end.how) {
      case How::kDone:
        return detail::concat("only ", size_, " of ", remote_.bytes, " bytes came");
      case How::kUnwanted:
        return "the file on the server changed";
      case How::kBroken:
        return end.problem;
      case How::kStopped:
        stop();
      case How::kBadUrl:
        give_up(ErrorCode::kIo, end.problem);
      case How::kRefused:
        break;
    }
    if (status == 416) {  // no such range: what is here is no part of what the server has
      changed();
      start_over();
      return "the file on the server is shorter than what is here";
    }
    if (worth_another_try(status)) return detail::concat("the server answers with status ", status);
    const bool absent = status == 404 || status == 410;
    give_up(absent ? ErrorCode::kNotFound : ErrorCode::kIo,
            detail::concat(absent ? "the server does not have it: status " : "the server refuses: status ",
                           status));
  }

  [[noreturn]] void give_up(ErrorCode code, const std::string& problem) const {
    const std::string kept =
        size_ > 0 ? detail::concat("; ", size_, " bytes are kept in ", file_.path().native()) : "";
    fail(code, shown_, ": ", problem, kept, "; try again later, or another --mirror");
  }

  [[noreturn]] void stop() const {
    fail(ErrorCode::kInterrupted, shown_, ": stopped; ", size_, " bytes are kept in ", file_.path().native(),
         ", and the same command goes on from there");
  }

  void sleep(milliseconds time) const {
    constexpr milliseconds kStep{20};
    for (; time.count() > 0; time -= kStep) {
      if (options_.watch.stopped()) stop();
      std::this_thread::sleep_for(std::min(time, kStep));
    }
  }

  const std::string url_;
  const std::string shown_;  // without a password
  LockedFile& file_;
  const DownloadOptions& options_;
  HttpClient http_;
  RemoteFile remote_;  // what `file_` holds the first `size_` bytes of
  Sha256 hash_;        // of these bytes
  std::uint64_t size_ = 0;
  std::uint64_t most_ = 0;   // that ever came of this file
  bool progressed_ = false;  // this try brought something new
  int changes_ = 0;
  bool announced_ = false;
};

}  // namespace

fs::path facts_path(const LockedFile& file) { return beside(file.path(), ".json"); }

Downloaded download(const std::string& url, LockedFile& file, const DownloadOptions& options) {
  return Downloader(url, file, options).run();
}

}  // namespace weft::data
