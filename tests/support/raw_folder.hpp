#pragma once
// Small datasets in OGB's raw layout, written by the tests themselves, whole or broken on purpose.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/base/checksum.hpp"
#include "tests/support/deflate_bytes.hpp"
#include "tests/support/files.hpp"

namespace weft::testing {

/// One gzip member with the text in stored (uncompressed) deflate blocks.
inline std::string gzip(std::string_view text) {
  return std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10) + deflate(text) +
         little_endian(data::crc32(0, text.data(), text.size()), 4) + little_endian(text.size(), 4);
}

/// A whole dataset by file name: 6 nodes, 5 edges, 2 features, 3 classes, one split. Change, add or erase
/// files, then write() them; what ends in .gz is text that gets zipped.
struct RawFiles {
  std::map<std::string, std::string> text = {
      {"raw/num-node-list.csv.gz", "6\n"},
      {"raw/num-edge-list.csv.gz", "5\n"},
      {"raw/edge.csv.gz", "0,1\n1,2\n2,0\n4,3\n0,1\n"},
      {"raw/node-feat.csv.gz", "0.5,1\n-1.25,2\n3,4\n0,0\n1e-3,7\n2,-2.5\n"},
      {"raw/node-label.csv.gz", "0\n1\n2\n0\n1\n2\n"},
      {"split/own/train.csv.gz", "0\n3\n1\n"},
      {"split/own/valid.csv.gz", "2\n"},
      {"split/own/test.csv.gz", "4\n5\n"},
  };
  std::map<std::string, std::string> bytes;  // written as they are, over what `text` has

  void write(const std::filesystem::path& folder) const {
    const auto write_one = [&](const std::string& name, const std::string& content) {
      std::filesystem::create_directories((folder / name).parent_path());
      write_bytes(folder / name, content);
    };
    for (const auto& [name, content] : text) write_one(name, name.ends_with(".gz") ? gzip(content) : content);
    for (const auto& [name, content] : bytes) write_one(name, content);
  }
};

/// Every file below `folder`, relative and sorted.
inline std::vector<std::string> files_below(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace weft::testing
