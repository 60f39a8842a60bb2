// From a server to a dataset folder that appears whole or not at all.
#include "data/fetch/fetch.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "data/cache/convert.hpp"
#include "tests/support/dataset_zip.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/ogb_layouts.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::expect_error_with;
using testing::read_bytes;
using testing::zip_bytes;

using Names = std::vector<std::string>;

class Fetch : public ::testing::Test {
 protected:
  Fetch() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    ::unsetenv("WEFT_CACHE");
    serve(testing::arxiv_members());
    options_.root = root();
    options_.mirror = server_.url() + "/ogb";
    options_.download.patience.pause = std::chrono::milliseconds(1);
    options_.download.patience.tries = 1;
  }
  void serve(const std::vector<testing::ZipMember>& members) { serve(archive_bytes(members)); }
  void serve(const std::string& zip) { server_.put("/ogb/nodeproppred/arxiv.zip", {zip, "\"tag\"", ""}); }
  Fetched fetch_arxiv() { return fetch(fetchable_dataset("ogbn-arxiv"), options_); }
  fs::path root() const { return folder_.path() / "dataset"; }
  fs::path arxiv() const { return root() / "ogbn_arxiv"; }
  Names names_in_root() const {
    Names names;
    for (const auto& entry : fs::directory_iterator(root()))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  void expect_refused(ErrorCode code, const Names& parts, const Names& left = {}) {
    expect_error_with(code, parts, [&] { fetch_arxiv(); });
    EXPECT_EQ(names_in_root(), left) << parts.front();
  }

  testing::HttpServer server_;
  testing::TemporaryFolder folder_;
  FetchOptions options_;
};

TEST_F(Fetch, ADatasetThatConverts) {
  testing::RawFiles files;
  files.text["raw/node_year.csv.gz"] = "2010\n2011\n2012\n2013\n2014\n2015\n";
  serve(testing::arxiv_members(files));
  const Fetched result = fetch_arxiv();
  EXPECT_EQ(result.folder, arxiv());
  EXPECT_FALSE(result.already_there);
  EXPECT_EQ(names_in_root(), Names{"ogbn_arxiv"});
  const auto record = nlohmann::json::parse(read_bytes(arxiv() / "fetched.json"));
  EXPECT_EQ(record["dataset"], "ogbn-arxiv");
  EXPECT_EQ(record["url"], server_.url() + "/ogb/nodeproppred/arxiv.zip");
  EXPECT_EQ(record["sha256"], result.zip.sha256);
  EXPECT_EQ(record["bytes"], result.zip.file.bytes);
  EXPECT_EQ(record["etag"], "\"tag\"");
  EXPECT_EQ(record["date"].get<std::string>().size(), 20u);
  convert(locate("ogbn-arxiv", root()), {});
}

TEST_F(Fetch, WhatIsThereIsLeftAlone) {
  fetch_arxiv();
  EXPECT_TRUE(fetch_arxiv().already_there);
  EXPECT_EQ(server_.requests().size(), 1u);
  // Unpacked by hand, with the archive's own folder.
  fs::rename(arxiv(), root() / "arxiv");
  fs::create_directory(arxiv());
  fs::rename(root() / "arxiv", arxiv() / "arxiv");
  EXPECT_TRUE(fetch_arxiv().already_there);
}

TEST_F(Fetch, AnythingElseInTheFolderIsRefused) {
  fs::create_directories(arxiv() / "split");
  expect_refused(ErrorCode::kExists, {"ogbn_arxiv: is there but has no raw/", "move it away"},
                 {"ogbn_arxiv"});
  fs::create_directory(arxiv() / "raw");
  expect_refused(ErrorCode::kExists, {"has a raw/ but no RELEASE_v1.txt", "weft convert"}, {"ogbn_arxiv"});
  testing::write_bytes(arxiv() / "RELEASE_v2.txt", "");
  expect_refused(ErrorCode::kExists, {"holds another version (RELEASE_v2.txt)", "RELEASE_v1.txt"},
                 {"ogbn_arxiv"});
  fs::remove_all(arxiv());
  testing::write_bytes(arxiv(), "");
  expect_refused(ErrorCode::kExists, {"is in the way and no folder"}, {"ogbn_arxiv"});
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(Fetch, AnEmptyFolderIsNothing) {
  fs::create_directories(arxiv());
  fetch_arxiv();
  EXPECT_TRUE(fs::exists(arxiv() / "raw" / "edge.csv.gz"));
}

TEST_F(Fetch, TheZipCanBeKept) {
  options_.keep_zip = true;
  fetch_arxiv();
  EXPECT_EQ(names_in_root(), (Names{"ogbn_arxiv", "ogbn_arxiv.zip"}));
  EXPECT_EQ(read_bytes(root() / "ogbn_arxiv.zip"), archive_bytes(testing::arxiv_members()));
  fs::remove_all(arxiv());
  expect_refused(ErrorCode::kExists, {"ogbn_arxiv.zip: is there already"}, {"ogbn_arxiv.zip"});
}

TEST_F(Fetch, DamagedArchivesAreDeleted) {
  auto members = testing::arxiv_members();
  members.back().crc = 1;
  serve(members);
  expect_refused(ErrorCode::kBadData, {"is damaged: CRC error", "the zip was deleted"});
  serve("<html>");
  expect_refused(ErrorCode::kBadData, {"not a zip archive", "the zip was deleted"});
  serve(testing::arxiv_members({}, "arxiv/", 2));
  expect_refused(ErrorCode::kBadData, {"holds RELEASE_v2.txt where RELEASE_v1.txt is expected"});
}

TEST_F(Fetch, AnArchiveOfAnotherDatasetIsDeleted) {
  for (const char* missing : {"raw/edge", "raw/node-feat", "raw/node-label", "split/time/valid"}) {
    auto members = testing::arxiv_members();
    std::erase_if(members, [&](const auto& member) {
      return member.name == std::string("arxiv/") + missing + ".csv.gz";
    });
    serve(members);
    expect_refused(ErrorCode::kBadData,
                   {std::string("has no file ") + missing, "which ogbn-arxiv has", "the zip was deleted"});
  }
}

TEST_F(Fetch, EveryLayoutOfOgbsIsWhole) {
  for (const auto& [name, make] : testing::ogb_layouts()) {
    SCOPED_TRACE(name);
    const DatasetSpec* known = find_dataset_by_folder(name);
    ASSERT_NE(known, nullptr);
    DatasetSpec spec = *known;
    spec.sha256 = {};  // of OGB's own file
    testing::RawFiles files = make();
    const std::string marker = "RELEASE_v" + std::to_string(spec.version) + ".txt";
    ASSERT_EQ(files.text.erase(marker) + files.bytes.erase(marker), 1u);  // the archive gets its own
    const std::string zip = archive_bytes(testing::dataset_members(files, "x/", spec.version));
    server_.put("/ogb/" + std::string(spec.download), {zip, "\"tag\"", ""});
    EXPECT_NO_THROW(fetch(spec, options_));
  }
}

TEST_F(Fetch, AnArchiveWithoutAReleaseMarkerGetsOne) {
  auto members = testing::arxiv_members({}, "");
  members.erase(members.begin());
  serve(members);
  fetch_arxiv();
  EXPECT_TRUE(fs::exists(arxiv() / "RELEASE_v1.txt"));
  EXPECT_TRUE(fetch_arxiv().already_there);
}

TEST_F(Fetch, TheSha256IsComparedWhereItIsKnown) {
  DatasetSpec spec = fetchable_dataset("ogbn-arxiv");
  spec.sha256 = "0000";
  expect_error_with(ErrorCode::kBadData, {"its SHA-256 is ", "where 0000 is expected", "the zip was deleted"},
                    [&] { fetch(spec, options_); });
  EXPECT_EQ(names_in_root(), Names{});
  const std::string right = fetch_arxiv().zip.sha256;
  fs::remove_all(arxiv());
  options_.sha256 = right;  // goes over the registry's
  EXPECT_EQ(fetch(spec, options_).zip.sha256, right);
}

TEST_F(Fetch, ABrokenTransferStaysForTheNextCall) {
  testing::Misbehaviour cut;
  cut.cut_after = 100;
  server_.misbehave(cut);
  testing::Misbehaviour busy;
  busy.status = 503;
  server_.misbehave(busy);
  expect_refused(ErrorCode::kIo, {"100 bytes are kept in"},
                 {"ogbn_arxiv.zip.partial", "ogbn_arxiv.zip.partial.json"});
  fetch_arxiv();
  EXPECT_EQ(server_.requests().back().headers.at("range"), "bytes=100-");
  EXPECT_EQ(names_in_root(), Names{"ogbn_arxiv"});
}

TEST_F(Fetch, NothingIsLeftOfATransferThatNeverBegan) {
  options_.mirror = server_.url() + "/elsewhere/";
  expect_refused(ErrorCode::kNotFound, {"/elsewhere/nodeproppred/arxiv.zip: ", "404"});
  options_.mirror = "nonsense";
  expect_refused(ErrorCode::kInvalidArgument, {"'nonsense/nodeproppred/arxiv.zip' is no address"});
}

TEST_F(Fetch, SpaceIsCheckedFirst) {
  testing::Misbehaviour lie;
  lie.length = std::uint64_t{1} << 60;
  server_.misbehave(lie);
  expect_refused(ErrorCode::kNoSpace, {"ogbn_arxiv.zip.partial: needs 2.3", "MB are free", "--root"});
}

TEST_F(Fetch, WhatAKilledProcessLeftIsNoObstacle) {
  fs::create_directories(root() / "ogbn_arxiv.unpacking" / "raw");
  testing::write_bytes(root() / "ogbn_arxiv.zip.partial", "half");
  fetch_arxiv();
  EXPECT_EQ(names_in_root(), Names{"ogbn_arxiv"});
}

TEST_F(Fetch, OneProcessAtATime) {
  fs::create_directories(root());
  const LockedFile other(root() / "ogbn_arxiv.zip.partial", LockedFile::IfLocked::kRefuse);
  expect_refused(ErrorCode::kExists, {"another process is writing it"}, {"ogbn_arxiv.zip.partial"});
}

TEST_F(Fetch, MembersBesideTheDatasetAreMentioned) {
  std::string notes;
  options_.download.watch.note = [&](const std::string& line) { notes += line; };
  auto members = testing::arxiv_members();
  members.push_back({"__MACOSX/x", "junk"});
  serve(members);
  fetch_arxiv();
  EXPECT_NE(notes.find("1 members beside the dataset's folder were left out"), std::string::npos) << notes;
}

TEST(FetchableDataset, NamesWhatThereIs) {
  EXPECT_EQ(fetchable_dataset("ogbl-ddi").download, "linkproppred/ddi.zip");
  expect_error_with(ErrorCode::kNotFound, {"no dataset 'arxiv'; closest: ogbn-arxiv", "weft datasets"},
                    [] { fetchable_dataset("arxiv"); });
  expect_error(ErrorCode::kInvalidArgument, "debian: comes with Weft", [] { fetchable_dataset("debian"); });
}

}  // namespace
}  // namespace weft::data
