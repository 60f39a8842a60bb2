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

/// What the training step reads of s, made once.
struct Centred {
  Tensor moments;  // of s: count, sums, m2 in double
  Tensor scatter;  // S, [c, c]
};

Centred set_up(Recorder& recorder, const std::string& name, Tensor s) {
  const Centred made{recorder.plan().persistent(name + " input moments", 1, 1 + 2 * s.cols, DType::kF64),
                     recorder.plan().persistent(name + " input scatter", s.cols, s.cols)};
  const Tensor vectors = recorder.transient(name + " centring", 4, s.cols);
  const Tensor centred = recorder.transient(name + " centred input", s.rows, s.cols);
  const std::size_t scratch = recorder.backend().batch_norm_statistics_scratch(s.rows, s.cols);
  recorder.in_setup([&] {
    recorder.step(name + " input moments", {s}, {made.moments, vectors}, scratch,
                  [s, to = made.moments, vectors](const Execution& run) {
                    run.backend.batch_norm_statistics(run.stream, run.mat(s), moments_in(run.mat(to)));
                    make_centring(run, run.mat(to), run.mat(vectors));
                  });
    recorder.step(name + " centre input", {s, vectors}, {centred}, 0, [=](const Execution& run) {
      Activation centring;
      centring.norm = normalization_in(run.mat(vectors));
      run.backend.activate(run.stream, run.mat(s), centring, run.mat(centred));
    });
    recorder.fill_zero(name + " input scatter", made.scatter);
    recorder.gemm_tn(name + " input scatter", centred, centred, made.scatter);
  });
  return made;
}

/// dW += as above, for sw = S W.
void weight_gradient(Recorder& recorder, const std::string& name, Tensor s, Tensor moments, Tensor sw,
                     const MaskedGradient& gradient, Mat dweight) {
  const Tensor xg = recorder.transient(name + " masked weight gradient", s.cols, gradient.g.cols);
  recorder.fill_zero(name + " masked weight gradient", xg);
  recorder.gemm_tn(name + " masked weight gradient", s, gradient.g, xg);
  recorder.step(
      name + " weight gradient", {xg, sw, moments, gradient.sums}, {}, 0, [=](const Execution& run) {
        const Mat sums = run.mat(gradient.sums);
        run.backend.product_gradient(run.stream, run.mat(xg), run.mat(sw), moments_in(run.mat(moments)),
                                     gradient.norm, {sums.f32(), sums.cols}, dweight);
      });
}

}  // namespace

void use_product_statistics(Recorder& recorder, const std::string& name, Tensor s, ConstMat weight,
                            Vec<const float> bias, const Moments& moments, Mat dweight, LayerResult& result) {
  if (moments.count == nullptr || !pays(s.rows, s.cols)) return;
  const Centred of_s = set_up(recorder, name, s);
  const Tensor sw = recorder.transient(name + " scatter product", s.cols, weight.cols);
  recorder.gemm(name + " scatter product", of_s.scatter, weight, sw);
  recorder.step(name + " output moments", {of_s.moments, sw}, {}, 0, [=](const Execution& run) {
    run.backend.product_moments(run.stream, moments_in(run.mat(of_s.moments)), weight, run.mat(sw), bias,
                                moments);
  });
  result.has_moments = true;
  result.backward_masked = [=](Recorder& r, const MaskedGradient& gradient) {
    weight_gradient(r, name, s, of_s.moments, sw, gradient, dweight);
  };
}

}  // namespace weft::models
