#pragma once
// A large file over HTTP into a file on disk, in as many tries as it takes.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "data/base/file.hpp"
#include "data/fetch/http_transfer.hpp"
#include "data/fetch/watch.hpp"

namespace weft::data {

struct Patience {
  int tries = 5;                          // in a row that bring nothing new
  std::chrono::milliseconds pause{1000};  // after the first of them; doubles up to half a minute
  HttpTimeouts timeouts;
};

/// What a server says a file is. Kept beside what came of it, so that a later try knows what it goes on with.
struct RemoteFile {
  std::string url;
  std::uint64_t bytes = 0;  // 0: not known
  std::string etag;
  std::string last_modified;
};

struct Downloaded {
  RemoteFile file;  // with its bytes as they came
  std::string sha256;
};

struct DownloadOptions {
  Patience patience;
  Watch watch;
  /// Called once with the file's size (0: not known) before anything of it is written; throws to refuse.
  std::function<void(std::uint64_t bytes)> before;
};

/// Where the facts about a half file are kept.
std::filesystem::path facts_path(const LockedFile& file);

/// Appends to `file` what it lacks of the file at `url`. What an earlier call left is used if the server
/// still has the same file (ETag or Last-Modified, and size) and sends parts of it; else it starts over.
/// Broken transfers are resumed after a pause. When it fails, what came stays for the next call. Errors:
/// kNotFound (404, 410), kIo (another refusal, no connection, nothing new in `tries` tries, a file that
/// changes all the time), kNoSpace, kInvalidArgument (no http or https address), kInterrupted.
Downloaded download(const std::string& url, LockedFile& file, const DownloadOptions& options);

}  // namespace weft::data
