#pragma once
// A model lowers to a plan: three lists of op calls over named matrices. What cuts across layers lives here
// once: which matrix needs memory when (so that buffers are reused), how much memory that is before any is
// taken, scratch, the time every step took, and the recording that a program is replayed from.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/buffer.hpp"

namespace weft::models {

/// Lists of steps: kSetup runs once, kTrain once per step, kEvaluate at every evaluation.
enum class Program : std::uint8_t { kSetup, kTrain, kEvaluate };
inline constexpr int kPrograms = 3;

/// A matrix of a plan, by number; its memory is known only once the plan is compiled.
struct Tensor {
  int id = -1;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  DType dtype = DType::kF32;

  bool valid() const { return id >= 0; }
};

/// What a step sees when it runs.
struct Execution {
  Backend& backend;
  Stream& stream;
  const class Plan& plan;

  Mat mat(Tensor tensor) const;
};

/// How a plan's programs run.
struct RunMode {
  /// The time of each step is added up; on an asynchronous backend each step is waited for.
  bool timed = true;
  /// A training or evaluation program is recorded when it runs for the second time, and replayed from then
  /// on, untimed. Where the backend cannot record, it runs step by step.
  bool replayed = true;
};

class Plan {
 public:
  using Action = std::function<void(const Execution&)>;

  /// One op call: what it is called in reports, which matrices it reads and writes, the scratch it needs.
  struct Step {
    std::string name;
    std::vector<Tensor> reads;
    std::vector<Tensor> writes;
    std::size_t scratch = 0;
    Action action;
    double seconds = 0.0;  // over all timed runs of this step
    std::int64_t runs = 0;
  };

  /// A float32 matrix in the caller's memory, to read: attach() says where, before a program that uses it
  /// runs.
  Tensor external(const std::string& name, std::int64_t rows, std::int64_t cols);
  void attach(Tensor tensor, ConstMat memory);
  /// A matrix that lives only inside one program, between its first and its last use.
  Tensor transient(const std::string& name, std::int64_t rows, std::int64_t cols, DType dtype = DType::kF32);
  /// A matrix that keeps its contents from setup on.
  Tensor persistent(const std::string& name, std::int64_t rows, std::int64_t cols, DType dtype = DType::kF32);

  void record(Program program, Step step);

  /// Lays all matrices out in memory; afterwards nothing can be recorded. Takes no memory yet.
  void compile();
  /// Bytes that allocate() will take: persistent matrices, the shared arena, scratch.
  std::size_t bytes() const;
  void allocate(Backend& backend);

  /// For runs from here on.
  void set_mode(const RunMode& mode) { mode_ = mode; }
  /// Runs a program's steps in order, or their recording. What they read outside the plan's matrices must lie
  /// where it lay in the runs before.
  void run(Program program, Backend& backend, Stream& stream);

  Mat mat(Tensor tensor) const;
  bool uses(Program program, Tensor tensor) const;
  const std::vector<Step>& steps(Program program) const {
    return programs_[static_cast<std::size_t>(program)].steps;
  }

 private:
  enum class Kind : std::uint8_t { kExternal, kTransient, kPersistent };
  struct Slot {
    std::string name;
    Kind kind;
    std::int64_t rows;
    std::int64_t cols;
    DType dtype = DType::kF32;
    std::size_t offset = 0;  // in memory_
    ConstMat external = {};

    std::int64_t ld() const;
    std::size_t bytes() const;
  };
  struct Interval {
    int id;
    int first;
    int last;
  };

  struct Lowered {
    std::vector<Step> steps;
    std::int64_t runs = 0;
    std::unique_ptr<Replay> replay;
  };

  Tensor add(Slot slot);
  void run_timed(std::vector<Step>& steps, const Execution& execution);
  std::vector<Interval> lifetimes(const std::vector<Step>& steps) const;
  std::size_t place(std::vector<Interval> intervals, std::size_t base);

  std::vector<Slot> slots_;
  bool compiled_ = false;
  RunMode mode_;
  std::size_t memory_bytes_ = 0;
  std::size_t scratch_bytes_ = 0;
  Buffer<std::byte> memory_;
  Buffer<std::byte> scratch_;
  Lowered programs_[kPrograms];  // last: a recording goes before the memory that it works on
};

}  // namespace weft::models
