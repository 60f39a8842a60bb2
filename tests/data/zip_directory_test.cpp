#include "data/containers/zip_directory.hpp"

#include <gtest/gtest.h>

#include "tests/support/file_bytes.hpp"
#include "tests/support/files.hpp"
#include "tests/support/zip_bytes.hpp"

namespace weft::data {
namespace {

using testing::expect_error_with;
using testing::zip_bytes;
using testing::ZipEntry;
using testing::ZipOptions;

FileBytes file_of(const std::string& bytes) { return testing::file_in_memory("some.zip", bytes); }

/// The member's bytes, read in pieces.
std::string content(const ZipDirectory& zip, const ZipMember& member, std::size_t piece = 5) {
  std::string out, buffer(piece, '\0');
  const auto reader = zip.read(member);
  while (const std::size_t got = reader->read(buffer.data(), piece)) out.append(buffer, 0, got);
  return out;
}

void refused(const std::string& bytes, const std::vector<std::string>& parts,
             ErrorCode code = ErrorCode::kBadData) {
  std::vector<std::string> all = parts;
  all.insert(all.begin(), "some.zip: ");
  expect_error_with(code, all, [&] {
    const ZipDirectory zip(file_of(bytes));
    for (const ZipMember& member : zip.members()) content(zip, member);
  });
}

ZipEntry entry(const std::string& name, const std::string& bytes = "hello", bool deflated = false) {
  ZipEntry made;
  made.name = name;
  made.bytes = bytes;
  made.deflated = deflated;
  return made;
}

TEST(ZipDirectory, ReadsEveryWayOfWriting) {
  const std::string large(200000, 'x');
  const std::vector<ZipEntry> entries{entry("a/b.txt"), entry("empty", ""), entry("none", "", true),
                                      entry("folder/", ""), entry("large", large, true)};
  for (const bool zip64 : {false, true}) {
    for (const bool descriptors : {false, true}) {
      for (const std::size_t alignment : {1, 64}) {
        const std::string comment = alignment == 1 ? "" : std::string("PK\x05\x06 is no end record");
        const ZipDirectory zip(file_of(zip_bytes(entries, {zip64, descriptors, alignment, comment})));
        ASSERT_EQ(zip.members().size(), entries.size());
        for (std::size_t i = 0; i < entries.size(); ++i) {
          const ZipMember& member = zip.members()[i];
          SCOPED_TRACE(member.name);
          EXPECT_EQ(member.name, entries[i].name);
          EXPECT_EQ(zip.find(entries[i].name), &member);
          EXPECT_EQ(content(zip, member), entries[i].bytes);
          EXPECT_EQ(content(zip, member, 70000), entries[i].bytes);
          const FileBytes whole = zip.bytes(member);
          EXPECT_EQ(std::string(reinterpret_cast<const char*>(whole.data), whole.size), entries[i].bytes);
          EXPECT_EQ(zip.in_place(member) != nullptr, !entries[i].deflated);
        }
        if (alignment == 64) {
          EXPECT_EQ(zip.members()[0].offset % 64, 0u);
        }
        EXPECT_EQ(zip.find("other"), nullptr);
      }
    }
  }
  EXPECT_TRUE(ZipDirectory(file_of(zip_bytes({}))).members().empty());
}

TEST(ZipDirectory, InflatesWhatOthersDeflated) {
  ZipEntry text = entry("text", "abcabcabcabcabcabcabc\n", true);
  text.stored = std::string("\x4b\x4c\x4a\x4e\xc4\x40\x5c\x00", 8);  // zlib's, with a match over itself
  const ZipDirectory zip(file_of(zip_bytes({text})));
  EXPECT_EQ(content(zip, zip.members()[0]), text.bytes);
}

TEST(ZipDirectory, SkipsStoredBytesWithoutReadingThem) {
  ZipEntry wrong = entry("wrong", "0123456789");
  wrong.checksum = 1;
  const ZipDirectory zip(file_of(zip_bytes({wrong, entry("deflated", "0123456789", true)})));
  for (const ZipMember& member : zip.members()) {
    const auto reader = zip.read(member);
    char rest[8];
    reader->skip(7);
    ASSERT_EQ(reader->read(rest, sizeof(rest)), 3u);
    EXPECT_EQ(std::string(rest, 3), "789");
    reader->skip(5);
    EXPECT_EQ(reader->read(rest, sizeof(rest)), 0u);
  }
}

TEST(ZipDirectory, RefusesNamesThatLeadElsewhere) {
  for (const char* name : {"/etc/passwd", "../up", "a/../b", "a/..", "..", "a\\b", "C:x", ""}) {
    refused(zip_bytes({entry(name)}), {"member name '", "is not a path below it; use another copy"});
  }
  refused(zip_bytes({entry(std::string("a\0b", 3))}), {"member name 'a\\0b'"});
  refused(zip_bytes({entry("same"), entry("same")}), {"member 'same' is there twice"});
  ZipEntry link = entry("link");
  link.attributes = 0120777U << 16;
  refused(zip_bytes({link}), {"member 'link' is a symbolic link"});
  EXPECT_EQ(ZipDirectory(file_of(zip_bytes({entry("..a/b..")}))).members().size(), 1u);
}

TEST(ZipDirectory, RefusesWhatItDoesNotRead) {
  ZipEntry one = entry("one");
  one.flags = 1;
  refused(zip_bytes({one}), {"member 'one' is encrypted", "pack it again"}, ErrorCode::kUnsupported);
  one.flags = 0;
  one.method = 12;
  refused(zip_bytes({one}), {"member 'one' has compression method 12", "pack it again"},
          ErrorCode::kUnsupported);
  std::string disks = zip_bytes({entry("a")});
  disks[disks.size() - 18] = 1;
  refused(disks, {"is one of several disks"}, ErrorCode::kUnsupported);
  std::string disks64 = zip_bytes({entry("a")}, {true});
  disks64[disks64.size() - 22 - 20 - 56 + 16] = 1;
  refused(disks64, {"is one of several disks"}, ErrorCode::kUnsupported);
}

TEST(ZipDirectory, RefusesSizesAndPlacesThatCannotBe) {
  const auto with = [](auto change) {
    ZipEntry one = entry("one", "hello", true);
    change(one);
    return zip_bytes({entry("first"), one});
  };
  refused(with([](ZipEntry& e) { e.raw_bytes = 1032 * 11; }),
          {"member 'one' cannot inflate from 10 to 11352 bytes"});
  refused(with([](ZipEntry& e) { e.stored_bytes = 4000; }), {"member 'one' ends beyond byte"});
  refused(with([](ZipEntry& e) { e.header_at = 3; }), {"member 'one' has no header at byte 3"});
  refused(with([](ZipEntry& e) { e.header_at = 0xfffffff0; }), {"member 'one' has no header at byte"});
  refused(with([](ZipEntry& e) { e.header_at = 0; }), {"member 'one' differs from its header at byte 0"});
  refused(with([](ZipEntry& e) { e.local_name = "two"; }), {"member 'one' differs from its header"});
  refused(with([](ZipEntry& e) {
            e.deflated = false;
            e.raw_bytes = 6;
          }),
          {"member 'one' is stored as it is, yet has 5 bytes for 6"});
  ZipEntry wide = entry("wide");
  wide.stored_bytes = 100;
  refused(zip_bytes({wide, entry("next", std::string(100, 'x'))}), {"member 'wide' is stored as it is, yet"});
  wide.raw_bytes = 100;
  refused(zip_bytes({wide, entry("next", std::string(100, 'x'))}),
          {"members 'wide' and 'next' lie over each other"});
  ZipEntry whole = entry("wide");
  whole.raw_bytes = 0xffffffff;
  refused(zip_bytes({whole}), {"member 'wide' lacks its zip64 sizes"});
}

TEST(ZipDirectory, RefusesDamagedContents) {
  const auto with = [](auto change) {
    ZipEntry one = entry("one", "hello", true);
    change(one);
    return zip_bytes({one});
  };
  refused(with([](ZipEntry& e) { e.checksum = 1; }),
          {"one: the bytes miss their checksum; use another copy"});
  refused(with([](ZipEntry& e) {
            e.deflated = false;
            e.checksum = 1;
          }),
          {"one: the bytes miss their checksum; use another copy"});
  refused(with([](ZipEntry& e) { e.raw_bytes = 4; }), {"one: it inflates to more bytes than the directory"});
  refused(with([](ZipEntry& e) { e.raw_bytes = 6; }), {"one: its compressed data ends too early"});
  refused(with([](ZipEntry& e) { e.stored = testing::deflate(e.bytes) + "more"; }),
          {"one: bytes follow its compressed data"});
  refused(with([](ZipEntry& e) { e.stored = testing::deflate(e.bytes).substr(0, 8); }),
          {"one: its compressed data is cut off"});
  refused(with([](ZipEntry& e) { e.stored = "\xff\xff\xff\xff\xff"; }), {"one: ", "; use another copy"});
  ZipEntry stored = entry("one");
  stored.checksum = 1;
  const ZipDirectory zip(file_of(zip_bytes({stored})));
  expect_error_with(ErrorCode::kBadData, {"some.zip: one: the bytes miss their checksum"},
                    [&] { zip.bytes(zip.members()[0]); });
}

TEST(ZipDirectory, RefusesDamagedDirectories) {
  refused("", {"it has 0 bytes"});
  refused(std::string(5000, '.'), {"it has no end record"});
  const std::string good = zip_bytes({entry("a")});
  const auto patched = [&](std::size_t from_end, const std::string& bytes) {
    std::string broken = good;
    return broken.replace(good.size() - from_end, bytes.size(), bytes);
  };
  refused(patched(6, "\xff\xff"), {"its directory, bytes", "reaches beyond byte"});
  refused(patched(12, "\x07"), {"its directory of 47 bytes has 7 entries"});
  refused(patched(12, std::string(1, '\0')), {"its directory has 47 bytes after its last entry"});
  refused(patched(22 + 47, "Q"), {"no directory entry at byte 36"});
  refused(patched(22 + 47 - 28, "\x10"), {"its directory ends inside the entry at byte 36"});
  std::string far = zip_bytes({entry("a")}, {true});
  far[far.size() - 22 - 20 + 8] = '\x01';
  refused(far, {"its zip64 end record is not at byte"});
  refused(good + good.substr(0, 3), {"it has no end record"});
}

TEST(ZipDirectory, NoticesEveryTruncation) {
  const std::string good = zip_bytes({entry("a"), entry("b", "hello", true)}, {true});
  for (std::size_t size = 0; size < good.size(); ++size) {
    SCOPED_TRACE(size);
    refused(good.substr(0, size), {"damaged, or no zip file: "});
  }
}

}  // namespace
}  // namespace weft::data
