#include "bench/support/epoch_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace weft::bench {
namespace {

std::string sizes_of(const OpCall& call) {
  if (!call.product.empty()) {
    return fmt::format("{} {} x {} x {}", call.op, call.product[0], call.product[2], call.product[1]);
  }
  if (!call.gathered.empty()) {
    return fmt::format("{} {} edges x {}", call.op, call.gathered[0].rows, call.gathered[0].cols);
  }
  if (call.once.empty()) return call.op;
  return fmt::format("{} {} x {}", call.op, call.once[0].rows, call.once[0].cols);
}

/// Names of the steps in the order in which an epoch runs them; empty where the session did not time them.
std::vector<std::string> step_names(const engine::Session& session) {
  std::vector<std::string> names;
  for (const char* program : {"train", "evaluate"}) {
    for (const StepTime& step : session.times()) {
      if (step.program == program) names.push_back(fmt::format("{}: {}", program, step.step));
    }
  }
  return names;
}

std::vector<TimedBackend::Timed> one_epoch(engine::Session& session, TimedBackend& backend, bool evaluate) {
  backend.begin();
  session.submit(evaluate);
  session.collect();
  return backend.end();
}

}  // namespace

void TimedBackend::begin() {
  seconds_.clear();
  step_of_.clear();
  steps_ = 0;
  start();
}

std::vector<TimedBackend::Timed> TimedBackend::end() {
  std::vector<OpCall> calls = stop();
  std::vector<Timed> timed;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    timed.push_back({std::move(calls[i]), seconds_[i], step_of_[i]});
  }
  return timed;
}

void TimedBackend::synchronize(Stream& stream) {
  TracedBackend::synchronize(stream);
  ++steps_;
}

void TimedBackend::watch(Stream& stream, OpCall&, const std::function<void()>& run) {
  const auto before = std::chrono::steady_clock::now();
  run();
  inner().synchronize(stream);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - before;
  seconds_.push_back(taken.count());
  step_of_.push_back(steps_);
}

EpochProfile::EpochProfile(engine::Session& session, TimedBackend& backend, int epochs) {
  const std::size_t training = one_epoch(session, backend, false).size();
  for (const TimedBackend::Timed& timed :
       one_epoch(session, backend, true)) {  // also warms the evaluation up
    ProfiledOp op;
    op.op = timed.call.op;
    op.training = ops_.size() < training;
    op.row = {op.training ? "train" : "evaluate",
              sizes_of(timed.call),
              timed.call.streamed_bytes(),
              timed.call.flops(),
              {}};
    op.work = {timed.call.product_flops(), bytes_of(timed.call.gathered)};
    edges_ = std::max(edges_, timed.call.graph.num_edges);
    ops_.push_back(std::move(op));
  }
  const std::vector<std::string> names = step_names(session);
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const std::vector<TimedBackend::Timed> timed = one_epoch(session, backend, true);
    const bool named = !names.empty() && static_cast<std::size_t>(backend.steps()) == names.size();
    WEFT_CHECK(timed.size() == ops_.size(), "epoch: an epoch of ", timed.size(), " ops after one of ",
               ops_.size());
    for (std::size_t i = 0; i < timed.size(); ++i) {
      ops_[i].row.samples.seconds.push_back(timed[i].seconds);
      if (named) ops_[i].row.name = names[static_cast<std::size_t>(timed[i].step)];
    }
  }
}

Work EpochProfile::training_work() const {
  Work all;
  for (const ProfiledOp& op : ops_) {
    if (!op.training) continue;
    all.flops += op.work.flops;
    all.gathered_bytes += op.work.gathered_bytes;
  }
  return all;
}

double EpochProfile::forward_seconds() const {
  double seconds = 0.0;
  for (const ProfiledOp& op : ops_) {
    if (op.op == "log_softmax_nll") break;
    seconds += op.row.samples.median();
  }
  return seconds;
}

Work gcn_work(std::int64_t n, EdgeId e, const std::vector<std::int64_t>& widths) {
  Work work;
  for (std::size_t layer = 0; layer + 1 < widths.size(); ++layer) {
    const auto in = static_cast<double>(widths[layer]), out = static_cast<double>(widths[layer + 1]);
    const bool first = layer == 0;
    work.flops += (first ? 2.0 : 3.0) * 2.0 * static_cast<double>(n) * in * out;
    if (!first) work.gathered_bytes += 2.0 * sizeof(float) * static_cast<double>(e) * out;
  }
  return work;
}

}  // namespace weft::bench
