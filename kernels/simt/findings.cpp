#include "kernels/simt/findings.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace weft::simt {
namespace {

struct Log {
  std::vector<Finding> kept;
  std::size_t count = 0;
};

void fail_at_exit();

Log& the_log() {
  static auto* const log = [] {
    std::atexit(fail_at_exit);
    return new Log;
  }();
  return *log;
}

void fail_at_exit() {
  if (the_log().count == 0) return;
  std::fprintf(stderr, "simt: %zu findings of the checking runtime, see above\n", the_log().count);
  std::fflush(nullptr);
  std::_Exit(kFindingsExitCode);
}

}  // namespace

void report(Finding finding) {
  Log& log = the_log();
  if (++log.count > kMaxFindings) return;
  std::fprintf(stderr, "simt: %s\n", finding.text.c_str());
  log.kept.push_back(std::move(finding));
}

std::vector<Finding> take_findings() {
  Log& log = the_log();
  log.count = 0;
  return std::exchange(log.kept, {});
}

std::size_t findings_count() { return the_log().count; }

}  // namespace weft::simt
