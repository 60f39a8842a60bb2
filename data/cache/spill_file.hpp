#pragma once
// Chains of fixed-size records in a file without a name: what has to wait on disk because memory may not hold
// it.
#include <cstdint>
#include <filesystem>
#include <vector>

namespace weft::data {

/// Blocks of one size in a file that is unlinked as soon as it is there, so that nothing is left behind
/// however the process ends. Blocks that were given back are written again before the file grows.
class SpillFile {
 public:
  /// The file lies in `folder`. Errors, here and in all members: kIo, kNoSpace.
  SpillFile(const std::filesystem::path& folder, std::size_t block_bytes);
  ~SpillFile();
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  std::size_t block_bytes() const { return block_bytes_; }
  /// At most a block's bytes; returns the block's number.
  std::int64_t write(const void* data, std::size_t bytes);
  void read(std::int64_t block, void* out, std::size_t bytes);
  void give_back(std::int64_t block) { free_.push_back(block); }

 private:
  std::filesystem::path name_;  // of the folder, for messages
  std::size_t block_bytes_;
  int file_ = -1;
  std::int64_t blocks_ = 0;  // in the file
  std::vector<std::int64_t> free_;
};

}  // namespace weft::data
