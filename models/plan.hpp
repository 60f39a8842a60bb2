#pragma once
// A model lowers to a plan: three lists of op calls over named matrices. What cuts across layers lives here
// once: which matrix needs memory when (so that buffers are reused), how much memory that is before any is
// taken, scratch, and the time every step took.
#include <cstdint>
#include <functional>
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

  bool valid() const { return id >= 0; }
};

/// What a step sees when it runs.
struct Execution {
  Backend& backend;
  Stream& stream;
  const class Plan& plan;

  Mat mat(Tensor tensor) const;
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
    double seconds = 0.0;  // over all runs of this step
    std::int64_t runs = 0;
  };

  /// A matrix in the caller's memory, to read: attach() says where, before a program that uses it runs.
  Tensor external(const std::string& name, std::int64_t rows, std::int64_t cols);
  void attach(Tensor tensor, ConstMat memory);
  /// A matrix that lives only inside one program, between its first and its last use.
  Tensor transient(const std::string& name, std::int64_t rows, std::int64_t cols);
  /// A matrix that keeps its contents from setup on.
  Tensor persistent(const std::string& name, std::int64_t rows, std::int64_t cols);

  void record(Program program, Step step);

  /// Lays all matrices out in memory; afterwards nothing can be recorded. Takes no memory yet.
  void compile();
  /// Bytes that allocate() will take: persistent matrices, the shared arena, scratch.
  std::size_t bytes() const;
  void allocate(Backend& backend);

  /// Runs a program's steps in order and adds up their times.
  void run(Program program, Backend& backend, Stream& stream);

  Mat mat(Tensor tensor) const;
  bool uses(Program program, Tensor tensor) const;
  const std::vector<Step>& steps(Program program) const {
    return programs_[static_cast<std::size_t>(program)];
  }

 private:
  enum class Kind : std::uint8_t { kExternal, kTransient, kPersistent };
  struct Slot {
    std::string name;
    Kind kind;
    std::int64_t rows;
    std::int64_t cols;
    std::size_t offset = 0;  // in memory_
    ConstMat external = {};
  };
  struct Interval {
    int id;
    int first;
    int last;
  };

  Tensor add(Slot slot);
  std::vector<Interval> lifetimes(const std::vector<Step>& steps) const;
  std::size_t place(std::vector<Interval> intervals, std::size_t base);

  std::vector<Slot> slots_;
  std::vector<Step> programs_[kPrograms];
  bool compiled_ = false;
  std::size_t memory_bytes_ = 0;
  std::size_t scratch_bytes_ = 0;
  Buffer<std::byte> memory_;
  Buffer<std::byte> scratch_;
};

}  // namespace weft::models
