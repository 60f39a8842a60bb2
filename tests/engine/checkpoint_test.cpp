#include "engine/run/checkpoint.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "data/containers/safetensors.hpp"
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
  c.data = {{"graph", "0a1b2c3d"}, {"labels", "ffffffff"}};
  c.evaluations = {{1, 5, 0.1, 0.2, 0.3, 0.4}, {1, 10, -0.0, 1.0 / 3, 0.5, std::nan("")}, {2, 1, 7, 1, 1, 1}};
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
  EXPECT_EQ(read.data, sample().data);
  ASSERT_EQ(read.evaluations.size(), 3u);
  EXPECT_EQ(read.evaluations[1].run, 1);
  EXPECT_EQ(read.evaluations[1].epoch, 10);
  EXPECT_EQ(read.evaluations[1].train, 1.0 / 3);
  EXPECT_TRUE(std::isnan(read.evaluations[1].test));
  EXPECT_EQ(read.evaluations[2].run, 2);
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

TEST(Checkpoint, AMissingArrayNamesTheFile) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "last.safetensors";
  save_checkpoint(path, sample());
  expect_error(ErrorCode::kBadData, path.string() + ": damaged: it has no array 'convs.9.weight'",
               [&] { load_checkpoint(path).array("convs.9.weight"); });
}

TEST(Checkpoint, AFlippedBitInAnyByteIsNoticed) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "flipped.safetensors";
  const auto again = folder.path() / "again.safetensors";
  save_checkpoint(path, sample());
  const std::string whole = read_bytes(path);
  for (std::size_t bit = 0; bit < 8 * whole.size(); bit += 9) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    write_bytes(path, damaged);
    try {
      save_checkpoint(again, load_checkpoint(path));
      EXPECT_EQ(read_bytes(again), whole) << "bit " << bit;  // another spelling of the same header
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(error.code(), ErrorCode::kBadData) << message;
      EXPECT_NE(message.find(path.string() + ": damaged"), std::string::npos)
          << "bit " << bit << ": " << message;
    }
  }
}

TEST(Checkpoint, EvaluationsThatDoNotFollowAreRefused) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "forged.safetensors";
  for (const auto& [run, epoch] : {std::pair{999999999, 2}, {-4, 2}, {1, 1}, {1, 0}, {2, 0}, {0, 5}}) {
    Checkpoint forged = sample();
    forged.evaluations = {{1, 1}, {run, epoch}};
    save_checkpoint(path, forged);  // with a checksum that fits
    expect_error(ErrorCode::kBadData, "damaged: evaluation 2 follows no other",
                 [&] { load_checkpoint(path); });
  }
}

/// A checkpoint as it was before there were checksums.
TEST(Checkpoint, AnOlderFormatIsReadAndSaysThatItHasNoChecksum) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "old.safetensors";
  data::Safetensors old;
  old.metadata = {{"weft.format", "1"},       {"weft.config", "hidden = 2\n"},
                  {"weft.dataset", "debian"}, {"weft.features", "1"},
                  {"weft.classes", "2"},      {"weft.run", "1"},
                  {"weft.epoch", "3"},        {"weft.step", "3"},
                  {"weft.seed", "0"},         {"weft.evaluations", "3"}};
  const float value = 1.5f;
  old.arrays.emplace_back("x", data::Array{DType::kF32, {1}, &value});
  data::write_safetensors(path, old);
  const Checkpoint read = load_checkpoint(path);
  EXPECT_FALSE(read.has_checksum);
  EXPECT_EQ(read.array("x").values[0], 1.5f);
  old.metadata["weft.format"] = "2";
  data::write_safetensors(path, old);
  expect_error(ErrorCode::kBadData, "damaged: it has no checksum", [&] { load_checkpoint(path); });
}

}  // namespace
}  // namespace weft::engine
