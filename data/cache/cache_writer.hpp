#pragma once
// A RawDataset as a cache file.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/raw/conversion.hpp"
#include "data/raw/raw_dataset.hpp"

namespace weft::data {

struct CacheWriting {
  int threads = 1;
  std::uint64_t memory_bytes = kGraphMemory;  // a graph that needs more while it is sorted waits on disk
  std::string asked;                          // the `options` section; empty: none
  std::function<void()> check_before_commit;  // throws when the cache must not be made after all
  std::function<void(const std::string& what, double fraction)> progress;  // may be empty, or throw to stop
};

/// Errors: those of the streams, kNoSpace, kIo. Nothing is left behind then, and what was there before stays.
void write_cache(const Location& location, const RawDataset& raw, const std::vector<SourceFile>& sources,
                 const CacheWriting& options);

}  // namespace weft::data
