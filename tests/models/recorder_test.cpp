// What a recorded step says of itself comes from its op.
#include "models/recorder.hpp"

#include <gtest/gtest.h>

#include "kernels/cpu_backend.hpp"

namespace weft::models {
namespace {

std::vector<int> ids(const std::vector<Tensor>& tensors) {
  std::vector<int> all;
  for (const Tensor& tensor : tensors) all.push_back(tensor.id);
  return all;
}

class RecorderTest : public ::testing::Test {
 protected:
  void expect_last(const std::vector<int>& reads, const std::vector<int>& writes) {
    const Plan::Step& step = plan_.steps(Program::kTrain).back();
    EXPECT_EQ(ids(step.reads), reads) << step.name;
    EXPECT_EQ(ids(step.writes), writes) << step.name;
  }

  std::unique_ptr<Backend> backend_ = make_cpu_backend({1, Isa::kAuto});
  Plan plan_;
  Recorder recorder_{plan_, *backend_, nullptr};
  float weight_[6] = {1, 2, 3, 4, 5, 6};
  const Mat w_{weight_, 3, 2, 2};
};

TEST_F(RecorderTest, ListsWhatAnOpReadsAndWrites) {
  recorder_.begin(Program::kTrain);
  const Tensor x = recorder_.transient("x", 4, 3), y = recorder_.transient("y", 4, 2);
  recorder_.gemm("product", x, w_, y);
  expect_last({x.id}, {y.id});
  EXPECT_EQ(plan_.steps(Program::kTrain).back().scratch,
            backend_->scratch(Gemm{Mat{nullptr, 4, 3, 3}, w_, Mat{nullptr, 4, 2, 2}}));
  recorder_.gemm("added product", x, w_, y, {}, 1.0f);
  expect_last({x.id, y.id}, {y.id});
  recorder_.gemm_nt("gradient", y, w_, x);
  expect_last({y.id}, {x.id});
  recorder_.gemm_nt("added gradient", y, w_, x, 1.0f);
  expect_last({y.id, x.id}, {x.id});
  recorder_.gemm_tn("weight gradient", x, y, w_);
  expect_last({x.id, y.id}, {});
  const Tensor dw = recorder_.transient("dw", 3, 2);
  recorder_.gemm_tn("weight gradient in the plan", x, y, dw);
  expect_last({x.id, y.id, dw.id}, {dw.id});
}

TEST_F(RecorderTest, ListsWhatLiesBesideTheMatrices) {
  recorder_.begin(Program::kTrain);
  const Tensor x = recorder_.transient("x", 4, 3), mask = recorder_.transient("mask", 1, 8);
  const BlockCall drawn{{}, mask};
  recorder_.activate("forward", x, drawn, x);
  expect_last({x.id}, {x.id, mask.id});
  recorder_.activate_backward("backward", x, x, drawn.with_drawn_mask(), {}, {});
  expect_last({x.id, x.id, mask.id}, {x.id});
}

TEST_F(RecorderTest, RunsAnOpOnThePlansMemory) {
  float input[] = {1, 0, 0, 0, 1, 0}, output[] = {10, 20, 30, 40};
  recorder_.begin(Program::kTrain);
  const Tensor x = plan_.external("x", 2, 3), before = plan_.external("y before", 2, 2);
  const Tensor y = plan_.persistent("y", 2, 2);
  recorder_.step("copy", ConvertT<Operand>{before, y});
  recorder_.gemm("added product", x, w_, y, {}, 1.0f);
  plan_.compile();
  plan_.allocate(*backend_);
  plan_.attach(x, {input, 2, 3, 3});
  plan_.attach(before, {output, 2, 2, 2});
  Stream stream;
  plan_.run(Program::kTrain, *backend_, stream);
  const Mat got = plan_.mat(y);
  EXPECT_EQ(std::vector<float>(got.f32(), got.f32() + 4), (std::vector<float>{11, 22, 33, 44}));
}

}  // namespace
}  // namespace weft::models
