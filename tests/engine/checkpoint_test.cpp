#include "engine/checkpoint.hpp"

#include <gtest/gtest.h>

#include "data/safetensors.hpp"
#include "tests/support/files.hpp"

namespace weft::engine {
namespace {

using testing::expect_error;
using testing::read_bytes;
using testing::TemporaryFolder;
using testing::write_bytes;

Checkpoint sample() {
  Checkpoint c;
  c.config = "model = \"gcn\"\nhidden = 2\n";
  c.dataset = "debian";
  c.features = 128;
  c.classes = 47;
  c.run = 3;
  c.epoch = 12;
  c.step = 12;
  c.seed = 18446744073709551615u;
  c.evaluations = 24;
  c.arrays = {{"convs.0.weight", {2, 3}, {1, 2, 3, 4, 5, 1e-40f}}, {"convs.0.bias", {3}, {0, -0.0f, 7}}};
  return c;
}

TEST(Checkpoint, ComesBackAsItWas) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "last.safetensors";
  save_checkpoint(path, sample());
  const Checkpoint read = load_checkpoint(path);
  EXPECT_EQ(read.config, sample().config);
  EXPECT_EQ(read.dataset, "debian");
  EXPECT_EQ(read.features, 128);
  EXPECT_EQ(read.classes, 47);
  EXPECT_EQ(read.run, 3);
  EXPECT_EQ(read.epoch, 12);
  EXPECT_EQ(read.step, 12);
  EXPECT_EQ(read.seed, sample().seed);
  EXPECT_EQ(read.evaluations, 24);
  EXPECT_EQ(read.array("convs.0.weight").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(read.array("convs.0.weight").values, sample().arrays[0].values);
  EXPECT_EQ(read.array("convs.0.bias").values, sample().arrays[1].values);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"last.safetensors"});
}

TEST(Checkpoint, EqualContentsGiveEqualBytes) {
  const TemporaryFolder folder;
  save_checkpoint(folder.path() / "a", sample());
  save_checkpoint(folder.path() / "b", load_checkpoint(folder.path() / "a"));
  EXPECT_EQ(read_bytes(folder.path() / "a"), read_bytes(folder.path() / "b"));
}

TEST(Checkpoint, FollowsTheFormatByteByByte) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "file";
  const float values[] = {1.5f, -2.0f};
  data::Safetensors contents;
  contents.metadata["key"] = "text";
  contents.arrays.emplace_back("x", data::Array{DType::kF32, {2, 1}, values});
  data::write_safetensors(path, contents);
  const std::string bytes = read_bytes(path);
  std::string header =
      R"({"__metadata__":{"key":"text"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}})";
  header.resize(120, ' ');
  const std::string length("\x78\0\0\0\0\0\0\0", 8);
  const std::string data("\0\0\xc0\x3f\0\0\0\xc0", 8);
  EXPECT_EQ(bytes, length + header + data);
}

TEST(Checkpoint, EveryCutIsRefused) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "cut.safetensors";
  save_checkpoint(path, sample());
  const std::string whole = read_bytes(path);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    write_bytes(path, whole.substr(0, size));
    expect_error(ErrorCode::kBadData, path.string() + ": damaged", [&] { load_checkpoint(path); });
  }
  write_bytes(path, whole + "x");
  expect_error(ErrorCode::kBadData, "1 bytes belong to no array", [&] { load_checkpoint(path); });
}

TEST(Checkpoint, AnotherProgramsFileIsRefused) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "foreign.safetensors";
  data::write_safetensors(path, {});
  expect_error(ErrorCode::kBadData,
               path.string() + ": no checkpoint of weft: its metadata has no weft.format",
               [&] { load_checkpoint(path); });
  expect_error(ErrorCode::kNotFound, "missing.safetensors",
               [&] { load_checkpoint(folder.path() / "missing.safetensors"); });
}

TEST(Checkpoint, AMissingArrayIsNamed) {
  expect_error(ErrorCode::kBadData, "checkpoint: has no array 'convs.9.weight'; it belongs to another model",
               [] { sample().array("convs.9.weight"); });
}

}  // namespace
}  // namespace weft::engine
