// weft fetch as it is typed, from a server on loopback.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/child.hpp"
#include "tests/cli/program.hpp"
#include "tests/support/dataset_zip.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/small_dataset.hpp"

namespace weft {
namespace {

using nlohmann::json;
using testing::HttpServer;
using testing::Misbehaviour;
using testing::OnTerminal;
using testing::Outcome;
using testing::Program;

constexpr const char* kArxiv = "/nodeproppred/arxiv.zip";
constexpr std::uint64_t kLarge = 1'100'000'000;

constexpr const char* kNoTerminal = "this system has no pseudo terminals: nothing was typed on one";

class FetchCommand : public ::testing::Test {
 protected:
  FetchCommand() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    ::setenv("WEFT_MIRROR", server_.url().c_str(), 1);
    server_.put(kArxiv,
                {testing::archive_bytes(testing::arxiv_members(testing::small_dataset())), "\"a\"", ""});
  }
  ~FetchCommand() override { ::unsetenv("WEFT_MIRROR"); }

  /// A size that asks for a question, and nothing behind it.
  void pretend_large() {
    Misbehaviour large;
    large.length = kLarge;
    large.cut_after = 10;
    server_.misbehave(large);
    Misbehaviour gone;
    gone.status = 404;
    server_.misbehave(gone);
  }
  std::vector<std::string> words(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"fetch", "ogbn-arxiv", "--root", (program_.folder() / "dataset").string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  void expect_failure(const std::string& arguments, const std::string& message) const {
    const Outcome outcome = program_.run(arguments);
    EXPECT_EQ(outcome.status, 1) << arguments;
    EXPECT_NE(outcome.err.find("weft: " + message), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }

  HttpServer server_;
  Program program_;
};

TEST_F(FetchCommand, DownloadsUnpacksAndSaysWhatItGot) {
  const Outcome first = program_.run("fetch ogbn-arxiv --json");
  EXPECT_EQ(first.status, 0) << first.err;
  EXPECT_EQ(first.err, "");
  const json result = json::parse(first.out);
  EXPECT_EQ(result["folder"], "dataset/ogbn_arxiv");
  EXPECT_EQ(result["url"], server_.url() + kArxiv);
  EXPECT_EQ(result["already_there"], false);
  EXPECT_EQ(result["sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(program_.run("fetch ogbn-arxiv").out, "ogbn-arxiv: dataset/ogbn_arxiv is there already\n");
  EXPECT_EQ(json::parse(program_.run("fetch ogbn-arxiv --json").out)["already_there"], true);
  const json all = json::parse(program_.run("datasets --json").out);
  const auto arxiv =
      std::find_if(all.begin(), all.end(), [](const json& d) { return d["name"] == "ogbn-arxiv"; });
  EXPECT_EQ((*arxiv)["on_disk"], "raw");
}

TEST_F(FetchCommand, RootMirrorAndZipAreTheUsers) {
  ::setenv("WEFT_MIRROR", "http://127.0.0.1:1/", 1);
  const Outcome outcome = program_.run("fetch ogbn-arxiv --keep-zip --root here --mirror " + server_.url());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out.rfind("ogbn-arxiv: here/ogbn_arxiv (", 0), 0u) << outcome.out;
  EXPECT_NE(outcome.out.find(", SHA-256 "), std::string::npos) << outcome.out;
  EXPECT_TRUE(std::filesystem::exists(program_.folder() / "here" / "ogbn_arxiv.zip"));
}

TEST_F(FetchCommand, FailuresAreOneLine) {
  expect_failure("fetch arxiv", "no dataset 'arxiv'; closest: ogbn-arxiv");
  expect_failure("fetch ./own", "no dataset './own'; closest: ");
  expect_failure("fetch debian", "debian: comes with Weft");
  expect_failure("fetch ogbn-mag",
                 server_.url() + "/nodeproppred/mag.zip: the server does not have it: status 404");
  expect_failure("fetch ogbn-arxiv --mirror ftp://x",
                 "'ftp://x/nodeproppred/arxiv.zip' is no address of the web");
  expect_failure("fetch ogbn-arxiv --sha256 12", "--sha256 \"12\" cannot be used; give 64 digits");
  expect_failure("fetch ogbn-arxiv --sha256 " + std::string(64, '0'),
                 server_.url() + kArxiv + ": its SHA-256 is ");
  expect_failure("info ogbn-arxiv",
                 "ogbn-arxiv: no folder dataset/ogbn_arxiv; `weft fetch ogbn-arxiv` downloads it");
  EXPECT_EQ(program_.run("fetch").status, 2);
}

TEST_F(FetchCommand, LargeDownloadsNeedAYes) {
  pretend_large();
  expect_failure("fetch ogbn-arxiv", "ogbn-arxiv: is a download of 1.10 GB; give --yes to go on\n");
  EXPECT_EQ(server_.requests().size(), 1u);
  EXPECT_TRUE(std::filesystem::is_empty(program_.folder() / "dataset"));
}

TEST_F(FetchCommand, YesGoesOn) {
  pretend_large();
  expect_failure("fetch ogbn-arxiv --yes",
                 server_.url() + kArxiv + ": the server does not have it: status 404; 10 bytes");
  EXPECT_EQ(server_.requests().size(), 2u);
}

TEST_F(FetchCommand, OnATerminalItAsks) {
  if (!OnTerminal::possible()) GTEST_SKIP() << kNoTerminal;
  pretend_large();
  OnTerminal no(words());
  ASSERT_TRUE(no.shows(
      "ogbn-arxiv is a download of 1.10 GB, and takes at least as much again unpacked. Go on? [y/N] "))
      << no.shown();
  no.type("n\n");
  EXPECT_EQ(no.end(), 1);
  EXPECT_NE(no.shown().find("weft: ogbn-arxiv: not downloaded"), std::string::npos) << no.shown();
  EXPECT_EQ(server_.requests().size(), 1u);
}

TEST_F(FetchCommand, OnATerminalYesGoesOn) {
  if (!OnTerminal::possible()) GTEST_SKIP() << kNoTerminal;
  pretend_large();
  OnTerminal yes(words());
  ASSERT_TRUE(yes.shows("[y/N] ")) << yes.shown();
  yes.type("y\n");
  EXPECT_EQ(yes.end(), 1);
  EXPECT_NE(yes.shown().find("status 404"), std::string::npos) << yes.shown();
}

TEST_F(FetchCommand, OnATerminalProgressIsShown) {
  if (!OnTerminal::possible()) GTEST_SKIP() << kNoTerminal;
  OnTerminal program(words());
  EXPECT_EQ(program.end(), 0) << program.shown();
  EXPECT_NE(program.shown().find("ogbn-arxiv: download ["), std::string::npos) << program.shown();
}

TEST_F(FetchCommand, CtrlCKeepsWhatCame) {
  if (!OnTerminal::possible()) GTEST_SKIP() << kNoTerminal;
  Misbehaviour half;
  half.cut_after = 1000;
  server_.misbehave(half);
  Misbehaviour silent;
  silent.silent = true;
  server_.misbehave(silent);
  OnTerminal program(words());
  ASSERT_TRUE(program.shows("trying again")) << program.shown();
  program.type("\x03");
  EXPECT_EQ(program.end(), 130);
  EXPECT_NE(program.shown().find("Stopping; once more ends at once."), std::string::npos) << program.shown();
  EXPECT_NE(program.shown().find("stopped; 1000 bytes are kept in "), std::string::npos) << program.shown();
  EXPECT_EQ(std::filesystem::file_size(program_.folder() / "dataset" / "ogbn_arxiv.zip.partial"), 1000u);
}

}  // namespace
}  // namespace weft
