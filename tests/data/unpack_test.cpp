// Zips: right ones become folders, every other kind is refused by name and leaves nothing.
#include "data/fetch/unpack.hpp"

#include <gtest/gtest.h>

#include "tests/support/dataset_zip.hpp"

namespace weft::data {
namespace {

namespace fs = std::filesystem;
using testing::archive_bytes;
using testing::expect_error;
using testing::expect_error_with;
using testing::files_below;
using testing::read_bytes;
using testing::ZipMember;

class Unpack : public ::testing::Test {
 protected:
  Unpacked unpack_bytes(const std::string& bytes, const UnpackLimits& limits = {}) const {
    testing::write_bytes(folder_.path() / "some.zip", bytes);
    return unpack(folder_.path() / "some.zip", out(), {}, limits);
  }
  Unpacked unpack_members(const std::vector<ZipMember>& members, const UnpackLimits& limits = {}) const {
    return unpack_bytes(archive_bytes(members), limits);
  }
  /// A dataset with one member more, which must be refused.
  void expect_refused(const ZipMember& member, const std::string& message) const {
    auto members = testing::dataset_members({}, "arxiv/");
    members.push_back(member);
    expect_error_with(ErrorCode::kBadData, {"some.zip: ", message}, [&] { unpack_members(members); });
    EXPECT_EQ(folder_.names(), std::vector<std::string>{"some.zip"}) << message;
  }
  fs::path out() const { return folder_.path() / "out"; }

  testing::TemporaryFolder folder_;
};

/// `text` as deflate that a member holds: gzip's without its header and trailer.
std::string deflated(const std::string& text) {
  const std::string zipped = testing::gzip(text);
  return zipped.substr(10, zipped.size() - 18);
}

ZipMember deflate_member(const std::string& name, const std::string& text, std::uint32_t announced) {
  return {name, deflated(text), 0100644, 8, 0, crc32(0, text.data(), text.size()), announced};
}

TEST_F(Unpack, ATopFolderIsTakenOff) {
  const testing::RawFiles files;
  const Unpacked result = unpack_members(testing::dataset_members(files, "arxiv/"));
  files.write(folder_.path() / "same");
  auto expected = files_below(folder_.path() / "same");
  for (const std::string& name : expected) {
    EXPECT_EQ(read_bytes(out() / name), read_bytes(folder_.path() / "same" / name)) << name;
  }
  expected.insert(expected.begin(), "RELEASE_v1.txt");
  EXPECT_EQ(files_below(out()), expected);
  EXPECT_EQ(result.left_out, 0u);
}

TEST_F(Unpack, AnArchiveWithoutATopFolderIsTakenToo) {
  unpack_members(testing::dataset_members({}, ""));
  EXPECT_TRUE(fs::exists(out() / "raw" / "edge.csv.gz"));
  EXPECT_TRUE(fs::exists(out() / "RELEASE_v1.txt"));
}

TEST_F(Unpack, WhatLiesBesideTheTopFolderIsLeftOut) {
  auto members = testing::dataset_members({}, "arxiv/");
  members.push_back({"__MACOSX/arxiv/._x", "junk"});
  members.push_back({"note.txt", "junk"});
  EXPECT_EQ(unpack_members(members).left_out, 2u);
  EXPECT_EQ(files_below(out()).size(), members.size() - 2 - 4);  // four are folders
}

TEST_F(Unpack, DeflatedMembersAndEmptyOnes) {
  const std::string text(100'000, 'x');
  const Unpacked result = unpack_members({deflate_member("raw/a", text, 100'000), {"raw/empty", ""}});
  EXPECT_EQ(read_bytes(out() / "raw" / "a"), text);
  EXPECT_TRUE(fs::is_empty(out() / "raw" / "empty"));
  EXPECT_EQ(result.bytes, text.size());
}

TEST_F(Unpack, ProgressEndsAtTheWhole) {
  testing::write_bytes(folder_.path() / "some.zip", archive_bytes({{"raw/a", "12345"}, {"raw/b", "678"}}));
  std::uint64_t last = 0, total = 0;
  Watch watch;
  watch.progress = [&](const char* what, std::uint64_t done, std::uint64_t all) {
    EXPECT_STREQ(what, "unpack");
    EXPECT_GT(done, last);
    last = done;
    total = all;
  };
  unpack(folder_.path() / "some.zip", out(), watch);
  EXPECT_EQ(last, 8u);
  EXPECT_EQ(total, 8u);
}

TEST_F(Unpack, StopsWhenItIsAskedTo) {
  testing::write_bytes(folder_.path() / "some.zip", archive_bytes({{"raw/a", "12345"}}));
  Watch watch;
  watch.stop = [] { return true; };
  expect_error(ErrorCode::kInterrupted, "stopped",
               [&] { unpack(folder_.path() / "some.zip", out(), watch); });
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Unpack, WhatIsNoZip) {
  for (const std::string& bytes :
       {std::string(), std::string("<html>Not here</html>"), std::string(3000, '\0')}) {
    expect_error(ErrorCode::kBadData, "not a zip archive", [&] { unpack_bytes(bytes); });
  }
  const std::string whole = archive_bytes(testing::dataset_members({}, ""));
  expect_error(ErrorCode::kBadData, "cut off", [&] { unpack_bytes(whole.substr(0, whole.size() / 2)); });
  expect_error(ErrorCode::kIo, "none.zip: cannot be read: No such file",
               [&] { unpack(folder_.path() / "none.zip", out(), {}); });
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Unpack, NamesThatLeadOutsideAreRefused) {
  expect_refused({"/etc/passwd", "x"}, "member '/etc/passwd': an absolute path");
  expect_refused({"arxiv/../../x", "x"}, "member 'arxiv/../../x': leads outside of its folder");
  expect_refused({"..", "x"}, "member '..': leads outside");
  expect_refused({"arxiv/..", "x"}, "leads outside");
  expect_refused({"../", "", 040755}, "leads outside");
  expect_refused({"arxiv\\..\\x", "x"}, "a backslash in its name");
  expect_refused({"arxiv//x", "x"}, "an empty or '.' part in its name");
  expect_refused({"arxiv/./x", "x"}, "an empty or '.' part");
  expect_refused({"", "x"}, "member '': has no name");
  expect_refused({"arxiv/a\nb\x1b[2J", "x"}, "member 'arxiv/a\\nb\\x1b[2J': a control character in its name");
  expect_refused({"arxiv/" + std::string(2000, 'a'), "x"}, "its name is too long");
  expect_refused({"arxiv/" + std::string(256, 'a'), "x"}, "its name is too long");
  std::string deep = "arxiv/";
  for (int i = 0; i < 16; ++i) deep += "a/";
  expect_refused({deep + "b", "x"}, "too many folders in folders");
}

TEST_F(Unpack, NamesThatMeetAreRefused) {
  expect_refused({"arxiv/raw/edge.csv.gz", "x"}, "member 'raw/edge.csv.gz': comes twice");
  expect_refused({"arxiv/raw/", "", 040755}, "member 'raw': comes twice");
  expect_refused({"arxiv/raw", "x"}, "member 'raw': comes twice");
  expect_refused({"arxiv/raw/edge.csv.gz/x", "x"},
                 "member 'raw/edge.csv.gz/x': lies below 'raw/edge.csv.gz', which is a file");
}

TEST_F(Unpack, OnlyFilesAndFolders) {
  expect_refused({"arxiv/link", "/etc/passwd", 0120777}, "member 'arxiv/link': is a link");
  expect_refused({"arxiv/device", "", 0060644}, "member 'arxiv/device': is a device, pipe or socket");
  expect_refused({"arxiv/pipe", "", 0010644}, "is a device, pipe or socket");
  expect_refused({"arxiv/folder/", "x", 040755}, "a folder with 1 bytes in it");
  unpack_members({{"raw/set-uid", "x", 0104755}, {"raw/no-mode", "x", 0}});
  EXPECT_EQ(fs::status(out() / "raw" / "set-uid").permissions() & fs::perms::set_uid, fs::perms::none);
}

TEST_F(Unpack, DamagedMembersAreRefused) {
  ZipMember wrong{"arxiv/x", "bytes"};
  wrong.crc = 1;
  expect_refused(wrong, "member 'x': is damaged: CRC error");
  const char* const longer = "member 'x': unpacks to more than the 5 bytes it announces";
  expect_refused(deflate_member("arxiv/x", "nine more", 5), longer);
  expect_refused(deflate_member("arxiv/x", std::string(3'000'000, 'x'), 5), longer);
  expect_refused({"arxiv/x", "stored", 0100644, 0, 0, {}, 5}, "stored as it is, yet has 6 bytes for 5");
  expect_refused(deflate_member("arxiv/x", "nine more", 500), "unpacks to 9 of the 500 bytes it announces");
  expect_refused({"arxiv/x", "stored", 0100644, 0, 0, {}, 7}, "stored as it is, yet has 6 bytes for 7");
  expect_refused({"arxiv/x", "no deflate at all", 0100644, 8}, "member 'x': is damaged");
  expect_refused({"arxiv/x", "bytes", 0100644, 0, 1}, "member 'arxiv/x': is encrypted");
  expect_refused({"arxiv/x", "bytes", 0100644, 12}, "member 'arxiv/x': compression 12 is not known");
}

TEST_F(Unpack, ADirectoryThatDisagreesWithItsMembersIsRefused) {
  const auto members = testing::dataset_members({}, "arxiv/");
  const std::string good = archive_bytes(members);
  const std::size_t directory = good.find("PK\x01\x02");
  for (const std::string name : {"edge.csv.gz", "node-label", "own/train"}) {
    for (const std::size_t from : {std::size_t{0}, directory}) {  // the member's own header, the directory
      std::string bad = good;
      ++bad[bad.find(name, from)];
      expect_error_with(ErrorCode::kBadData, {"some.zip: damaged", "differs from its header"},
                        [&] { unpack_bytes(bad); });
    }
  }
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"some.zip"});
}

TEST_F(Unpack, AbsurdArchivesAreRefused) {
  expect_refused(deflate_member("arxiv/x", "x", 4'000'000'000), "would unpack to more than");
  UnpackLimits few;
  few.members = 3;
  expect_error(ErrorCode::kBadData, "holds 4 members; no dataset has more than 3", [&] {
    unpack_members({{"raw/a", ""}, {"raw/b", ""}, {"raw/c", ""}, {"raw/d", ""}}, few);
  });
  UnpackLimits tight;
  tight.ratio = 0;
  tight.allowance = 9;
  expect_error(ErrorCode::kBadData, "more than 9 bytes, which is absurd", [&] {
    unpack_members({{"raw/a", "12345"}, {"raw/b", "67890"}}, tight);
  });
  EXPECT_FALSE(fs::exists(out()));
}

TEST_F(Unpack, WithoutRawItIsNoDataset) {
  expect_error(ErrorCode::kBadData, "holds no raw/ folder", [&] { unpack_members({{"arxiv/x", "1"}}); });
  expect_error(ErrorCode::kBadData, "holds no raw/ folder", [&] { unpack_members({{"a/b/raw/x", "1"}}); });
  expect_error(ErrorCode::kBadData, "more than one dataset: 'a' and 'b'", [&] {
    unpack_members({{"a/raw/x", "1"}, {"b/raw/x", "1"}});
  });
}

TEST_F(Unpack, NothingThatIsThereIsTouched) {
  fs::create_directory(out());
  testing::write_bytes(out() / "mine", "x");
  expect_error(ErrorCode::kExists, "is there already", [&] { unpack_members({{"raw/a", "1"}}); });
  EXPECT_EQ(read_bytes(out() / "mine"), "x");
}

}  // namespace
}  // namespace weft::data
