// An epoch op by op on a device that is not waited for: its steps have names only where a session waits for
// each.
#include <gtest/gtest.h>

#include <cstdlib>

#include "bench/counters/problem.hpp"
#include "bench/support/epoch_profile.hpp"
#include "tests/support/queued_backend.hpp"

namespace weft::bench {
namespace {

const Problem& problem() {
  static const Problem small{[] {
    ProblemOptions options;
    options.nodes = 300;
    return options;
  }()};
  return small;
}

std::vector<ProfiledOp> profiled_ops() {
  TimedBackend backend(std::make_shared<testing::QueuedBackend>());
  engine::Session session(problem().dataset(), problem().config(),
                          engine::trainable_shape(problem().dataset(), problem().config().features), backend,
                          {});
  session.allocate();
  session.begin_run(0);
  return EpochProfile(session, backend, 2).ops();
}

TEST(EpochProfile, NamesOpsByTheirProgramWhereStepsAreNotWaitedFor) {
  const std::vector<ProfiledOp> ops = profiled_ops();
  ASSERT_FALSE(ops.empty());
  for (const ProfiledOp& op : ops) EXPECT_EQ(op.row.name, op.training ? "train" : "evaluate");
}

TEST(EpochProfile, NamesOpsByTheirStepsWhereTheseAreWaitedFor) {
  ::setenv("WEFT_SYNC", "1", 1);
  const std::vector<ProfiledOp> ops = profiled_ops();
  ::unsetenv("WEFT_SYNC");
  ASSERT_FALSE(ops.empty());
  for (const ProfiledOp& op : ops) {
    const std::string program = op.training ? "train: " : "evaluate: ";
    EXPECT_EQ(op.row.name.rfind(program, 0), 0u) << op.row.name;
    EXPECT_GT(op.row.name.size(), program.size());
  }
}

}  // namespace
}  // namespace weft::bench
