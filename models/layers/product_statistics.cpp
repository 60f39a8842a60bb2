#include "models/layers/product_statistics.hpp"

#include <algorithm>
#include <vector>

namespace weft::models {
namespace {

/// S W takes c^2 multiply-adds per output channel and saves moving 3 n floats. A float takes as long to move
/// as some five multiply-adds on a CPU and longer on a GPU, which makes about 16 n.
bool pays(std::int64_t n, std::int64_t c) { return c * c <= 16 * n; }

/// Where batch norm moments of c columns lie in 1 + 2 c doubles.
Moments moments_in(const Mat& memory) {
  double* const count = static_cast<double*>(memory.data);
  const std::int64_t c = (memory.cols - 1) / 2;
  return {count, {count + 1, c}, {count + 1 + c, c}};
}

/// The rows of `vectors` [4, c] as a normalisation.
Normalization normalization_in(const Mat& vectors) {
  const auto row = [&](std::int64_t r) { return Vec<const float>{vectors.row(r), vectors.cols}; };
  return {row(0), row(1), row(2), row(3)};
}

/// Fills `vectors` so that the normalisation subtracts the mean and does nothing else. Waits for the moments.
void make_centring(const Execution& run, const Mat& moments, const Mat& vectors) {
  std::vector<double> host(static_cast<std::size_t>(moments.cols));
  run.backend.download(run.stream, host.data(), moments.data, host.size() * sizeof(double));
  const auto at = [&](std::int64_t r, std::int64_t j) {
    return static_cast<std::size_t>(r * vectors.ld + j);
  };
  std::vector<float> rows(at(4, 0), 0.0f);
  for (std::int64_t j = 0; j < vectors.cols; ++j) {
    rows[at(0, j)] = static_cast<float>(host[static_cast<std::size_t>(1 + j)] / host[0]);
    rows[at(1, j)] = rows[at(2, j)] = 1.0f;  // rstd and gamma; beta stays 0
  }
  run.backend.upload(run.stream, vectors.data, rows.data(), rows.size() * sizeof(float));
}

}  // namespace

bool ProductStatistics::forward(Recorder& recorder, const std::string& name, Tensor s, ConstMat weight,
                                Vec<const float> bias, const Moments& moments) {
  if (moments.count == nullptr || !pays(s.rows, s.cols)) return false;
  input_ = s;
  set_up(recorder, name);
  product_ = recorder.transient(name + " scatter product", s.cols, weight.cols);
  recorder.gemm(name + " scatter product", scatter_, weight, product_);
  recorder.step(name + " output moments", {moments_, product_}, {}, 0,
                [=, from = moments_, sw = product_](const Execution& run) {
                  run.backend.product_moments(run.stream, moments_in(run.mat(from)), weight, run.mat(sw),
                                              bias, moments);
                });
  return true;
}

void ProductStatistics::set_up(Recorder& recorder, const std::string& name) {
  const Tensor s = input_;
  const Program program = recorder.program();
  recorder.begin(Program::kSetup);
  moments_ = recorder.plan().persistent(name + " input moments", 1, 1 + 2 * s.cols, DType::kF64);
  scatter_ = recorder.plan().persistent(name + " input scatter", s.cols, s.cols);
  const Tensor vectors = recorder.transient(name + " centring", 4, s.cols);
  const Tensor centred = recorder.transient(name + " centred input", s.rows, s.cols);
  const std::size_t scratch = recorder.backend().batch_norm_statistics_scratch(s.rows, s.cols);
  recorder.step(name + " input moments", {s}, {moments_, vectors}, scratch,
                [s, to = moments_, vectors](const Execution& run) {
                  run.backend.batch_norm_statistics(run.stream, run.mat(s), moments_in(run.mat(to)));
                  make_centring(run, run.mat(to), run.mat(vectors));
                });
  recorder.step(name + " centre input", {s, vectors}, {centred}, 0, [=](const Execution& run) {
    Activation centring;
    centring.norm = normalization_in(run.mat(vectors));
    run.backend.activate(run.stream, run.mat(s), centring, run.mat(centred));
  });
  recorder.fill_zero(name + " input scatter", scatter_);
  recorder.gemm_tn(name + " input scatter", centred, centred, scatter_);
  recorder.begin(program);
}

void ProductStatistics::backward(Recorder& recorder, const std::string& name, const MaskedGradient& gradient,
                                 Mat dweight) {
  const Tensor xg = recorder.transient(name + " masked weight gradient", input_.cols, gradient.g.cols);
  recorder.fill_zero(name + " masked weight gradient", xg);
  recorder.gemm_tn(name + " masked weight gradient", input_, gradient.g, xg);
  recorder.step(name + " weight gradient", {xg, product_, moments_, gradient.sums}, {}, 0,
                [=, sw = product_, from = moments_](const Execution& run) {
                  const Mat sums = run.mat(gradient.sums);
                  run.backend.product_gradient(run.stream, run.mat(xg), run.mat(sw),
                                               moments_in(run.mat(from)), gradient.norm,
                                               {sums.f32(), sums.cols}, dweight);
                });
}

}  // namespace weft::models
