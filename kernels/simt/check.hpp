#pragma once
// The checking runtime: weft_simt_check_runtime instead of weft_simt_runtime, under kernels that are compiled
// with the thread sanitizer's hooks but linked without its library (weft_simt_checked in CMakeLists.txt).
// check_hooks.cpp answers the hooks, so every access of every thread is seen. Found are, whatever the order
// in which threads run:
//   - two accesses to the same bytes that nothing orders, unless both read or both are atomic;
//   - reads of memory that nobody has written, by kernels and by the host;
//   - accesses outside what is in use of device memory, and outside the variables of shared memory.
// A finding goes to stderr at once. A process whose findings nobody takes ends with kFindingsExitCode.
#include <string>
#include <vector>

#include "kernels/simt/symbols.hpp"

namespace weft::simt {

constexpr int kFindingsExitCode = 66;
/// Kept until they are taken; what comes beyond is counted only.
constexpr std::size_t kMaxFindings = 12;

struct Finding {
  enum class Kind {
    kRace,
    kUndefinedRead,
    kOutOfBounds,
    kHostMemory,  ///< a kernel reaches what is no device memory
  };
  Kind kind;
  std::string kernel;  // empty when the host did it
  CodePlace place;
  CodePlace other_place;  // of the access that a race is with
  std::string text;
};

/// All findings since the last call, which are forgotten.
std::vector<Finding> take_findings();
/// How many there were since then, with those that were not kept.
std::size_t findings_count();

}  // namespace weft::simt
