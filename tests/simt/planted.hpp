#pragma once
// What a test of the checking runtime expects of it: a finding at the line of a planted bug, or silence.
// Lines of kernels carry their bug's name: "// BUG: name".
#include <fstream>
#include <string>
#include <utility>

#include "kernels/simt/check.hpp"
#include "tests/simt/device_array.hpp"
#include "tests/simt/orders.hpp"

namespace weft::testing {

/// The line of `file` (from the root of the source tree) that carries the marker; 0 when none does.
inline int line_of_bug(const std::string& file, const std::string& bug) {
  std::ifstream source(std::string(WEFT_SOURCE_DIR) + "/" + file);
  const std::string marker = "// BUG: " + bug;
  std::string line;
  for (int number = 1; std::getline(source, line); ++number) {
    const std::size_t at = line.rfind(marker);
    if (at != std::string::npos && at + marker.size() == line.size()) return number;
  }
  return 0;
}

/// Tests of kernels that lie in `file`.
class PlantedBugs : public InEachOrder {
 protected:
  explicit PlantedBugs(std::string file) : file_(std::move(file)) {}

  static void expect_silence() { EXPECT_EQ(simt::findings_count(), 0u); }

  /// The first finding is of this kind, in this kernel, at this bug.
  void expect_finding(simt::Finding::Kind kind, const std::string& kernel, const std::string& bug) const {
    const auto findings = simt::take_findings();
    ASSERT_FALSE(findings.empty());
    SCOPED_TRACE(findings.front().text);
    EXPECT_EQ(findings.front().kind, kind);
    EXPECT_EQ(findings.front().kernel, kernel);
    EXPECT_EQ(simt::text_of(findings.front().place), place_of(bug));
  }

  /// The first finding is a race between two lines, of which either may have come second.
  void expect_race(const std::string& kernel, const std::string& bug, const std::string& other_bug) const {
    const auto findings = simt::take_findings();
    ASSERT_FALSE(findings.empty());
    const simt::Finding& finding = findings.front();
    SCOPED_TRACE(finding.text);
    EXPECT_EQ(finding.kind, simt::Finding::Kind::kRace);
    EXPECT_EQ(finding.kernel, kernel);
    EXPECT_EQ(sorted(simt::text_of(finding.place), simt::text_of(finding.other_place)),
              sorted(place_of(bug), place_of(other_bug)));
  }

 private:
  std::string place_of(const std::string& bug) const {
    return file_ + ":" + std::to_string(line_of_bug(file_, bug));
  }
  static std::pair<std::string, std::string> sorted(const std::string& a, const std::string& b) {
    return a < b ? std::make_pair(a, b) : std::make_pair(b, a);
  }

  std::string file_;
};

}  // namespace weft::testing
