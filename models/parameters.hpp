#pragma once
// A model's numbers: parameters with their gradients and Adam's moments, each kind in one piece of memory so
// that the optimiser, a checkpoint and (later) a reduction over ranks see one vector; and state that is saved
// but not trained (running statistics).
#include <string>
#include <vector>

#include "kernels/buffer.hpp"

namespace weft::models {

/// Where a parameter or state lies in its vector.
struct NamedArray {
  std::string name;  // as PyTorch would call it: "convs.0.weight"
  std::int64_t rows = 0;
  std::int64_t cols = 0;  // 1 for vectors
  std::int64_t offset = 0;

  std::int64_t size() const { return rows * cols; }
};

/// How a parameter starts.
enum class Init : std::uint8_t {
  kZeros,
  kOnes,
  kGlorotUniform,  ///< U(-b, b), b = sqrt(6 / (rows + cols)) (Glorot, Bengio, AISTATS 2010)
  kUniformFanIn,   ///< U(-b, b), b = 1 / sqrt(fan in): torch.nn.Linear's weight and bias
};

class Parameters {
 public:
  /// Adds a [rows, cols] parameter; `fan_in` is needed for kUniformFanIn. Returns its number.
  int add(const std::string& name, std::int64_t rows, std::int64_t cols, Init init, float weight_decay,
          std::int64_t fan_in = 0);
  /// Adds [rows, cols] parameters that lie below one another, for products that read them as one matrix.
  /// Returns the number of the first; the others follow.
  int add_stacked(const std::vector<std::string>& names, std::int64_t rows, std::int64_t cols, Init init,
                  float weight_decay, std::int64_t fan_in = 0);
  /// Adds `size` numbers that are saved but not trained, all starting at `initial`. Returns their number.
  int add_state(const std::string& name, std::int64_t size, float initial);

  /// Takes the memory; afterwards nothing can be added.
  void allocate(Backend& backend);
  /// Bytes allocate() takes.
  std::size_t bytes() const;

  /// Writes the starting values of one run, a function of (seed, run, parameter) alone, and zeroes the
  /// moments.
  void initialize(Stream& stream, std::uint64_t seed, std::uint32_t run);

  Mat value(int parameter) const { return matrix(values_, parameter); }
  Mat gradient(int parameter) const { return matrix(gradients_, parameter); }
  /// `count` parameters of add_stacked() as one matrix.
  Mat stacked_value(int first, int count) const { return stacked(value(first), count); }
  Mat stacked_gradient(int first, int count) const { return stacked(gradient(first), count); }
  Vec<float> value_vector(int parameter) const;
  Vec<float> gradient_vector(int parameter) const;
  Vec<float> state(int state) const;

  Buffer<float>& values() { return values_; }
  Buffer<float>& gradients() { return gradients_; }
  Buffer<float>& moment1() { return moment1_; }
  Buffer<float>& moment2() { return moment2_; }
  Buffer<float>& states() { return states_; }
  /// Ranges of equal weight decay, in order, covering the whole vector; host memory.
  const std::vector<AdamGroup>& groups() const { return groups_; }

  const std::vector<NamedArray>& arrays() const { return arrays_; }
  const std::vector<NamedArray>& state_arrays() const { return state_arrays_; }
  /// Trained numbers, without padding.
  std::int64_t count() const;

 private:
  struct Start {
    Init init;
    std::int64_t fan_in;
  };
  void append(const std::string& name, std::int64_t rows, std::int64_t cols, const Start& start,
              float weight_decay);
  void end_on_a_cache_line();
  Mat matrix(const Buffer<float>& buffer, int parameter) const;
  static Mat stacked(Mat first, int count) {
    first.rows *= count;
    return first;
  }

  std::vector<NamedArray> arrays_;
  std::vector<Start> starts_;
  std::vector<AdamGroup> groups_;
  std::vector<NamedArray> state_arrays_;
  std::vector<float> state_initial_;
  std::int64_t size_ = 0;
  std::int64_t state_size_ = 0;
  Buffer<float> values_, gradients_, moment1_, moment2_, states_;
};

}  // namespace weft::models
