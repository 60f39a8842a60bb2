// Fails the test during which the checking runtime found something that the test did not take.
#include <gtest/gtest.h>

#include "kernels/simt/check.hpp"

namespace weft::testing {
namespace {

class FindingsListener final : public ::testing::EmptyTestEventListener {
  void OnTestEnd(const ::testing::TestInfo&) override {
    const std::size_t count = simt::findings_count();
    for (const auto& finding : simt::take_findings()) ADD_FAILURE() << finding.text;
    if (count > simt::kMaxFindings) ADD_FAILURE() << count << " findings in all";
  }
};

[[maybe_unused]] const bool listens = [] {
  ::testing::UnitTest::GetInstance()->listeners().Append(new FindingsListener);
  return true;
}();

}  // namespace
}  // namespace weft::testing
