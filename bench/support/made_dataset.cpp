#include "bench/support/made_dataset.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <functional>
#include <random>

#include "kernels/base/error.hpp"

namespace weft::bench {
namespace {

constexpr int kFeatures = 128;
constexpr int kEdges = 7;
constexpr int kClasses = 40;

using Line = std::function<void(std::string& line, NodeId node)>;

/// One .csv.gz file with a line for each node in [begin, end) that `line` writes.
void write(const std::filesystem::path& file, NodeId begin, NodeId end, const Line& line) {
  const std::string command = "gzip -c >'" + file.string() + "'";
  std::FILE* const out = ::popen(command.c_str(), "w");
  if (out == nullptr) fail(ErrorCode::kIo, file.string(), ": gzip cannot be started");
  std::string text;
  for (NodeId node = begin; node < end; ++node) {
    text.clear();
    line(text, node);
    std::fwrite(text.data(), 1, text.size(), out);
  }
  if (::pclose(out) != 0) fail(ErrorCode::kIo, file.string(), ": gzip cannot write it");
}

}  // namespace

void write_made_dataset(const std::filesystem::path& folder, NodeId nodes) {
  const auto raw = folder / "raw", split = folder / "split" / "own";
  std::filesystem::create_directories(raw);
  std::filesystem::create_directories(split);
  std::minstd_rand random(11);
  const auto number = [](std::int64_t value) {
    return [value](std::string& line, NodeId) { line = fmt::format("{}\n", value); };
  };
  write(raw / "num-node-list.csv.gz", 0, 1, number(nodes));
  write(raw / "num-edge-list.csv.gz", 0, 1, number(std::int64_t{nodes} * kEdges));
  write(raw / "edge.csv.gz", 0, nodes, [&](std::string& line, NodeId node) {
    for (int e = 0; e < kEdges; ++e) {
      line += fmt::format("{},{}\n", node, random() % static_cast<std::uint64_t>(nodes));
    }
  });
  write(raw / "node-feat.csv.gz", 0, nodes, [&](std::string& line, NodeId) {
    for (int f = 0; f < kFeatures; ++f) {
      const double value = static_cast<double>(random() % 1000000) / 2.5e6 - 0.2;
      line += fmt::format("{:.6f}{}", value, f + 1 < kFeatures ? ',' : '\n');
    }
  });
  write(raw / "node-label.csv.gz", 0, nodes,
        [&](std::string& line, NodeId) { line = fmt::format("{}\n", random() % kClasses); });
  const auto id = [](std::string& line, NodeId node) { line = fmt::format("{}\n", node); };
  const NodeId valid = nodes / 2, test = valid + nodes / 4;
  write(split / "train.csv.gz", 0, valid, id);
  write(split / "valid.csv.gz", valid, test, id);
  write(split / "test.csv.gz", test, nodes, id);
}

}  // namespace weft::bench
