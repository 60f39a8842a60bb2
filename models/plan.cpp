#include "models/plan.hpp"

#include <algorithm>
#include <chrono>

namespace weft::models {
namespace {

constexpr std::size_t kAlignment = 256;  // bytes; covers cache lines, huge vectors and a GPU's transactions

// Rows start on the sectors that a GPU moves, so that they can be read 16 bytes at a time whatever their
// width is: 47 columns lie like 48. The narrowest matrices stay dense; padding would outweigh their contents.
constexpr std::int64_t kSectorBytes = 32;
constexpr std::int64_t kDenseColumns = 4;

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

Mat Execution::mat(Tensor tensor) const { return plan.mat(tensor); }

std::int64_t Plan::Slot::ld() const {
  if (cols <= kDenseColumns) return cols;
  const std::int64_t per_sector = kSectorBytes / static_cast<std::int64_t>(dtype_bytes(dtype));
  return (cols + per_sector - 1) / per_sector * per_sector;
}

std::size_t Plan::Slot::bytes() const {
  return aligned(static_cast<std::size_t>(rows * ld()) * dtype_bytes(dtype));
}

Tensor Plan::add(Slot slot) {
  WEFT_CHECK(!compiled_, "plan: matrix '", slot.name, "' added after the plan was compiled");
  const Tensor tensor{static_cast<int>(slots_.size()), slot.rows, slot.cols, slot.dtype};
  slots_.push_back(std::move(slot));
  return tensor;
}

Tensor Plan::external(const std::string& name, std::int64_t rows, std::int64_t cols) {
  return add({name, Kind::kExternal, rows, cols});
}

void Plan::attach(Tensor tensor, ConstMat memory) {
  Slot& slot = slots_[tensor.id];
  WEFT_CHECK(memory.rows == slot.rows && memory.cols == slot.cols, "plan: '", slot.name, "' is [", slot.rows,
             ", ", slot.cols, "] but the memory given is [", memory.rows, ", ", memory.cols, "]");
  slot.external = memory;
}

Tensor Plan::transient(const std::string& name, std::int64_t rows, std::int64_t cols, DType dtype) {
  return add({name, Kind::kTransient, rows, cols, dtype});
}

Tensor Plan::persistent(const std::string& name, std::int64_t rows, std::int64_t cols, DType dtype) {
  return add({name, Kind::kPersistent, rows, cols, dtype});
}

void Plan::record(Program program, Step step) {
  WEFT_CHECK(!compiled_, "plan: step '", step.name, "' recorded after the plan was compiled");
  programs_[static_cast<std::size_t>(program)].steps.push_back(std::move(step));
}

std::vector<Plan::Interval> Plan::lifetimes(const std::vector<Step>& steps) const {
  std::vector<Interval> intervals;
  std::vector<int> index(slots_.size(), -1);
  const auto touch = [&](Tensor tensor, int at) {
    if (slots_[tensor.id].kind != Kind::kTransient) return;
    if (index[tensor.id] < 0) {
      index[tensor.id] = static_cast<int>(intervals.size());
      intervals.push_back({tensor.id, at, at});
    }
    intervals[index[tensor.id]].last = at;
  };
  for (int at = 0; at < static_cast<int>(steps.size()); ++at) {
    for (const Tensor tensor : steps[at].reads) touch(tensor, at);
    for (const Tensor tensor : steps[at].writes) touch(tensor, at);
  }
  return intervals;
}

// Places matrices from the largest to the smallest, each at the lowest offset where nothing that is alive at
// the same time lies. Activations have one size, so in practice this packs without holes.
std::size_t Plan::place(std::vector<Interval> intervals, std::size_t base) {
  const auto size = [&](const Interval& i) { return slots_[i.id].bytes(); };
  std::stable_sort(intervals.begin(), intervals.end(),
                   [&](const Interval& a, const Interval& b) { return size(a) > size(b); });
  std::size_t end = base;
  std::vector<Interval> placed;
  for (const Interval& next : intervals) {
    std::vector<Interval> alive;
    std::copy_if(placed.begin(), placed.end(), std::back_inserter(alive),
                 [&](const Interval& p) { return p.first <= next.last && next.first <= p.last; });
    std::sort(alive.begin(), alive.end(), [&](const Interval& a, const Interval& b) {
      return slots_[a.id].offset < slots_[b.id].offset;
    });
    std::size_t offset = base;
    for (const Interval& other : alive) {
      if (offset + size(next) <= slots_[other.id].offset) break;
      offset = std::max(offset, slots_[other.id].offset + size(other));
    }
    slots_[next.id].offset = offset;
    end = std::max(end, offset + size(next));
    placed.push_back(next);
  }
  return end;
}

void Plan::compile() {
  std::size_t base = 0;
  for (Slot& slot : slots_) {
    if (slot.kind != Kind::kPersistent) continue;
    slot.offset = base;
    base += slot.bytes();
  }
  memory_bytes_ = base;
  for (const Lowered& lowered : programs_) {
    memory_bytes_ = std::max(memory_bytes_, place(lifetimes(lowered.steps), base));
    for (const Step& step : lowered.steps) scratch_bytes_ = std::max(scratch_bytes_, step.scratch);
  }
  compiled_ = true;
}

std::size_t Plan::bytes() const { return memory_bytes_ + scratch_bytes_; }

void Plan::allocate(Backend& backend) {
  WEFT_CHECK(compiled_, "plan: memory asked for before the plan was compiled");
  memory_ = Buffer<std::byte>(backend, static_cast<std::int64_t>(memory_bytes_), "activations");
  scratch_ = Buffer<std::byte>(backend, static_cast<std::int64_t>(scratch_bytes_), "scratch");
}

void Plan::run(Program program, Backend& backend, Stream& stream) {
  Lowered& lowered = programs_[static_cast<std::size_t>(program)];
  Stream with_scratch{stream.queue, scratch_.data(), scratch_.bytes()};
  const Execution execution{backend, with_scratch, *this};
  const auto run_all = [&] {
    for (const Step& step : lowered.steps) step.action(execution);
  };
  const bool again = lowered.runs++ == 1 && program != Program::kSetup;
  if (again && mode_.replayed) lowered.replay = backend.record(with_scratch, run_all);
  if (lowered.replay != nullptr) return lowered.replay->run(with_scratch);
  if (mode_.timed) return run_timed(lowered.steps, execution);
  run_all();
}

void Plan::run_timed(std::vector<Step>& steps, const Execution& execution) {
  auto before = std::chrono::steady_clock::now();
  for (Step& step : steps) {
    step.action(execution);
    execution.backend.synchronize(execution.stream);
    const auto after = std::chrono::steady_clock::now();
    step.seconds += std::chrono::duration<double>(after - before).count();
    ++step.runs;
    before = after;
  }
}

Mat Plan::mat(Tensor tensor) const {
  const Slot& slot = slots_[tensor.id];
  if (slot.kind == Kind::kExternal) {
    // Only steps that list the matrix under `reads` get here, and ops take what they read as ConstMat.
    return {const_cast<void*>(slot.external.data), slot.rows, slot.cols, slot.external.ld,
            slot.external.dtype};
  }
  return {memory_.data() + slot.offset, slot.rows, slot.cols, slot.ld(), slot.dtype};
}

bool Plan::uses(Program program, Tensor tensor) const {
  const auto same = [&](Tensor other) { return other.id == tensor.id; };
  const std::vector<Step>& all = steps(program);
  return std::any_of(all.begin(), all.end(), [&](const Step& step) {
    return std::any_of(step.reads.begin(), step.reads.end(), same) ||
           std::any_of(step.writes.begin(), step.writes.end(), same);
  });
}

}  // namespace weft::models
