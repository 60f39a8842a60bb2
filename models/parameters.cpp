#include "models/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace weft::models {
namespace {

constexpr std::int64_t kAlignment = 16;  // floats: every parameter starts on a cache line

std::int64_t padded(std::int64_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

void fill_uniform(Vec<float> out, double bound, RandomKey key) {
  for (std::int64_t i = 0; i < out.size; ++i) {
    const RandomBlock block = random_quad(key, i / 4, 0);
    const double u = uniform_float(block.v[i % 4]);
    out[i] = static_cast<float>((2.0 * u - 1.0) * bound);
  }
}

}  // namespace

int Parameters::add(const std::string& name, std::int64_t rows, std::int64_t cols, Init init,
                    float weight_decay, std::int64_t fan_in) {
  return add_stacked({name}, rows, cols, init, weight_decay, fan_in);
}

int Parameters::add_stacked(const std::vector<std::string>& names, std::int64_t rows, std::int64_t cols,
                            Init init, float weight_decay, std::int64_t fan_in) {
  const auto first = static_cast<int>(arrays_.size());
  for (const std::string& name : names) append(name, rows, cols, {init, fan_in}, weight_decay);
  end_on_a_cache_line();
  return first;
}

void Parameters::append(const std::string& name, std::int64_t rows, std::int64_t cols, const Start& start,
                        float weight_decay) {
  arrays_.push_back({name, rows, cols, size_});
  starts_.push_back(start);
  const std::int64_t end = size_ + rows * cols;
  if (groups_.empty() || groups_.back().weight_decay != weight_decay) {
    groups_.push_back({size_, end, weight_decay});
  }
  groups_.back().end = size_ = end;
}

void Parameters::end_on_a_cache_line() { groups_.back().end = size_ = padded(size_); }

int Parameters::add_state(const std::string& name, std::int64_t size, float initial) {
  state_arrays_.push_back({name, size, 1, state_size_});
  state_initial_.push_back(initial);
  state_size_ += padded(size);
  return static_cast<int>(state_arrays_.size()) - 1;
}

void Parameters::allocate(Backend& backend) {
  values_ = Buffer<float>(backend, size_, "parameters");
  gradients_ = Buffer<float>(backend, size_, "gradients");
  moment1_ = Buffer<float>(backend, size_, "Adam's first moments");
  moment2_ = Buffer<float>(backend, size_, "Adam's second moments");
  states_ = Buffer<float>(backend, state_size_, "running statistics");
}

std::size_t Parameters::bytes() const {
  return sizeof(float) * static_cast<std::size_t>(4 * size_ + state_size_);
}

void Parameters::initialize(Stream& stream, std::uint64_t seed, std::uint32_t run) {
  std::vector<float> host(static_cast<std::size_t>(size_), 0.0f);
  for (std::size_t p = 0; p < arrays_.size(); ++p) {
    const NamedArray& array = arrays_[p];
    const Vec<float> out{host.data() + array.offset, array.size()};
    const RandomKey key = random_key(seed, run, static_cast<std::uint32_t>(p), Purpose::kInit, 0);
    switch (starts_[p].init) {
      case Init::kZeros:
        break;
      case Init::kOnes:
        std::fill(out.begin(), out.end(), 1.0f);
        break;
      case Init::kGlorotUniform:
        fill_uniform(out, std::sqrt(6.0 / static_cast<double>(array.rows + array.cols)), key);
        break;
      case Init::kUniformFanIn:
        fill_uniform(out, 1.0 / std::sqrt(static_cast<double>(starts_[p].fan_in)), key);
        break;
    }
  }
  values_.upload(stream, host.data());
  gradients_.fill_zero(stream);
  moment1_.fill_zero(stream);
  moment2_.fill_zero(stream);

  std::vector<float> states(static_cast<std::size_t>(state_size_), 0.0f);
  for (std::size_t s = 0; s < state_arrays_.size(); ++s) {
    std::fill_n(states.data() + state_arrays_[s].offset, state_arrays_[s].size(), state_initial_[s]);
  }
  states_.upload(stream, states.data());
}

Mat Parameters::matrix(const Buffer<float>& buffer, int parameter) const {
  const NamedArray& array = arrays_[parameter];
  return {buffer.data() + array.offset, array.rows, array.cols, array.cols, DType::kF32};
}

Vec<float> Parameters::value_vector(int parameter) const {
  return {values_.data() + arrays_[parameter].offset, arrays_[parameter].size()};
}

Vec<float> Parameters::gradient_vector(int parameter) const {
  return {gradients_.data() + arrays_[parameter].offset, arrays_[parameter].size()};
}

Vec<float> Parameters::state(int state) const {
  return {states_.data() + state_arrays_[state].offset, state_arrays_[state].size()};
}

std::int64_t Parameters::count() const {
  return std::accumulate(arrays_.begin(), arrays_.end(), std::int64_t{0},
                         [](std::int64_t sum, const NamedArray& array) { return sum + array.size(); });
}

}  // namespace weft::models
