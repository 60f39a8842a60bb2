#include "data/containers/safetensors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "tests/support/files.hpp"

namespace weft::data {
namespace {

using testing::expect_error;
using testing::read_bytes;
using testing::TemporaryFolder;
using testing::write_bytes;

class SafetensorsTest : public ::testing::Test {
 protected:
  Safetensors sample() const {
    Safetensors contents;
    contents.metadata = {{"config", "layers = 3\nname = \"\xc3\xa9\""}, {"epoch", "7"}};
    contents.arrays = {{"step", {DType::kI64, {}, &step_}},
                       {"weight", {DType::kF32, {2, 3}, weight_.data()}},
                       {"empty", {DType::kF32, {0, 5}, weight_.data()}},
                       {"mask", {DType::kU8, {3}, mask_.data()}}};
    return contents;
  }

  /// A file with this header over `bytes` bytes of arrays.
  void write(std::string header, std::size_t bytes) const {
    header.append((8 - header.size() % 8) % 8, ' ');
    std::uint64_t length = header.size();
    std::string file(reinterpret_cast<const char*>(&length), sizeof(length));
    write_bytes(path_, file + header + std::string(bytes, '\1'));
  }

  void refused(const std::string& part, const std::string& header, std::size_t bytes) const {
    SCOPED_TRACE(header);
    write(header, bytes);
    expect_error(ErrorCode::kBadData, part, [&] { read_safetensors(path_); });
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "last.safetensors";
  std::int64_t step_ = 41;
  std::vector<float> weight_{1, 2, 3, 4, 5, -6};
  std::vector<std::uint8_t> mask_{1, 0, 255};
};

TEST_F(SafetensorsTest, GivesBackWhatWasWritten) {
  const Safetensors written = sample();
  write_safetensors(path_, written);
  const Safetensors read = read_safetensors(path_);
  EXPECT_EQ(read.metadata, written.metadata);
  ASSERT_EQ(read.arrays.size(), written.arrays.size());
  for (const auto& [name, expected] : written.arrays) {
    const std::string& wanted = name;
    const auto found = std::find_if(read.arrays.begin(), read.arrays.end(),
                                    [&](const auto& other) { return other.first == wanted; });
    ASSERT_NE(found, read.arrays.end()) << name;
    EXPECT_EQ(found->second.dtype, expected.dtype);
    EXPECT_EQ(found->second.shape, expected.shape);
    EXPECT_EQ(std::memcmp(found->second.data, expected.data, expected.bytes()), 0) << name;
  }
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"last.safetensors"});
}

TEST_F(SafetensorsTest, EqualContentsGiveEqualBytes) {
  write_safetensors(path_, sample());
  const std::string first = read_bytes(path_);
  write_safetensors(path_, sample());
  EXPECT_EQ(read_bytes(path_), first);
}

TEST_F(SafetensorsTest, RefusesToWriteWhatCouldNotBeRead) {
  Safetensors contents = sample();
  contents.arrays.push_back({"late", {DType::kF32, {1}, weight_.data()}});
  expect_error(ErrorCode::kInvalidArgument, "'late'", [&] { write_safetensors(path_, contents); });
  contents = sample();
  contents.arrays.push_back({"mask", {DType::kU8, {1}, mask_.data()}});
  expect_error(ErrorCode::kInvalidArgument, "'mask'", [&] { write_safetensors(path_, contents); });
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(SafetensorsTest, ReadsWhatOthersWrite) {
  write(
      R"({"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"a":{"shape":[],"data_offsets":[0,8],"dtype":"F64"},)"
      R"("z":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}})",
      16);
  const Safetensors read = read_safetensors(path_);
  ASSERT_EQ(read.arrays.size(), 3u);
  EXPECT_EQ(read.arrays[0].first, "a");
  EXPECT_EQ(read.arrays[1].first, "z");
  EXPECT_EQ(read.arrays[2].first, "b");
  write("{}", 0);
  EXPECT_TRUE(read_safetensors(path_).arrays.empty());
}

TEST_F(SafetensorsTest, RefusesEveryWrongHeader) {
  refused("is not JSON", "", 0);
  refused("is not JSON", "[1]", 0);
  refused("is not JSON", R"({"a":)", 0);
  refused("4 bytes belong to no array", "{}", 4);
  refused("lacks a field", R"({"a":{"dtype":"F32","shape":[1]}})", 4);
  refused("lacks a field", R"({"a":3})", 4);
  refused("of another kind", R"({"__metadata__":{"a":1}})", 0);
  refused("'a' has type F16", R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})", 4);
  refused("no whole number", R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4);
  refused("no whole number", R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4);
  refused("no whole number", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4.5]}})", 4);
  refused("3 data_offsets", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})", 4);
  refused("4 bytes for 2 values", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4);
  refused("ends at byte 8 of 4", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4);
  refused("ends at byte 0", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4);
  refused("larger than the file",
          R"({"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,4]}})", 4);
  refused("larger than the file",
          R"({"a":{"dtype":"U8","shape":[0,9223372036854775808],"data_offsets":[0,0]}})", 0);
  refused(
      "not aligned",
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
      5);
  refused(
      "in front of array 'b'",
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
      3);
  refused(
      "in front of array 'b'",
      R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
      3);
  refused(
      "'a' twice",
      R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
      1);
}

TEST_F(SafetensorsTest, RefusesDeepNestingWithoutUsingUpTheStack) {
  refused("no whole number",
          R"({"a":{"dtype":"U8","data_offsets":[0,0],"shape":)" + std::string(500000, '[') +
              std::string(500000, ']') + "}}",
          0);
}

TEST_F(SafetensorsTest, NoticesEveryTruncation) {
  write_safetensors(path_, sample());
  const std::string good = read_bytes(path_);
  for (std::size_t size = 0; size < good.size(); ++size) {
    SCOPED_TRACE(size);
    write_bytes(path_, good.substr(0, size));
    expect_error(ErrorCode::kBadData, "last.safetensors: ", [&] { read_safetensors(path_); });
  }
  std::filesystem::remove(path_);
  expect_error(ErrorCode::kNotFound, "last.safetensors: no such file", [&] { read_safetensors(path_); });
}

}  // namespace
}  // namespace weft::data
