// The cache file's container: what is written comes back, and whatever happens to the file afterwards, or
// while it is written, is noticed.
#include "data/store/store.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <thread>

#include "data/base/checksum.hpp"
#include "data/store/store_format.hpp"
#include "tests/support/files.hpp"

namespace weft::data {
namespace {

using testing::expect_error;
using testing::read_bytes;
using testing::TemporaryFolder;
using testing::write_bytes;

class StoreTest : public ::testing::Test {
 protected:
  /// One section of every kind.
  void write_sample() const {
    StoreWriter writer(path_, 0);
    writer.add("features", {DType::kF32, {3, 2}, features_.data()}, Codec::kRaw);
    writer.add("labels", {DType::kI64, {500, 1}, labels_.data()}, Codec::kZstd);
    writer.begin("pieces", DType::kI32, {5}, Codec::kRaw);
    writer.append(pieces_.data(), 8);
    writer.append(pieces_.data() + 2, 12);
    writer.begin("compressed pieces", DType::kI32, {5}, Codec::kZstd);
    writer.append(pieces_.data(), 8);
    writer.append(pieces_.data() + 2, 12);
    writer.add("nothing", {DType::kF64, {0, 7}, nullptr}, Codec::kRaw);
    writer.add("nothing compressed", {DType::kU8, {0}, nullptr}, Codec::kZstd);
    writer.add("scalar", {DType::kI32, {}, pieces_.data() + 4}, Codec::kRaw);
    writer.add_text("facts", "{\"name\": \"sample\"}");
    writer.commit();
  }

  void expect_damaged(const std::string& part, const std::string& bytes) const {
    write_bytes(path_, bytes);
    expect_error(ErrorCode::kBadData, part, [&] { Store::open(path_); });
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "sample.weft";
  std::vector<float> features_{1, -2, 3.5f, 4, 5, 6};
  std::vector<std::int64_t> labels_ = std::vector<std::int64_t>(500, 7);
  std::vector<std::int32_t> pieces_{10, 20, 30, 40, 50};
};

TEST_F(StoreTest, GivesBackWhatWasWritten) {
  write_sample();
  const auto store = Store::open(path_);
  EXPECT_EQ(store->names(), (std::vector<std::string>{"features", "labels", "pieces", "compressed pieces",
                                                      "nothing", "nothing compressed", "scalar", "facts"}));
  const Array features = store->array("features");
  EXPECT_EQ(features.shape, (std::vector<std::int64_t>{3, 2}));
  EXPECT_TRUE(std::equal(features_.begin(), features_.end(), features.as<float>().begin()));
  const Array labels = store->array("labels");
  EXPECT_EQ(labels.shape, (std::vector<std::int64_t>{500, 1}));
  EXPECT_TRUE(std::equal(labels_.begin(), labels_.end(), labels.as<std::int64_t>().begin()));
  EXPECT_EQ(store->array("labels").data, labels.data) << "inflated once";
  for (const char* name : {"pieces", "compressed pieces"}) {
    const Array pieces = store->array(name);
    EXPECT_TRUE(std::equal(pieces_.begin(), pieces_.end(), pieces.as<std::int32_t>().begin())) << name;
  }
  EXPECT_EQ(store->array("nothing").shape, (std::vector<std::int64_t>{0, 7}));
  EXPECT_EQ(store->array("nothing compressed").count(), 0);
  EXPECT_EQ(store->array("scalar").as<std::int32_t>()[0], 50);
  EXPECT_EQ(store->text("facts"), "{\"name\": \"sample\"}");
  for (const std::string& name : store->names()) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(store->array(name).data) % 64, 0u) << name;
  }
  store->verify(3);
  EXPECT_EQ(store->file_bytes(), std::filesystem::file_size(path_));
  EXPECT_TRUE(store->has("facts"));
  EXPECT_FALSE(store->has("fact"));
}

TEST_F(StoreTest, SameInputSameBytesAndNothingElseInTheFolder) {
  write_sample();
  const std::string first = read_bytes(path_);
  write_sample();
  EXPECT_EQ(read_bytes(path_), first);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"sample.weft"});
}

TEST_F(StoreTest, AnEmptyStoreIsAStore) {
  StoreWriter(path_, 0).commit();
  EXPECT_TRUE(Store::open(path_)->names().empty());
}

TEST_F(StoreTest, AViewOutlivesAFileReplacedByRename) {
  write_sample();
  const auto store = Store::open(path_);
  const Array features = store->array("features");
  StoreWriter(path_, 0).commit();
  EXPECT_EQ(features.as<float>()[5], 6.0f);
}

TEST_F(StoreTest, ManyThreadsMayInflate) {
  write_sample();
  const auto store = Store::open(path_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) threads.emplace_back([&] { EXPECT_EQ(store->array("labels").count(), 500); });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(StoreTest, EveryByteIsGuarded) {
  write_sample();
  const std::string good = read_bytes(path_);
  for (std::size_t at = 0; at < good.size(); ++at) {
    SCOPED_TRACE(at);
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    write_bytes(path_, bad);
    const bool version = at >= 8 && at < 12;
    expect_error(version ? ErrorCode::kStale : ErrorCode::kBadData,
                 "sample.weft: ", [&] { Store::open(path_)->verify(1); });
  }
}

TEST_F(StoreTest, EveryTruncationIsNoticedOnOpen) {
  write_sample();
  const std::string good = read_bytes(path_);
  expect_damaged("bytes where", good + '\0');
  for (std::size_t size = 0; size < good.size(); ++size) {
    SCOPED_TRACE(size);
    expect_damaged("run 'weft convert' again", good.substr(0, size));
  }
}

TEST_F(StoreTest, ACompressedSectionIsCheckedWhenItIsRead) {
  write_sample();
  std::string bytes = read_bytes(path_);
  bytes[130] = static_cast<char>(bytes[130] ^ 1);  // features: 64 to 88, labels from 128
  write_bytes(path_, bytes);
  const auto store = Store::open(path_);
  expect_error(ErrorCode::kBadData, "section 'labels' misses its checksum", [&] { store->array("labels"); });
  EXPECT_EQ(store->array("features").count(), 6) << "the others are as they were";
}

/// A file of one forged section behind right checksums: what an enemy or a bug could write.
class ForgedStore : public StoreTest {
 protected:
  ForgedStore() {
    section_.name = "x";
    section_.dtype = DType::kF32;
    section_.shape = {2};
    section_.offset = kStoreHeaderBytes;
    section_.stored_bytes = section_.raw_bytes = 8;
  }

  void write(const std::vector<Section>& sections, std::uint64_t table_offset = 128) const {
    const std::string table = encode_table(sections);
    std::string file = encode_header(sections.size(), table_offset, table);
    file.resize(table_offset);
    write_bytes(path_, file + table);
  }

  void expect_refused(const std::string& part, const std::vector<Section>& sections,
                      std::uint64_t table_offset = 128) const {
    write(sections, table_offset);
    expect_error(ErrorCode::kBadData, part, [&] { Store::open(path_)->array("x"); });
  }

  Section section_;
};

TEST_F(ForgedStore, AnHonestOneOpens) {
  write({section_});
  EXPECT_EQ(Store::open(path_)->array("x").count(), 2);
}

TEST_F(ForgedStore, EveryFieldIsChecked) {
  const auto refused = [&](const std::string& part, const auto& change) {
    Section section = section_;
    change(section);
    expect_refused(part, {section});
  };
  refused("unknown value type", [](Section& s) { s.dtype = DType{9}; });
  refused("unknown codec", [](Section& s) { s.codec = Codec{2}; });
  refused("length and shape disagree", [](Section& s) { s.shape = {3}; });
  refused("dimension of -2", [](Section& s) { s.shape = {-2}; });
  refused("too large", [](Section& s) { s.shape = {1ll << 62, 1ll << 62}; });
  refused("too large", [](Section& s) { s.shape = {0, 1ll << 62, 1ll << 62}; });
  refused("impossible entry", [](Section& s) { s.shape.assign(9, 1); });
  refused("impossible entry", [](Section& s) { s.name = ""; });
  refused("outside the file", [](Section& s) { s.offset = 0; });
  refused("outside the file", [](Section& s) { s.offset = ~0ull - 63; });
  refused("stored and raw length disagree", [](Section& s) { s.stored_bytes = 4; });
  refused("outside the file", [](Section& s) {
    s.shape = {100};
    s.raw_bytes = s.stored_bytes = 400;
  });
  refused("more bytes than it can hold", [](Section& s) {
    s.codec = Codec::kZstd;
    s.shape = {1ll << 40};
    s.raw_bytes = 1ull << 42;
  });
  refused("misses its checksum", [](Section& s) { s.codec = Codec::kZstd; });
  refused("does not inflate", [](Section& s) {
    s.codec = Codec::kZstd;
    s.checksum = crc32(0, std::string(8, '\0').data(), 8);
  });
}

TEST_F(ForgedStore, SectionsMustFollowEachOtherAndBeOne) {
  Section second = section_;
  expect_refused("outside the file", {section_, second});  // at the same place
  second.offset = 128;
  second.stored_bytes = second.raw_bytes = 0;
  second.shape = {0};
  expect_refused("is there twice", {section_, second});
  expect_refused("disagree", {});               // a table that forgets bytes of the file
  expect_refused("disagree", {section_}, 192);  // bytes that no section has
}

TEST_F(StoreTest, OtherFilesAreRefused) {
  expect_error(ErrorCode::kNotFound, "sample.weft: no such file", [&] { Store::open(path_); });
  expect_damaged("does not begin as a cache file does", std::string(1000, 'x'));
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  expect_error(ErrorCode::kIo, "sample.weft: cannot read: Is a directory", [&] { Store::open(path_); });
}

TEST_F(StoreTest, MisuseOfTheWriterIsRefused) {
  StoreWriter writer(path_, 0);
  const auto refused = [](const std::string& part, const auto& call) {
    expect_error(ErrorCode::kInvalidArgument, part, call);
  };
  refused("no section has been begun", [&] { writer.append(pieces_.data(), 4); });
  writer.begin("short", DType::kI32, {5}, Codec::kRaw);
  refused("gets 24 bytes where its shape needs 20", [&] { writer.append(pieces_.data(), 24); });
  writer.append(pieces_.data(), 16);
  refused("has 16 bytes where its shape needs 20", [&] { writer.commit(); });
  refused("has 16 bytes", [&] { writer.begin("next", DType::kI32, {5}, Codec::kRaw); });
  writer.append(pieces_.data(), 4);
  refused("'short' is already there", [&] { writer.add_text("short", "again"); });
  refused("has 256 bytes", [&] { writer.add_text(std::string(256, 'n'), ""); });
  refused("has 0 bytes", [&] { writer.add_text("", ""); });
  refused("dimension of -1", [&] { writer.begin("negative", DType::kI32, {-1}, Codec::kRaw); });
}

TEST_F(StoreTest, WithoutCommitNothingIsLeftAndTheOldFileStays) {
  write_sample();
  const std::string before = read_bytes(path_);
  {
    StoreWriter writer(path_, 0);
    writer.add_text("facts", "half");
    EXPECT_EQ(folder_.names(), (std::vector<std::string>{"sample.weft", "sample.weft.partial"}));
  }
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"sample.weft"});
  EXPECT_EQ(read_bytes(path_), before);
}

TEST_F(StoreTest, WhatAKilledWriterLeftIsWrittenOver) {
  write_bytes(folder_.path() / "sample.weft.partial", std::string(100000, 'x'));
  write_sample();
  Store::open(path_)->verify(1);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"sample.weft"});
}

TEST_F(StoreTest, TooLittleSpaceIsSaidBeforehand) {
  expect_error(ErrorCode::kNoSpace, "MB are free", [&] { StoreWriter(path_, 1ull << 60); });
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(StoreTest, AMissingFolderIsNamed) {
  expect_error(ErrorCode::kIo, "none", [&] { StoreWriter(folder_.path() / "none" / "x.weft", 0); });
}

/// Starts `body` in a process of its own; it exits with 0 unless an expectation or the body fails.
template <class Body>
pid_t start_process(const Body& body) {
  const pid_t child = fork();
  if (child != 0) return child;
  int status = 1;
  try {
    body();
    status = ::testing::Test::HasFailure() ? 1 : 0;
  } catch (const std::exception&) {
  }
  _exit(status);
}

void expect_success(pid_t child) {
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(StoreTest, ADiskThatFillsUpLeavesNothing) {
  expect_success(start_process([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};  // the system then refuses to write on, as a full disk does
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::vector<float> big(100000);
    expect_error(ErrorCode::kNoSpace, "free some space", [&] {
      StoreWriter writer(path_, 0);
      writer.add("big", {DType::kF32, {100000}, big.data()}, Codec::kRaw);
    });
  }));
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(StoreTest, ManyProcessesMayWriteAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    children.push_back(start_process([&] {
      for (int round = 0; round < 5; ++round) write_sample();
    }));
  }
  for (const pid_t child : children) expect_success(child);
  Store::open(path_)->verify(1);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"sample.weft"});
}

/// Whether the system lists someone as waiting for the lock on this inode.
bool someone_waits(ino_t inode) {
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    if (line.find("->") != std::string::npos &&
        line.find(':' + std::to_string(inode) + ' ') != std::string::npos) {
      return true;
    }
  }
  return false;
}

TEST_F(StoreTest, ASecondWriterWaitsAndKnows) {
  if (!std::filesystem::exists("/proc/locks"))
    GTEST_SKIP() << "this system has no /proc/locks to see a waiting writer in";
  auto first = std::make_unique<StoreWriter>(path_, 0);
  EXPECT_FALSE(first->waited());
  first->add_text("who", "first");
  const pid_t second = start_process([&] {
    StoreWriter writer(path_, 0);
    EXPECT_TRUE(writer.waited());
    EXPECT_EQ(Store::open(path_)->text("who"), "first");
    writer.add_text("who", "second");
    writer.commit();
  });
  struct stat facts {};
  ASSERT_EQ(stat((path_.string() + ".partial").c_str(), &facts), 0);
  while (!someone_waits(facts.st_ino)) std::this_thread::yield();
  first->commit();
  expect_success(second);
  EXPECT_EQ(Store::open(path_)->text("who"), "second");
}

}  // namespace
}  // namespace weft::data
