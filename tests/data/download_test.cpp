// Downloads from a server on loopback that behaves, and from one that does not.
#include "data/fetch/download.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "data/fetch/sha256.hpp"
#include "tests/support/files.hpp"
#include "tests/support/http_server.hpp"

namespace weft::data {
namespace {

using testing::expect_error;
using testing::expect_error_with;
using testing::HttpFile;
using testing::HttpServer;
using testing::Misbehaviour;
using testing::read_bytes;

std::string some_bytes(std::size_t count, unsigned seed) {
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}

Misbehaviour cut_after(std::size_t bytes) {
  Misbehaviour how;
  how.cut_after = bytes;
  return how;
}

Misbehaviour answer(int status, const std::string& header = "") {
  Misbehaviour how;
  how.status = status;
  how.header = header;
  return how;
}

class Download : public ::testing::Test {
 protected:
  Download() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    server_.put("/a.zip", {bytes_, "\"one\"", "Mon, 01 Jun 2020 00:00:00 GMT"});
    options_.patience.pause = std::chrono::milliseconds(1);
    options_.patience.tries = 3;
    options_.watch.note = [this](const std::string& line) { notes_ += line + "\n"; };
  }
  Downloaded get(const std::string& path = "/a.zip") {
    LockedFile file(partial(), LockedFile::IfLocked::kRefuse);
    return download(server_.url() + path, file, options_);
  }
  void expect_whole(const std::string& expected) {
    const Downloaded result = get();
    EXPECT_EQ(read_bytes(partial()), expected);
    EXPECT_EQ(result.file.bytes, expected.size());
    Sha256 hash;
    hash.update(expected.data(), expected.size());
    EXPECT_EQ(result.sha256, hash.finish());
  }
  /// Leaves half of the file, as a process that gave up would.
  void leave_half() {
    options_.patience.tries = 1;
    server_.misbehave(cut_after(bytes_.size() / 2));
    server_.misbehave(answer(503));
    expect_error_with(ErrorCode::kIo, {"status 503", "150000 bytes are kept in", "a.zip.partial"},
                      [&] { get(); });
    EXPECT_EQ(read_bytes(partial()), bytes_.substr(0, bytes_.size() / 2));
    options_.patience.tries = 3;
  }
  std::string header(std::size_t request, const std::string& name) const {
    const auto headers = server_.requests().at(request).headers;
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
  std::filesystem::path partial() const { return folder_.path() / "a.zip.partial"; }

  const std::string bytes_ = some_bytes(300'000, 1);
  HttpServer server_;
  testing::TemporaryFolder folder_;
  DownloadOptions options_;
  std::string notes_;
};

TEST(Sha256, KnownDigests) {
  Sha256 hash;
  EXPECT_EQ(hash.finish(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  hash.update("a", 1);
  hash.update("bc", 2);
  EXPECT_EQ(hash.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(Download, AWholeFile) {
  std::uint64_t announced = 0, shown = 0;
  options_.before = [&](std::uint64_t bytes) { announced = bytes; };
  options_.watch.progress = [&](const char*, std::uint64_t done, std::uint64_t total) {
    shown = done;
    EXPECT_EQ(total, bytes_.size());
  };
  expect_whole(bytes_);
  EXPECT_EQ(announced, bytes_.size());
  EXPECT_EQ(shown, bytes_.size());
  EXPECT_EQ(server_.requests().size(), 1u);
  EXPECT_EQ(notes_, "");
}

TEST_F(Download, ABrokenConnectionIsResumed) {
  server_.misbehave(cut_after(100'000));
  server_.misbehave(cut_after(1000));
  expect_whole(bytes_);
  EXPECT_EQ(header(1, "range"), "bytes=100000-");
  EXPECT_EQ(header(1, "if-range"), "\"one\"");
  EXPECT_EQ(header(2, "range"), "bytes=101000-");
}

TEST_F(Download, ALaterCallGoesOn) {
  leave_half();
  expect_whole(bytes_);
  EXPECT_EQ(header(2, "range"), "bytes=150000-");
  EXPECT_NE(notes_.find("going on after 150000 bytes"), std::string::npos) << notes_;
}

TEST_F(Download, AWholePartialNeedsNoServer) {
  get();
  expect_whole(bytes_);
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(Download, AFileThatChangedStartsOver) {
  leave_half();
  const std::string other = some_bytes(200'000, 2);
  server_.put("/a.zip", {other, "\"two\"", ""});
  expect_whole(other);
  EXPECT_NE(notes_.find("starting over"), std::string::npos) << notes_;
}

TEST_F(Download, AFileThatChangesBetweenTwoTriesStartsOver) {
  const std::string other = some_bytes(300'000, 2);
  server_.misbehave(cut_after(100'000));
  server_.before(1, [&] { server_.put("/a.zip", {other, "\"two\"", ""}); });
  expect_whole(other);
}

TEST_F(Download, AServerThatForgetsIfRangeIsFoundOut) {
  leave_half();
  const std::string other = some_bytes(300'000, 2);
  server_.put("/a.zip", {other, "\"two\"", "", true, false});
  expect_whole(other);
  EXPECT_NE(notes_.find("the file on the server changed"), std::string::npos) << notes_;
}

TEST_F(Download, AShorterFileThanWhatIsHereStartsOver) {
  leave_half();
  const std::string other = some_bytes(1000, 2);
  server_.put("/a.zip", {other, "\"two\"", "", true, false});
  expect_whole(other);
}

TEST_F(Download, AFileThatChangesForEverIsGivenUp) {
  leave_half();
  int version = 0;
  for (std::size_t request = 2; request < 40; ++request) {
    server_.before(request, [&] {
      server_.put("/a.zip", {bytes_, "\"v" + std::to_string(++version) + "\"", ""});
    });
    server_.misbehave(cut_after(1000));
  }
  expect_error(ErrorCode::kIo, "changes again and again", [&] { get(); });
}

TEST_F(Download, WeakTagsDoNotVouchForBytes) {
  server_.put("/a.zip", {bytes_, "W/\"one\"", "Mon, 01 Jun 2020 00:00:00 GMT"});
  server_.misbehave(cut_after(10));
  expect_whole(bytes_);
  EXPECT_EQ(header(1, "if-range"), "Mon, 01 Jun 2020 00:00:00 GMT");
}

TEST_F(Download, WithoutTagAndDateTheSizeVouches) {
  server_.put("/a.zip", {bytes_, "", ""});
  server_.misbehave(cut_after(10));
  expect_whole(bytes_);
  EXPECT_EQ(header(1, "range"), "bytes=10-");
  EXPECT_EQ(header(1, "if-range"), "");
}

TEST_F(Download, AServerWithoutRangesStartsOver) {
  server_.put("/a.zip", {bytes_, "\"one\"", "", false});
  server_.misbehave(cut_after(100'000));
  expect_whole(bytes_);
  EXPECT_NE(notes_.find("starting over"), std::string::npos) << notes_;
}

TEST_F(Download, AServerWithoutRangesThatBreaksEachTimeIsGivenUp) {
  server_.put("/a.zip", {bytes_, "\"one\"", "", false});
  for (int i = 0; i < 20; ++i) server_.misbehave(cut_after(100'000));
  expect_error(ErrorCode::kIo, "bytes are kept in", [&] { get(); });
  EXPECT_EQ(server_.requests().size(), 4u);  // the first brought something new
}

TEST_F(Download, APartThatIsNotTheOneAskedForStartsOver) {
  leave_half();
  Misbehaviour how;
  how.content_range = "0-149999/300000";
  server_.misbehave(how);
  expect_whole(bytes_);
  EXPECT_EQ(header(2, "range"), "bytes=150000-");
  EXPECT_EQ(header(3, "range"), "");
}

TEST_F(Download, APartThatIsTooLongIsThrownAway) {
  leave_half();
  Misbehaviour how;
  how.tail = "more";
  server_.misbehave(how);
  expect_error(ErrorCode::kIo, "the server sends more than it announced", [&] { get(); });
  expect_whole(bytes_);
  EXPECT_EQ(header(3, "range"), "");
}

TEST_F(Download, WhatSomebodyElseLeftIsNotTrusted) {
  testing::write_bytes(partial(), "someone's");
  expect_whole(bytes_);
  testing::write_bytes(partial(), "changed");
  testing::write_bytes(folder_.path() / "a.zip.partial.json", "{no json");
  expect_whole(bytes_);
  EXPECT_EQ(header(1, "range"), "");
}

TEST_F(Download, AnotherAddressStartsOver) {
  leave_half();
  const std::string other = some_bytes(300'000, 2);
  server_.put("/b.zip", {other, "\"one\"", ""});
  EXPECT_EQ(get("/b.zip").file.bytes, other.size());
  EXPECT_EQ(read_bytes(partial()), other);
}

TEST_F(Download, ALongerLengthThanWhatComesIsGivenUp) {
  server_.put("/a.zip", {bytes_, "\"one\"", "", false});
  Misbehaviour lie;
  lie.length = bytes_.size() + 10;
  for (int i = 0; i < 5; ++i) server_.misbehave(lie);
  expect_error(ErrorCode::kIo, "with 10 bytes remaining", [&] { get(); });
}

TEST_F(Download, AShorterLengthIsWhatIsTaken) {
  Misbehaviour lie;
  lie.length = 1000;
  server_.misbehave(lie);
  expect_whole(bytes_.substr(0, 1000));  // unpacking finds out
}

TEST_F(Download, WithoutALengthTheEndIsTheEnd) {
  Misbehaviour how;
  how.no_length = true;
  server_.misbehave(how);
  std::uint64_t announced = 1;
  options_.before = [&](std::uint64_t bytes) { announced = bytes; };
  expect_whole(bytes_);
  EXPECT_EQ(announced, 0u);
}

TEST_F(Download, BusyServersAreAskedAgain) {
  server_.misbehave(answer(500));
  server_.misbehave(answer(503, "Retry-After: 0"));
  expect_whole(bytes_);
  EXPECT_NE(notes_.find("the server answers with status 500; trying again"), std::string::npos) << notes_;
}

TEST_F(Download, AbsentAndForbiddenFilesAreNot) {
  expect_error_with(ErrorCode::kNotFound, {"/none.zip: ", "status 404", "--mirror"},
                    [&] { get("/none.zip"); });
  EXPECT_EQ(server_.requests().size(), 1u);
  server_.misbehave(answer(403));
  expect_error(ErrorCode::kIo, "refuses: status 403", [&] { get(); });
  server_.misbehave(answer(204));
  expect_error(ErrorCode::kIo, "status 204 where 200 is due", [&] { get(); });
}

TEST_F(Download, RedirectsAreFollowedToTheWebOnly) {
  server_.misbehave(answer(302, "Location: " + server_.url() + "/a.zip"));
  EXPECT_EQ(get("/moved.zip").file.url, server_.url() + "/moved.zip");
  EXPECT_EQ(read_bytes(partial()), bytes_);
  std::filesystem::remove(partial());
  server_.misbehave(answer(302, "Location: file:///etc/hostname"));
  expect_error(ErrorCode::kIo, "file", [&] { get(); });
  for (int i = 0; i < 6; ++i) server_.misbehave(answer(302, "Location: /a.zip"));
  expect_error(ErrorCode::kIo, "redirects", [&] { get(); });
}

TEST_F(Download, ADeadConnectionIsGivenUp) {
  options_.patience.tries = 1;
  options_.patience.timeouts.silent = std::chrono::seconds(1);
  Misbehaviour how;
  how.silent = true;
  server_.misbehave(how);
  expect_error(ErrorCode::kIo, "try again later", [&] { get(); });
}

TEST_F(Download, NoServerIsGivenUp) {
  LockedFile file(partial(), LockedFile::IfLocked::kRefuse);
  expect_error_with(ErrorCode::kIo, {"http://127.0.0.1:1/x: ", "--mirror"},
                    [&] { download("http://127.0.0.1:1/x", file, options_); });
  EXPECT_EQ(std::count(notes_.begin(), notes_.end(), '\n'), 2);
}

TEST_F(Download, AddressesOfOtherKinds) {
  LockedFile file(partial(), LockedFile::IfLocked::kRefuse);
  for (const char* address :
       {"file:///etc/passwd", "ftp://127.0.0.1/x", "", "snap.stanford.edu", "http://a b"}) {
    expect_error(ErrorCode::kInvalidArgument, "http:// or https://",
                 [&] { download(address, file, options_); });
  }
  EXPECT_EQ(shown_url("http://me:secret@127.0.0.1/x"), "http://127.0.0.1/x");
}

TEST_F(Download, StopsWhenItIsAskedToAndGoesOnLater) {
  std::atomic<bool> stop{false};
  options_.watch.stop = [&] { return stop.load(); };
  options_.watch.progress = [&](const char*, std::uint64_t, std::uint64_t) { stop = true; };
  server_.misbehave(cut_after(1000));
  expect_error_with(ErrorCode::kInterrupted, {"stopped; ", " bytes are kept in", "a.zip.partial"},
                    [&] { get(); });
  const std::size_t kept = read_bytes(partial()).size();
  EXPECT_GT(kept, 0u);
  options_.watch = {};
  expect_whole(bytes_);
  EXPECT_EQ(header(1, "range"), "bytes=" + std::to_string(kept) + "-");
}

TEST_F(Download, ARefusalBeforehandLeavesWhatIsThere) {
  leave_half();
  options_.before = [](std::uint64_t) { fail(ErrorCode::kNoSpace, "no"); };
  expect_error(ErrorCode::kNoSpace, "no", [&] { get(); });
  EXPECT_EQ(read_bytes(partial()).size(), bytes_.size() / 2);
}

TEST_F(Download, OneProcessAtATime) {
  const LockedFile first(partial(), LockedFile::IfLocked::kRefuse);
  expect_error(ErrorCode::kExists, "another process is writing it", [&] { get(); });
}

}  // namespace
}  // namespace weft::data
